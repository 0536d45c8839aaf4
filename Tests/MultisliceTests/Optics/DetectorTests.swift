// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Multislice

@Suite struct DetectorTests {
  @Test(arguments: EdgeRule.allCases)
  func segmentsSumToTheirRing(edges: EdgeRule) throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    conditions.edges = edges
    let bounds = [-30.0, 45, 130, 250, 330]
    conditions.detectors = [AnnularDetector(innerMrad: 9, outerMrad: 27)]
    for (start, end) in zip(bounds, bounds.dropFirst()) {
      conditions.detectors.append(
        AnnularDetector(innerMrad: 9, outerMrad: 27, segment: .init(startDeg: start, endDeg: end)))
    }
    conditions.probes[0].mistiltMrad = SIMD2(2, 1)
    let images = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2).map { $0[0][0].image(nx: 5, ny: 7) }
    for n in images[0].indices {
      #expect(abs(images[0][n] - images.dropFirst().reduce(0) { $0 + $1[n] }) < 2e-5)
    }
  }

  @Test func segmentsSeeWhatAProbeSendsThere() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    conditions.detectors = [
      AnnularDetector(innerMrad: 11, outerMrad: 30, segment: .init(startDeg: 0, endDeg: 90)),
      AnnularDetector(innerMrad: 30, outerMrad: 50, segment: .init(startDeg: 90, endDeg: 180)),
    ]
    let spectra = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)
    let positions = SmallCase.positions(cell, nx: 2, ny: 3)
    let slow = SlowProbe(cell: cell, conditions: conditions, probe: conditions.probes[0])
    let quadrant = slow.signal(at: positions) {
      let r2 = ($0 * $0).sum()
      return $0.y >= 0 && $0.x > 0 && r2 >= 121 && r2 < 900
    }
    let dark = slow.signal(at: positions) {
      let r2 = ($0 * $0).sum()
      return $0.y > 0 && $0.x <= 0 && r2 >= 900 && r2 < 2500
    }
    for (d, expected) in [quadrant, dark].enumerated() {
      let image = spectra[d][0][0].image(nx: 2, ny: 3)
      for n in positions.indices { #expect(abs(Double(image[n]) - expected[n]) < 2e-5) }
    }
  }

  @Test func detectorsOfOneRunEqualRunsOfTheirOwn() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    conditions.edges = .fractional
    conditions.probes[0].mistiltMrad = SIMD2(0, 3)
    let detectors = [
      AnnularDetector(innerMrad: 11, outerMrad: 30), AnnularDetector(innerMrad: 0, outerMrad: 11),
      AnnularDetector(innerMrad: 20, outerMrad: 45),
    ]
    conditions.detectors = detectors
    let together = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)
    for (d, detector) in detectors.enumerated() {
      conditions.detectors = [detector]
      let alone = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 1)
      for (l, r) in zip(alone[0][0][0].image(nx: 4, ny: 5), together[d][0][0].image(nx: 4, ny: 5)) {
        #expect(abs(l - r) < 1e-5)
      }
    }
  }

  /// The band limit would cut a far detector silently.
  @Test func farDetectorsMakeTheGridFiner() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    #expect(
      BlochPRISM(cell: cell, conditions: conditions).grid
        == GridSize.fitting(cell: cell, samplingA: conditions.samplingA))
    conditions.detectors.append(AnnularDetector(innerMrad: 60, outerMrad: 90))
    conditions.probes[0].mistiltMrad = SIMD2(5, 0)
    for voltageKV in [60.0, 200, 300] {
      conditions.voltageKV = voltageKV
      let simulation = BlochPRISM(cell: cell, conditions: conditions)
      let sampling =
        SIMD2(cell.lengthsA.x, cell.lengthsA.y) / SIMD2(Double(simulation.grid.nx), Double(simulation.grid.ny))
      let edge = 95e-3 / simulation.electron.wavelengthA
      #expect(BandLimit(samplingA: sampling).factor(k2: edge * edge) == 1)
    }
  }
}
