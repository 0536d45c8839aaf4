// SPDX-License-Identifier: GPL-3.0-or-later
import COneThreadBLAS
import Testing

@Suite("Linear algebra of simulations")
struct OneThreadTests {
  /// A product split over two threads rounds otherwise than over one, so bits would depend on the machine and on what
  /// ran before.
  @Test("OpenBLAS has no threads of its own, however many cores there are")
  func oneThread() { #expect(glazer_blas_threads() == 1) }
}
