// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Multislice
import Testing

@testable import Emulator

@Suite struct SymmetryTests {
  /// The mirrors are exact in the simulator itself: nothing in the emulator has to be trusted for it.
  @Test(arguments: TiltSymmetry.allCases)
  func mirrorsAreExact(symmetry: TiltSymmetry) throws {
    var design = SimulationDesign()
    design.thicknessesNm = [2]
    design.defociA = [0, 20]
    (design.meshX, design.meshY) = (2, 1)
    let tilt = TiltAngles(alpha: 6, beta: -2, gamma: 5)
    let original = try design.simulate(tilt, threads: 2)
    let turned = try design.simulate(symmetry.apply(tilt), threads: 2)
    for d in 0..<2 {
      let expected = symmetry.apply(original[0][d]).image(nx: 20, ny: 28)
      let found = turned[0][d].image(nx: 20, ny: 28)
      let largest = zip(expected, found).map { abs($0 - $1) }.max() ?? 1
      #expect(largest < 1e-5)
    }
  }

  @Test func foldingReachesTheQuarter() {
    for tilt in [TiltAngles(alpha: 3, beta: 8, gamma: 1), TiltAngles(alpha: -3, beta: -8, gamma: 1), .zero] {
      let folded = TiltSymmetry.folding(tilt).apply(tilt)
      #expect(folded.p >= 0 && folded.q >= 0)
      #expect(abs(folded.rho - tilt.rho) < 1e-12)
    }
  }

  @Test func mirroredVectorsAreVectorsOfMirroredSpectra() {
    let layout = SpectrumLayout(maximum: SIMD2(2, 3))
    var spectrum = ImageSpectrum(maximum: layout.maximum)
    for h in -2...2 {
      for k in -3...3 {
        // Hermitian: the real part even, the imaginary part odd.
        spectrum[h, k] = SIMD2(Double(abs(10 * h + k)), Double(7 * h + 3 * k))
      }
    }
    let vector = layout.vector(spectrum)
    #expect(vector.count == layout.count)
    #expect(layout.vector(layout.spectrum(vector[...])) == vector)
    let mirrored = layout.vector(TiltSymmetry.mirrorX.apply(spectrum))
    #expect(layout.mirrored(vector, by: .mirrorX) == mirrored)
  }
}
