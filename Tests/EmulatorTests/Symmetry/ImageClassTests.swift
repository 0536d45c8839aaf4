// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Multislice
import Testing

@testable import Emulator

@Suite("Sign classes of amplitudes")
struct ImageClassTests {
  static func layout(_ pattern: TiltPattern) -> AmplitudeLayout {
    AmplitudeLayout(
      maximum: SIMD2(2, 3), lengthsA: SIMD2(1, 1), largestFrequency: 9,
      stepsAcross: CrystalSymmetry.stepsAcross(pattern))
  }

  @Test("symmetries change the amplitudes of a class by one sign", arguments: ["---", "++-"])
  func signs(pattern: String) throws {
    let spectrum = Self.spectrum()
    let pattern = try #require(TiltPattern(pattern))
    let layout = Self.layout(pattern)
    #expect(layout.classes.count == CrystalSymmetry.all(pattern).count)
    for symmetry in CrystalSymmetry.all(pattern) {
      for imageClass in layout.classes {
        let original = layout.amplitudes(spectrum, imageClass)
        let turned = layout.amplitudes(symmetry.apply(spectrum), imageClass)
        let sign = Float(imageClass.sign(under: symmetry))
        #expect(original.contains { abs($0) > 0.1 })
        for (a, b) in zip(original, turned) { #expect(abs(sign * a - b) < 1e-5) }
      }
    }
  }

  @Test(
    "the classes together hold the whole image, and their length is its root mean square", arguments: ["---", "++-"])
  func completeness(pattern: String) throws {
    let spectrum = Self.spectrum()
    let layout = Self.layout(try #require(TiltPattern(pattern)))
    let amplitudes = layout.amplitudes(spectrum)
    #expect(amplitudes.count == layout.total)
    #expect(layout.total == SpectrumLayout(maximum: SIMD2(2, 3)).count)
    let square = amplitudes.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(square / spectrum.power - 1) < 1e-6)
    #expect(amplitudes[0] == Float(spectrum[0, 0].x))
  }

  @Test("harmonics beyond the circle are left out of every class")
  func circle() {
    let layout = AmplitudeLayout(maximum: SIMD2(2, 3), lengthsA: SIMD2(1, 2), largestFrequency: 1.6, stepsAcross: false)
    for entry in layout.entries.joined() {
      let f = SIMD2(Double(entry.h), Double(entry.k) / 2)
      #expect((f * f).sum() <= 1.6 * 1.6)
    }
    #expect(!layout.entries[0].contains(.init(h: 2, k: 0)) && layout.entries[0].contains(.init(h: 1, k: 2)))
  }

  @Test("stored vectors give the spectrum back")
  func storage() {
    let layout = SpectrumLayout(maximum: SIMD2(2, 3))
    let vector = layout.vector(Self.spectrum())
    #expect(vector.count == layout.count)
    #expect(layout.vector(layout.spectrum(vector[...])) == vector)
  }

  /// Hermitian, as that of a real image, and without any symmetry else.
  static func spectrum() -> ImageSpectrum {
    var random = SeededRandom(seed: 5)
    var spectrum = ImageSpectrum(maximum: SIMD2(2, 3))
    for h in 0...2 {
      for k in -3...3 where h > 0 || k > 0 {
        let c = SIMD2(random.gaussian(), random.gaussian())
        spectrum[h, k] = c
        spectrum[-h, -k] = SIMD2(c.x, -c.y)
      }
    }
    spectrum[0, 0] = SIMD2(0.7, 0)
    return spectrum
  }
}
