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
      let expected = symmetry.apply(original[d]).image(nx: 20, ny: 28)
      let found = turned[d].image(nx: 20, ny: 28)
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

  @Test func storedVectorsGiveTheSpectrumBack() {
    let layout = SpectrumLayout(maximum: SIMD2(2, 3))
    let vector = layout.vector(Self.spectrum())
    #expect(vector.count == layout.count)
    #expect(layout.vector(layout.spectrum(vector[...])) == vector)
  }

  @Test(arguments: TiltSymmetry.allCases)
  func mirrorsChangeAmplitudesBySignsOnly(symmetry: TiltSymmetry) {
    let layout = MirrorLayout(maximum: SIMD2(2, 3), lengthsA: SIMD2(1, 1), largestFrequency: 9)
    let spectrum = Self.spectrum()
    var square = 0.0
    for mirror in MirrorClass.allCases {
      let original = layout.amplitudes(spectrum, mirror)
      let turned = layout.amplitudes(symmetry.apply(spectrum), mirror)
      let sign = Float(mirror.sign(under: symmetry))
      for (a, b) in zip(original, turned) { #expect(abs(sign * a - b) < 1e-5) }
      square += original.reduce(0) { $0 + Double($1) * Double($1) }
    }
    // Together they hold the whole image: the length is its rms value.
    let image = spectrum.image(nx: 16, ny: 16)
    let meanSquare = image.reduce(0) { $0 + Double($1) * Double($1) } / 256
    #expect(abs(square / meanSquare - 1) < 1e-5)
  }

  /// Hermitian, as that of a real image, and without any symmetry else.
  private static func spectrum() -> ImageSpectrum {
    var spectrum = ImageSpectrum(maximum: SIMD2(2, 3))
    for h in -2...2 {
      for k in -3...3 { spectrum[h, k] = SIMD2(Double((5 * h + 3 * k) * (h - 2 * k)), Double(7 * h + 3 * k)) }
    }
    return spectrum
  }
}
