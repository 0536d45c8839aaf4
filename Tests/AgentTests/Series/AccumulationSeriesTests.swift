// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Testing

@testable import Agent

@Suite("Accumulation of a simulated series")
struct AccumulationSeriesTests {
  /// Errors of q over the good cells away from the domain wall, single and accumulated, and the accumulated deviations.
  private struct Errors {
    var single: [Double] = []
    var accumulated: [Double] = []
    var sigmas: [Double] = []

    static func rms(_ values: [Double]) -> Double {
      (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
    }
  }

  @Test(
    "24 frames of 10⁴ e/Å²: after 16 the rms of q is below a third of that of one, and the stated deviation is true")
  func sixteenth() throws {
    let scan = DriftingScan.scan()
    let pipeline = try DriftingScan.pipeline { $0.accumulation.frames = 64 }
    var rms: [Int: Errors] = [:]
    for number in 0..<24 {
      #expect(pipeline.process(DriftingScan.parts(scan, number)) == .overlay)
      let sums = try #require(pipeline.accumulated)
      let origin = pipeline.origin(in: scan.truth(number).lattice).index
      var errors = Errors()
      for row in 0..<pipeline.cells.count {
        // Cells that were in sight from the beginning.
        guard pipeline.cells.flags[row] & ~2 == 0, sums.frames[row] > 0.85 * Float(number + 1) else { continue }
        let index = (i: Int(pipeline.cells.i[row]) + origin.i, j: Int(pipeline.cells.j[row]) + origin.j)
        let (tilt, share) = scan.tilt(i: index.i, j: index.j)
        guard share < 0.02 || share > 0.98 else { continue }
        errors.single.append(Double(pipeline.cells.q[row]) - tilt.q)
        errors.accumulated.append(Double(sums.cells.q[row]) - tilt.q)
        errors.sigmas.append(Double(sums.cells.qSigma[row]))
      }
      rms[number + 1] = errors
    }
    let one = Errors.rms(try #require(rms[1]).accumulated)
    for frames in [1, 2, 4, 8, 12, 16, 20, 24] {
      let errors = try #require(rms[frames])
      print(
        "rms of q after \(frames) frames: \(Errors.rms(errors.accumulated)) deg, stated \(Errors.rms(errors.sigmas)) "
          + "(one frame \(Errors.rms(errors.single))), \(errors.single.count) cells")
    }
    let sixteen = try #require(rms[16])
    #expect(sixteen.single.count > 80)
    #expect(Errors.rms(sixteen.accumulated) < one / 3)
    #expect(abs(Errors.rms(sixteen.accumulated) / Errors.rms(sixteen.sigmas) - 1) < 0.25)
    try checkRegions(pipeline, scan)
    let accumulation = try #require(pipeline.header.accumulated)
    #expect(accumulation.largestFrames > 22 && accumulation.largestFrames <= 24)
    #expect(accumulation.timeConstantFrames == 64)
  }

  /// What lasts over frames is that of all images in the mean, far more than a bright frame leaves open.
  @Test("frames of many electrons together are not stated worse than one")
  func brightFrames() throws {
    let scan = DriftingScan.scan { $0.dosePerA2 = 3e5 }
    let pipeline = try DriftingScan.pipeline()
    for number in 0..<5 { #expect(pipeline.process(DriftingScan.parts(scan, number)) == .overlay) }
    let sums = try #require(pipeline.accumulated)
    var ratios: (q: [Float], rho: [Float], gamma: [Float]) = ([], [], [])
    for row in 0..<pipeline.cells.count where sums.frames[row] > 4 && pipeline.cells.flags[row] == 0 {
      let (one, all) = (pipeline.cells[row], sums.cells[row])
      ratios.q.append(all.qSigma / one.qSigma)
      ratios.rho.append(all.rhoSigma / one.rhoSigma)
      if all.gammaSigma.isFinite { ratios.gamma.append(all.gammaSigma / one.gammaSigma) }
    }
    #expect(ratios.q.count > 50 && ratios.gamma.count > 50)
    for (name, values) in [("q", ratios.q), ("rho", ratios.rho), ("gamma", ratios.gamma)] {
      let median = values.sorted()[values.count / 2]
      print(
        "deviation of \(name) of 5 bright frames over that of one: \(median) in the median, \(values.max() ?? 0) at most"
      )
      #expect(median < 1.05, "\(name)")
    }
  }

  @Test("frames that come row by row are remembered as long as whole ones")
  func partialFrames() throws {
    let scan = DriftingScan.scan()
    let pipelines = [try DriftingScan.pipeline(), try DriftingScan.pipeline()]
    var parts: [[UInt8]] = []
    for number in 0..<6 {
      parts = DriftingScan.parts(scan, number)
      #expect(pipelines[0].process(parts) == .overlay)
      for rows in [120, 180, 240] {
        var partial = parts
        partial[0].removeLast()
        partial[0] += Array(",\"valid_rows\":\(rows)}".utf8)
        #expect(pipelines[1].process(partial) == .overlay)
      }
      #expect(pipelines[1].process(parts) == .overlay)
    }
    let frames = try pipelines.map { try #require($0.header.accumulated).largestFrames }
    #expect(frames[0] > 5 && abs(frames[1] - frames[0]) < 0.05, "\(frames)")
  }

  /// The two domains as they are published with the last frame: 24 frames of 10⁴ e/Å² together.
  private func checkRegions(_ pipeline: Pipeline, _ scan: SyntheticScan) throws {
    let map = try #require(pipeline.header.regions)
    #expect(map.count == pipeline.cells.count)
    try #require(map.regions.count == 2)
    let origin = pipeline.origin(in: scan.truth(23).lattice).index
    var misplaced = 0
    var owners = [0, 0]
    for row in 0..<map.count where map.labels[row] >= 0 {
      let share = scan.tilt(i: Int(pipeline.cells.i[row]) + origin.i, j: Int(pipeline.cells.j[row]) + origin.j)
        .secondShare
      owners[Int(map.labels[row])] += share > 0.5 ? 1 : -1
    }
    for row in 0..<map.count where map.labels[row] >= 0 {
      let share = scan.tilt(i: Int(pipeline.cells.i[row]) + origin.i, j: Int(pipeline.cells.j[row]) + origin.j)
        .secondShare
      if (share > 0.5) != (owners[Int(map.labels[row])] > 0) { misplaced += 1 }
    }
    #expect(Double(misplaced) < 0.05 * Double(map.count))
    for (index, region) in map.regions.enumerated() {
      let truth = DriftingScan.tilts[owners[index] > 0 ? 1 : 0]
      #expect(abs(abs(region.q.value) - abs(truth.q)) < 4 * region.q.sigma, "\(region)")
    }
  }
}
