// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier

/// Sums products over pairs of beams into an image's Fourier series: C(h) += Σ W[g][g'] M[g][g'] over G' − G = h.
///
/// Beams come in order of (h, k), so the pairs of one g with a row of g' that share h add to neighbouring coefficients:
/// the inner loop runs over three contiguous stretches. Only g ≤ g' is summed; C(−h) = C(h)* is the other half.
struct SpectrumSum {
  private struct Row {
    let start, end: Int
    /// Place of the first beam in the layout of the coefficients.
    let place: Int
  }

  private let rows: [Row]
  private let places: [Int]
  private let rowOfBeam: [Int]
  /// Largest differences of h and k between beams. With mistilts this is more than any image holds: a pair of beams that
  /// no single aperture lets in has no weight, but needs a place.
  private let reach: SIMD2<Int>
  private var coefficients: [Complex32]

  init(beams: [BeamSet.Beam]) {
    let (h, k) = (beams.map(\.index.x), beams.map(\.index.y))
    reach = SIMD2((h.max() ?? 0) - (h.min() ?? 0), (k.max() ?? 0) - (k.min() ?? 0))
    let stride = 2 * reach.y + 1
    let places = beams.map { $0.index.x * stride + $0.index.y }
    var rows: [Row] = []
    var rowOfBeam: [Int] = []
    var start = 0
    for n in places.indices {
      rowOfBeam.append(rows.count)
      let isLast = n + 1 == places.count || places[n + 1] != places[n] + 1 || beams[n + 1].index.x != beams[n].index.x
      if isLast {
        rows.append(Row(start: start, end: n + 1, place: places[start]))
        start = n + 1
      }
    }
    self.rows = rows
    self.places = places
    self.rowOfBeam = rowOfBeam
    coefficients = Array(repeating: .zero, count: (2 * reach.x + 1) * stride)
  }

  /// Adds the sum over all pairs to `total`, the coefficients `[h + maximum.x][k + maximum.y]` with real and imaginary
  /// parts apart. Cost: half the square of the number of beams. Single precision inside.
  mutating func add(
    _ weights: PairWeights, _ gram: GramMatrix, to total: UnsafeMutableBufferPointer<SIMD2<Double>>,
    maximum: SIMD2<Int>
  ) {
    let origin = coefficients.count / 2
    let count = places.count
    for n in coefficients.indices { coefficients[n] = .zero }
    coefficients.withUnsafeMutableBufferPointer { c in
      weights.elements.withUnsafeBufferPointer { w in
        gram.elements.withUnsafeBufferPointer { m in
          guard let c = c.baseAddress, let w = w.baseAddress, let m = m.baseAddress else { return }
          for g in 0..<count {
            for row in rowOfBeam[g]..<rows.count {
              let first = max(rows[row].start, g)
              let place = rows[row].place + first - rows[row].start - places[g] + origin
              let pair = g * count + first
              Self.multiplyAdd(c + place, w + pair, m + pair, count: rows[row].end - first)
            }
          }
        }
      }
    }
    let middle = total.count / 2
    for h in 0...min(reach.x, maximum.x) {
      for k in -min(reach.y, maximum.y)...min(reach.y, maximum.y) {
        let value = coefficients[origin + h * (2 * reach.y + 1) + k]
        let place = h * (2 * maximum.y + 1) + k
        total[middle + place] += SIMD2(Double(value.re), Double(value.im))
        // Of h = 0, k = 0 both halves are the pairs with g = g'; of the row h = 0 only k > 0 has been summed.
        if place != 0 { total[middle - place] += SIMD2(Double(value.re), -Double(value.im)) }
      }
    }
  }

  /// c += w · m, element by element; two complex numbers at a time.
  @inline(__always)
  private static func multiplyAdd(
    _ c: UnsafeMutablePointer<Complex32>, _ w: UnsafePointer<Complex32>, _ m: UnsafePointer<Complex32>, count: Int
  ) {
    let target = UnsafeMutableRawPointer(c)
    let (left, right) = (UnsafeRawPointer(w), UnsafeRawPointer(m))
    let signs = SIMD4<Float>(-1, 1, -1, 1)
    var n = 0
    while n + 2 <= count {
      let offset = n * MemoryLayout<Complex32>.stride
      let a = left.loadUnaligned(fromByteOffset: offset, as: SIMD4<Float>.self)
      let b = right.loadUnaligned(fromByteOffset: offset, as: SIMD4<Float>.self)
      let real = SIMD4(a.x, a.x, a.z, a.z) * b
      let imaginary = SIMD4(a.y, a.y, a.w, a.w) * SIMD4(b.y, b.x, b.w, b.z) * signs
      let sum = target.loadUnaligned(fromByteOffset: offset, as: SIMD4<Float>.self) + (real + imaginary)
      target.storeBytes(of: sum, toByteOffset: offset, as: SIMD4<Float>.self)
      n += 2
    }
    if n < count { c[n] = c[n] + w[n] * m[n] }
  }
}
