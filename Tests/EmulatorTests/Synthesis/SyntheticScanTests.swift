// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice
import Testing

@testable import Emulator

@Suite("Synthetic scans")
struct SyntheticScanTests {
  /// A dark spot at each B column: cos along both axes has its period at whole lattice coordinates.
  private func picture(tilt: TiltAngles, depth: Double) -> CellPicture {
    var spectrum = ImageSpectrum(maximum: SIMD2(3, 3))
    spectrum[0, 0] = SIMD2(0.5, 0)
    for (h, k) in [(2, 0), (-2, 0), (0, 2), (0, -2)] { spectrum[h, k] = SIMD2(-depth / 4, 0) }
    return CellPicture(tilt: tilt, spectrum: spectrum)
  }

  private func scan(_ change: (inout ScanSettings) -> Void = { _ in }) -> SyntheticScan {
    var settings = ScanSettings()
    (settings.width, settings.height) = (96, 80)
    settings.dosePerA2 = 2e5
    change(&settings)
    return SyntheticScan(
      settings: settings, pseudoCubicA: 3.905,
      domains: (
        picture(tilt: TiltAngles(alpha: 6, beta: 1, gamma: -4), depth: 0.2),
        picture(tilt: TiltAngles(alpha: 1, beta: 6, gamma: 3), depth: 0.4)
      ))
  }

  @Test("interpolation reads the Fourier series between its points")
  func interpolation() {
    let cell = picture(tilt: .zero, depth: 0.2)
    for (i, j) in [(0.0, 0.0), (0.13, 0.71), (-3.9, 7.33), (1.999, 0.5)] {
      let exact = 0.5 - 0.1 * (cos(2 * .pi * i) + cos(2 * .pi * j))
      #expect(abs(cell.value(i, j) - exact) < 1e-4)
    }
  }

  @Test("the columns of a drifting scan stand where the truth says")
  func truth() {
    let scan = scan {
      $0.driftPxPerFrame = [6, -4]
      $0.rotationDegrees = 20
    }
    let truth = scan.truth(3)
    for (i, j) in [(0, 0), (1, -1), (-2, 1)] {
      let p = truth.lattice.position(Double(i), Double(j))
      // The probe comes to p in line p.y, when the crystal has moved on.
      let time = 3 + p.y / 80
      let at = p - time * Vector2(6, -4)
      let (value, beside) = (scan.intensity(at: at), scan.intensity(at: at + Vector2(1.5, 1.5)))
      #expect(value < beside)
      let share = scan.tilt(i: i, j: j).secondShare
      #expect(abs(value - (share * 0.1 + (1 - share) * 0.3)) < 1e-3)
    }
  }

  @Test("neighbouring columns turn the other way; the wall parts the domains")
  func tilts() {
    let scan = scan()
    #expect(scan.tilt(i: -8, j: -4).tilt == TiltAngles(alpha: 6, beta: 1, gamma: -4))
    #expect(scan.tilt(i: -8, j: -5).tilt == TiltAngles(alpha: -6, beta: -1, gamma: 4))
    #expect(scan.tilt(i: 8, j: 4).tilt == TiltAngles(alpha: 1, beta: 6, gamma: 3))
    #expect(abs(scan.tilt(i: 0, j: 0).secondShare - 0.5) < 1e-9)
  }

  @Test("counts have the mean and the spread of shot noise, and come again with the same seed")
  func noise() {
    let flat = CellPicture(
      tilt: .zero,
      spectrum: {
        var spectrum = ImageSpectrum(maximum: SIMD2(1, 1))
        spectrum[0, 0] = SIMD2(0.4, 0)
        return spectrum
      }())
    var settings = ScanSettings()
    (settings.width, settings.height) = (200, 200)
    settings.dosePerA2 = 2500
    let scan = SyntheticScan(settings: settings, pseudoCubicA: 3.905, domains: (flat, flat))
    #expect(abs(scan.electronsPerPixel - 100) < 1e-9)
    let counts = scan.counts(2).map(Double.init)
    let mean = counts.reduce(0, +) / 40_000
    let variance = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
    #expect(abs(mean - 40) < 0.15)
    #expect(abs(variance - 40) < 1.5)
    #expect(scan.counts(2) == scan.counts(2))
    #expect(scan.counts(2) != scan.counts(3))
  }
}
