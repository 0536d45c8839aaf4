// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice
import TestSupport
import Testing

@testable import Emulator

@Suite struct ShippedEmulatorTests {
  static func emulator() throws -> Emulator {
    try Emulator(path: SharedData.repository.appendingPathComponent("tools/emulators/srtio3.safetensors").path)
  }

  /// A tilt that is no point of the design, at nodes of thickness and defocus: within 1 % of contrast.
  @Test func agreesWithASimulationItHasNotSeen() throws {
    let emulator = try Self.emulator()
    var design = emulator.design
    design.thicknessesNm = [emulator.design.thicknessesNm[3]]
    design.defociA = [-10, 20]
    let tilt = TiltAngles(alpha: -7.3, beta: 4.1, gamma: 6.2)
    let truth = try design.simulate(tilt, threads: 2)
    var workspace = emulator.makeWorkspace()
    for (d, defocus) in design.defociA.enumerated() {
      let state = ImagingState(
        tilt: tilt, thicknessNm: design.thicknessesNm[0], defocusA: defocus, sourceFWHMA: 0)
      var grid = [Float](repeating: 0, count: emulator.gridWidth * emulator.gridHeight)
      emulator.render(state, into: &grid, workspace: &workspace)
      // The simulator's images are [x][y], the emulator's [y][x].
      let image = truth[d].image(nx: emulator.gridWidth, ny: emulator.gridHeight)
      let (nx, ny) = (emulator.gridWidth, emulator.gridHeight)
      let expected = (0..<nx * ny).map { image[$0 % nx * ny + $0 / nx] }
      let mean = expected.reduce(0, +) / Float(expected.count)
      let variance = expected.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let square = zip(grid, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let percent = 100 * (square / variance).squareRoot()
      print("defocus \(defocus) Å: \(percent) % of contrast")
      // The file was fitted to simulations that counted edges more coarsely (4 to 6 % of contrast); fitting it anew is due,
      // and this says so when it has been done.
      withKnownIssue("fitted before edges were shared as areas") { #expect(percent < 1) }
    }
    #expect(emulator.statedError(tilt) > 0)
  }

  /// Source and vibration: the rendered blur equals that of the simulator's own series.
  @Test func blurIsAGaussianInTheSpecimenPlane() throws {
    let emulator = try Self.emulator()
    var workspace = emulator.makeWorkspace()
    let count = emulator.gridWidth * emulator.gridHeight
    func render(source: Double, vibration: SIMD2<Double>) -> [Float] {
      var grid = [Float](repeating: 0, count: count)
      let state = ImagingState(
        tilt: TiltAngles(alpha: 3, beta: 1, gamma: 2), thicknessNm: 8, defocusA: 5, sourceFWHMA: source,
        vibrationFWHMA: vibration)
      emulator.render(state, into: &grid, workspace: &workspace)
      return grid
    }
    // A blur of 0.6 Å along x and one of 0.6 Å along y are together a round source of 0.6 Å; so is the round one itself.
    let round = render(source: 0.6, vibration: .zero)
    let alongX = render(source: 0, vibration: SIMD2(0.6, 0))
    let alongY = render(source: 0, vibration: SIMD2(0, 0.6))
    let sharp = render(source: 0, vibration: .zero)
    func contrast(_ grid: [Float]) -> Float {
      let mean = grid.reduce(0, +) / Float(count)
      return grid.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    #expect(contrast(round) < contrast(alongX) && contrast(round) < contrast(alongY))
    #expect(contrast(alongX) < contrast(sharp) && contrast(alongY) < contrast(sharp))
    let means = [round, sharp].map { grid in grid.reduce(Float(0), +) }
    #expect(abs(means[0] - means[1]) < 1e-4 * means[1])
  }

  @Test func samplesComeWithTheirLabels() throws {
    let emulator = try Self.emulator()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-\(UUID().uuidString).npy").path
    let labels = String(path.dropLast(4)) + ".csv"
    defer { for file in [path, labels] { try? FileManager.default.removeItem(atPath: file) } }
    let states = try SampledStates(
      selection: .random(count: 5), range: 10, thicknessNm: 5...12, defocusA: -20...20, sourceFWHMA: 0.5, seed: 3,
      source: emulator)
    try SampleWriter(emulator: emulator, output: path).write(states) { _ in }
    #expect(try NumpyArray.read(path: path).shape == [5, 96, 64])
    let rows = try String(contentsOfFile: labels, encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 6)
    let first = rows[1].split(separator: ",").compactMap { Double($0) }
    #expect(abs(first[1] - states[0].tilt.alpha) < 1e-4 && abs(first[7] - states[0].thicknessNm) < 1e-4)
  }

  @Test func theGridOfThePaper() throws {
    let emulator = try Self.emulator()
    func states(_ thickness: ClosedRange<Double>) throws -> SampledStates {
      try SampledStates(
        selection: .grid(stepDegrees: 0.25), range: 10, thicknessNm: thickness, defocusA: 0...0, sourceFWHMA: 0,
        seed: 1, source: emulator)
    }
    let grid = try states(8...8)
    #expect(grid.count == 81 * 81 * 81)
    #expect(grid[0].tilt == TiltAngles(alpha: -10, beta: -10, gamma: -10))
    #expect(grid[grid.count - 1].tilt == TiltAngles(alpha: 10, beta: 10, gamma: 10))
    #expect(throws: EmulatorError.self) { try states(50...50) }
  }
}
