// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Fourier

/// What one detector sees of pairs of incident beams: M[g][g'] = Σ_out D(out) S[g][out] S[g'][out]*.
///
/// The upper half only, g ≤ g': M is Hermitian. Holds working memory that one thread uses again and again.
struct GramMatrix {
  let incident: Int
  private(set) var elements: [Complex32]
  private var columns: [Complex32] = []

  init(incident: Int) {
    self.incident = incident
    elements = [Complex32](repeating: .zero, count: incident * incident)
  }

  /// `scattering` is `[incident][collected]`; `seen` are the collected beams of the detector.
  /// Cost: incident² / 2 · seen complex multiply-adds.
  mutating func form(
    scattering: UnsafePointer<Complex32>, collected: Int, seen: [(beam: Int, coverage: Coverage)]
  ) {
    guard incident > 0, !seen.isEmpty else {
      for n in elements.indices { elements[n] = .zero }
      return
    }
    let weights = seen.map { ($0.beam, Float($0.coverage.share.squareRoot())) }
    columns.removeAll(keepingCapacity: true)
    for g in 0..<incident {
      let row = scattering + g * collected
      for (beam, weight) in weights { columns.append(weight * row[beam]) }
    }
    let count = blasint(seen.count)
    columns.withUnsafeBufferPointer { s in
      elements.withUnsafeMutableBufferPointer { m in
        cblas_cherk(
          CblasRowMajor, CblasUpper, CblasNoTrans, blasint(incident), count, 1, s.baseAddress, count, 0,
          m.baseAddress, blasint(incident))
      }
    }
  }
}
