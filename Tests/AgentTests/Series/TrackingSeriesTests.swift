// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Testing

@testable import Agent

@Suite("Tracking of simulated series")
struct TrackingSeriesTests {
  /// Pixels of a drift of (u, v) cells in every frame.
  private func drift(_ u: Double, _ v: Double) -> [Double] {
    let lattice = DriftingScan.scan { $0.driftPxPerFrame = [0, 0] }.truth(0).lattice
    let d = u * lattice.a + v * lattice.b
    return [d.x, d.y]
  }

  @Test("a third of a cell per frame: no column loses its indices, at 10⁴ and at 10³ e/Å²", arguments: [1e4, 1e3])
  func third(dose: Double) throws {
    let scan = DriftingScan.scan {
      $0.driftPxPerFrame = drift(1.0 / 3, -1.0 / 3)
      $0.dosePerA2 = dose
      // Cold at 10³ e/Å² is another matter: more cells.
      if dose < 5e3 { ($0.width, $0.height) = (384, 384) }
    }
    let pipeline = try DriftingScan.pipeline()
    var origins: Set<CellIndex> = []
    var worst = 0.0
    for number in 0..<12 {
      #expect(pipeline.process(DriftingScan.parts(scan, number)) == .overlay)
      #expect(pipeline.header.lattice.locked == (number > 0), "frame \(number)")
      let origin = pipeline.origin(in: scan.truth(number).lattice)
      origins.insert(origin.index)
      worst = max(worst, origin.error)
      #expect(!pipeline.header.lattice.isShiftAmbiguous && pipeline.header.lattice.indexEpoch == 1)
      guard number > 0 else { continue }
      let drift = scan.settings.driftPxPerFrame
      let moved = pipeline.header.lattice.driftPx - Vector2(drift[0], drift[1])
      #expect(moved.length < 0.7, "frame \(number)")
    }
    #expect(origins.count == 1, "indices stay those of the crystal")
    #expect(worst < 1, "pixels")
  }

  @Test("a jump is met in the same frame; across the domain wall the features tell by how much, or it is marked")
  func jump() throws {
    let scan = DriftingScan.scan()
    let pipeline = try DriftingScan.pipeline()
    for number in 0..<6 { #expect(pipeline.process(DriftingScan.parts(scan, number)) == .overlay) }
    let before = pipeline.origin(in: scan.truth(5).lattice).index
    let epoch = pipeline.header.lattice.indexEpoch
    // 30 frames' drift at once: 39 and 27 pixels, about 2.5 and 1.7 cells.
    #expect(pipeline.process(DriftingScan.parts(scan, 6, time: 36)) == .overlay)
    let origin = pipeline.origin(in: scan.truth(36).lattice)
    #expect(origin.error < 0.6)
    let lattice = pipeline.header.lattice
    // Either the indices are the crystal's, or the header says that they are not.
    #expect((lattice.indexEpoch == epoch && origin.index == before) || lattice.isShiftAmbiguous)
    #expect(pipeline.process(DriftingScan.parts(scan, 7, time: 37)) == .overlay)
    #expect(pipeline.header.lattice.locked && !pipeline.header.lattice.isShiftAmbiguous)
    #expect(pipeline.origin(in: scan.truth(37).lattice).index == origin.index)
  }

  @Test("a change of magnification is met within two frames, told by the header or not", arguments: [true, false])
  func magnification(isTold: Bool) throws {
    for factor in [0.5, 0.7071, 0.8, 1.26, 1.4142, 2.0] {
      // Untold, the second search knows nothing of the scale, which asks for a better image.
      let dose = isTold ? 1e4 : 1e5
      let first = DriftingScan.scan { $0.dosePerA2 = dose }
      let second = DriftingScan.scan { ($0.dosePerA2, $0.pixelSizeNm) = (dose, 0.02 / factor) }
      let pipeline = try DriftingScan.pipeline()
      for number in 0..<3 {
        #expect(pipeline.process(DriftingScan.parts(first, number, tellsPixelSize: isTold)) == .overlay)
      }
      for number in 3..<6 {
        let outcome = pipeline.process(DriftingScan.parts(second, number, tellsPixelSize: isTold))
        guard number > 3, outcome == .overlay else {
          #expect(number == 3 || outcome == .overlay, "\(factor), frame \(number)")
          continue
        }
        let origin = pipeline.origin(in: second.truth(number).lattice)
        let a = pipeline.header.lattice.lattice.a
        #expect(abs(a.length / second.truth(number).lattice.a.length - 1) < 0.02, "\(factor), frame \(number)")
        #expect(origin.error < 1, "\(factor), frame \(number)")
      }
      #expect(pipeline.header.lattice.indexEpoch == 2)
    }
  }
}
