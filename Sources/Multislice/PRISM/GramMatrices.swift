// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Fourier

/// What one detector sees of pairs of incident beams: M[g][g'] = Σ_out D(g, g', out) S[g][out] S[g'][out]*.
///
/// D is the share of that part of the mesh cell where both incident beams are in the aperture in which the collected
/// beam is on the detector: 1 away from all edges. The upper half only, g ≤ g': M is Hermitian. Holds working memory
/// that one thread uses again and again.
struct GramMatrix {
  let incident: Int
  private(set) var elements: [Complex32]
  private var columns: [Complex32] = []
  private var edgeColumns: [Complex32] = []
  private var edgeRows: [Complex32] = []
  private var corrections: [Complex32] = []

  init(incident: Int) {
    self.incident = incident
    elements = [Complex32](repeating: .zero, count: incident * incident)
  }

  /// `scattering` is `[incident][collected]`.
  /// Cost: incident² / 2 · seen beams complex multiply-adds, and little for the edges.
  mutating func form(
    scattering: UnsafePointer<Complex32>, collected: Int, view: BeamSet.View, detector: Int
  ) {
    let seen = view.detectors[detector]
    guard incident > 0, !seen.isEmpty else {
      for n in elements.indices { elements[n] = .zero }
      return
    }
    gather(
      scattering, collected: collected, beams: seen.map { ($0.beam, $0.coverage.share.squareRoot()) }, to: \.columns)
    let count = blasint(seen.count)
    columns.withUnsafeBufferPointer { s in
      elements.withUnsafeMutableBufferPointer { m in
        cblas_cherk(
          CblasRowMajor, CblasUpper, CblasNoTrans, blasint(incident), count, 1, s.baseAddress, count, 0,
          m.baseAddress, blasint(incident))
      }
    }
    correctEdges(scattering, collected: collected, view: view, edge: seen.filter { $0.coverage != .full })
  }

  private mutating func gather(
    _ scattering: UnsafePointer<Complex32>, collected: Int, beams: [(beam: Int, weight: Double)],
    to target: WritableKeyPath<GramMatrix, [Complex32]>
  ) {
    let weights = beams.map { ($0.beam, Float($0.weight)) }
    var gathered = self[keyPath: target]
    self[keyPath: target] = []
    gathered.removeAll(keepingCapacity: true)
    for g in 0..<incident {
      let row = scattering + g * collected
      for (beam, weight) in weights { gathered.append(weight * row[beam]) }
    }
    self[keyPath: target] = gathered
  }

  /// The product above has counted a beam on the detector's edge with its share of the whole cell; where an incident
  /// beam is on the aperture's edge, the share of the part that both cover is wanted.
  private mutating func correctEdges(
    _ scattering: UnsafePointer<Complex32>, collected: Int, view: BeamSet.View, edge: [(beam: Int, coverage: Coverage)]
  ) {
    let cut = view.incident.indices.filter { view.incident[$0] != .full && view.incident[$0] != .none }
    guard !cut.isEmpty, !edge.isEmpty else { return }
    gather(scattering, collected: collected, beams: edge.map { ($0.beam, 1) }, to: \.edgeColumns)
    // Against whole incident beams: one more product.
    edgeRows.removeAll(keepingCapacity: true)
    for g in cut {
      for (n, out) in edge.enumerated() {
        let excess = out.coverage.share(in: view.incident[g]) - out.coverage.share
        edgeRows.append(Float(excess) * edgeColumns[g * edge.count + n])
      }
    }
    multiplyEdges(rows: cut.count, count: edge.count)
    for (c, g) in cut.enumerated() {
      for other in 0..<incident where view.incident[other] == .full {
        let value = corrections[c * incident + other]
        if g < other {
          elements[g * incident + other] = elements[g * incident + other] + value
        } else {
          elements[other * incident + g] = elements[other * incident + g] + Complex32(value.re, -value.im)
        }
      }
    }
    // Against each other: few enough to go one by one.
    for (c, g) in cut.enumerated() {
      for other in cut[c...] {
        let both = view.incident[g].intersection(view.incident[other])
        guard both != .none else { continue }
        var sum = elements[g * incident + other]
        for (n, out) in edge.enumerated() {
          let (l, r) = (edgeColumns[g * edge.count + n], edgeColumns[other * edge.count + n])
          let excess = Float(out.coverage.share(in: both) - out.coverage.share)
          sum = sum + excess * (l * Complex32(r.re, -r.im))
        }
        elements[g * incident + other] = sum
      }
    }
  }

  /// corrections = edgeRows · edgeColumns^H.
  private mutating func multiplyEdges(rows: Int, count: Int) {
    let size = rows * incident
    if corrections.count < size { corrections = Array(repeating: .zero, count: size) }
    let one: [Float] = [1, 0]
    let zero: [Float] = [0, 0]
    edgeRows.withUnsafeBufferPointer { l in
      edgeColumns.withUnsafeBufferPointer { r in
        corrections.withUnsafeMutableBufferPointer { m in
          cblas_cgemm(
            CblasRowMajor, CblasNoTrans, CblasConjTrans, blasint(rows), blasint(incident), blasint(count), one,
            l.baseAddress, blasint(count), r.baseAddress, blasint(count), zero, m.baseAddress, blasint(incident))
        }
      }
    }
  }
}
