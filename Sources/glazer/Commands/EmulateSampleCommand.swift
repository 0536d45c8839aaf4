// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore

struct EmulateSampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Writes images with labels from an emulator.",
    discussion: """
      Writes float32 [image, y, x] (y = [001], x = [110]; 96 × 64 points of one cell, 96 × 128 of families with + about a or b) as \
      .npy and a .csv of labels beside it. With --grid 0.25 on ±10° that is the paper's set, 531,441 images and 13 GB.

      Example: glazer emulate sample --emulator perovskites.safetensors --count 1000 --output images.npy
      """)

  @Option(help: "Emulator, from 'glazer emulate fit'.") var emulator: String
  @Option(help: "Crystals, MATERIAL:PATTERN:KELVIN or MATERIAL:PATTERN:static (default: the file's first).")
  var family: String?
  @Option(help: "Number of tilts drawn at random, uniformly in the cube.") var count: Int?
  @Option(help: "Instead: all tilts on a grid of this step, degrees.") var grid: Double?
  @Option(help: "Half-width of the tilt cube, degrees.") var range = 10.0
  @Option(help: "Thickness, nm; with --count a range MIN,MAX is drawn from.") var thickness = NumberList([10])
  @Option(help: "Defocus, Å; with --count a range MIN,MAX is drawn from.") var defocus = NumberList([0])
  @Option(help: "FWHM of the Gaussian source, Å.") var source = 0.0
  @Option(help: "Seed of the random draws.") var seed: UInt64 = 1
  @Option(help: "Where to write the images (.npy).") var output: String

  func validate() throws {
    _ = try selection()
    _ = try limits(thickness, "--thickness")
    _ = try limits(defocus, "--defocus")
  }

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(output, inputs: [self.emulator])
      let emulator = try Emulator(path: emulator, family: try family.map(CrystalFamily.parsed))
      let states = try SampledStates(
        selection: try selection(), range: range, thicknessNm: try limits(thickness, "--thickness"),
        defocusA: try limits(defocus, "--defocus"), sourceFWHMA: source, seed: seed, source: emulator)
      let bar = ProgressBar("sampling")
      try SampleWriter(emulator: emulator, output: output).write(states) { bar.update($0) }
      bar.finish()
      print("\(output): \(states.count) images of \(emulator.gridHeight) × \(emulator.gridWidth) points")
    }
  }

  private func selection() throws -> SampledStates.Selection {
    switch (count, grid) {
    case (let count?, nil) where (1...10_000_000).contains(count): return .random(count: count)
    case (nil, let step?) where (0.05...20).contains(step): return .grid(stepDegrees: step)
    default: throw ValidationError("give --count (1 to 10,000,000) or --grid (0.05 to 20 degrees)")
    }
  }

  private func limits(_ list: NumberList, _ option: String) throws -> ClosedRange<Double> {
    guard let low = list.values.first, let high = list.values.last, list.values.count <= 2, low <= high,
      count != nil || low == high
    else { throw ValidationError("\(option) takes one number, or with --count a range MIN,MAX") }
    return low...high
  }
}
