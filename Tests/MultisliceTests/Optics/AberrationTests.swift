// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Multislice

@Suite struct AberrationTests {
  static let aberrated: ProbeConditions = {
    var probe = ProbeConditions(defocusA: 25)
    probe.sphericalMm = 0.002
    probe.astigmatism = .init(sizeA: 40, azimuthDeg: 25)
    probe.threefold = .init(sizeA: 600, azimuthDeg: -50)
    probe.coma = .init(sizeA: 800, azimuthDeg: 100)
    return probe
  }()

  /// Each of the aberrations changes the image by far more than the tolerance.
  @Test func imagesOfAberratedAndTiltedProbesEqualProbeByProbe() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    var tilted = Self.aberrated
    tilted.mistiltMrad = SIMD2(4, -2.5)
    conditions.probes = [ProbeConditions(), Self.aberrated, tilted]
    let spectra = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)[0][0]
    let positions = SmallCase.positions(cell, nx: 2, ny: 3)
    var slow: [[Double]] = []
    for (p, probe) in conditions.probes.enumerated() {
      let signal = SlowProbe(cell: cell, conditions: conditions, probe: probe).signal(at: positions) {
        let angle = ($0 * $0).sum().squareRoot()
        return angle >= 11 && angle < 30
      }
      let fast = spectra[p].image(nx: 2, ny: 3)
      for n in positions.indices { #expect(abs(Double(fast[n]) - signal[n]) < 2e-5, "probe \(p)") }
      slow.append(signal)
    }
    for (l, r) in [(0, 1), (1, 2)] {
      #expect(zip(slow[l], slow[r]).contains { abs($0 - $1) > 2e-3 })
    }
  }

  @Test func everyAberrationCounts() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    conditions.probes = [Self.aberrated]
    for change: WritableKeyPath<ProbeConditions, ProbeConditions.Astigmatic> in [\.astigmatism, \.threefold, \.coma] {
      var probe = Self.aberrated
      probe[keyPath: change].azimuthDeg += 30
      conditions.probes.append(probe)
    }
    var probe = Self.aberrated
    probe.sphericalMm = 0
    conditions.probes.append(probe)
    let images = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)[0][0].map { $0.image(nx: 4, ny: 6) }
    for image in images.dropFirst() {
      #expect(zip(image, images[0]).contains { abs($0 - $1) > 1e-3 })
    }
  }

  @Test func focalSpreadIsTheMeanOverDefocus() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    let spreadA = 30.0
    var blurred = ProbeConditions(defocusA: 10)
    blurred.focalSpreadA = spreadA
    // Equidistant points are spectrally accurate for a Gaussian.
    let steps = (-24...24).map { Double($0) / 4 }
    conditions.probes = [blurred] + steps.map { ProbeConditions(defocusA: 10 + $0 * spreadA) }
    let images = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)[0][0].map { $0.image(nx: 4, ny: 6) }
    let weights = steps.map { Self.gaussian($0) }
    let sum = weights.reduce(0, +)
    for n in images[0].indices {
      let mean = zip(weights, images.dropFirst()).reduce(0) { $0 + $1.0 * Double($1.1[n]) } / sum
      #expect(abs(Double(images[0][n]) - mean) < 1e-5)
    }
  }

  /// e^(−x²/2), by squaring from its series.
  private static func gaussian(_ x: Double) -> Double {
    let y = -x * x / 2 / 1024
    var value = 1 + y + y * y / 2 + y * y * y / 6
    for _ in 0..<10 { value *= value }
    return value
  }
}
