// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Fourier

/// What one detector sees of pairs of incident beams: M[g][g'] = Σ_out D(out) S[g][out] S[g'][out]*.
enum GramMatrix {
  /// `scattering` is `[incident][collected]`, already weighted by the square root of the detector's share.
  /// Returns `[incident][incident]`. Cost: incident² · collected complex multiply-adds.
  static func product(scattering: [Complex32], incident: Int, collected: Int) -> [Complex32] {
    var result = [Complex32](repeating: .zero, count: incident * incident)
    guard incident > 0, collected > 0 else { return result }
    var one: [Float] = [1, 0]
    var zero: [Float] = [0, 0]
    scattering.withUnsafeBufferPointer { s in
      result.withUnsafeMutableBufferPointer { m in
        cblas_cgemm(
          CblasRowMajor, CblasNoTrans, CblasConjTrans, blasint(incident), blasint(incident), blasint(collected), &one,
          s.baseAddress, blasint(collected), s.baseAddress, blasint(collected), &zero, m.baseAddress,
          blasint(incident))
      }
    }
    return result
  }
}
