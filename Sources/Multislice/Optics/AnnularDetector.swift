// SPDX-License-Identifier: GPL-3.0-or-later

/// An annular detector centred on the beam; a disc when `innerMrad` is 0. The inner edge belongs to it, the outer not.
public struct AnnularDetector: Sendable, Hashable, Codable {
  public var innerMrad: Double
  public var outerMrad: Double

  public init(innerMrad: Double, outerMrad: Double) {
    self.innerMrad = innerMrad
    self.outerMrad = outerMrad
  }
}

/// How a beam counts that stands at the edge of an aperture or a detector.
public enum EdgeRule: String, Sendable, Codable, CaseIterable {
  /// By the share of its cell of the Brillouin-zone mesh that lies inside: converges fast with the mesh.
  case fractional
  /// Wholly or not at all, by where the beam itself stands: what a supercell calculation does.
  case hard
}

/// Weight of one point of the mesh in reciprocal space against circular edges.
struct EdgeWeights {
  let rule: EdgeRule
  /// Size of one cell of the mesh, 1/Å.
  let meshCell: SIMD2<Double>

  /// Share 0…1 of the mesh cell around k (1/Å) with inner ≤ |k| < outer. Sub-sampled 16 × 16 with fractional edges.
  func weight(k: SIMD2<Double>, inner: Double, outer: Double) -> Double {
    let length = (k * k).sum().squareRoot()
    let half = (meshCell * meshCell).sum().squareRoot() / 2
    let isClear = rule == .hard || [inner, outer].allSatisfy { abs(length - $0) > half }
    if isClear { return length >= inner && length < outer ? 1 : 0 }
    let n = 16
    var inside = 0
    for ix in 0..<n {
      for iy in 0..<n {
        let offset = SIMD2((Double(ix) + 0.5) / Double(n) - 0.5, (Double(iy) + 0.5) / Double(n) - 0.5) * meshCell
        let point = k + offset
        let r2 = (point * point).sum()
        if r2 >= inner * inner && r2 < outer * outer { inside += 1 }
      }
    }
    return Double(inside) / Double(n * n)
  }
}
