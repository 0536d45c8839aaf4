// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import TestSupport
import Testing

@testable import Training

/// tools/torch against the library, where there is a Python with PyTorch (`GLAZER_PYTHON`, else python3).
@Suite(.enabled(if: Python.hasTorch, "no PyTorch: set GLAZER_PYTHON to a Python that can import torch"))
struct TorchTests {
  @Test("float outputs agree to 1e-4 on the same weights", arguments: [.compact, GradientTests.architecture])
  func outputs(_ architecture: NetworkArchitecture) throws {
    let folder = try TemporaryDirectory()
    let state = try Self.randomState(architecture)
    var file = ModelFile(format: .float, name: "test", architecture: architecture, tensors: state.tensors)
    try file.write(folder.file("weights.safetensors"))
    let set = try Self.samples(architecture.patch, count: 40)
    try Self.write(set, to: folder.file("samples.npy"))
    let result = try Python.run([
      Python.script("predict.py"), folder.file("weights.safetensors"), folder.file("samples.npy"),
      folder.file("outputs.npy"),
    ])
    #expect(result.code == 0, "\(result.errors)")
    let expected = set.outputs(of: state)
    let found = try Self.floats(atEndOf: folder.file("outputs.npy"), count: expected.count)
    let largest = zip(expected, found).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    #expect(largest < 1e-4, "largest difference \(largest)")
    // Outputs that differ from sample to sample, or the test could not fail.
    #expect(set.outputs(of: state).prefix(6) != expected.suffix(6))
  }

  @Test("the same training: weights agree, and either goes on from the other's checkpoint")
  func training() throws {
    let folder = try TemporaryDirectory()
    let configuration = TrainerTests.configuration()
    let trainer = try TrainerTests.trainer(configuration)
    var initial = trainer.modelFile()
    initial.metadata["began_with_sha256"] = "aa"
    initial.metadata["emulator_sha256"] = "bb"
    try initial.write(folder.file("initial.safetensors"))
    let patch = GradientTests.architecture.patch
    let drawn = SampleSet(
      sources: [ColumnSource()], ranges: trainer.configuration.ranges, geometry: trainer.geometry,
      seed: configuration.seed, part: .training, count: configuration.samples)
    try Self.write(drawn, to: folder.file("samples.npy"))
    try Self.write(Self.samples(patch, count: 64), to: folder.file("validation.npy"))
    func run(_ options: [String]) throws -> (code: Int32, errors: String) {
      try Python.run(
        [
          Python.script("train.py"), folder.file("initial.safetensors"), "--output", folder.file("weights.safetensors"),
          "--samples", folder.file("samples.npy"), "--validation", folder.file("validation.npy"), "--device", "cpu",
        ] + options)
    }
    func train(_ options: [String]) throws {
      let result = try run(options)
      #expect(result.code == 0, "\(result.errors)")
    }

    // Three steps there, the rest here.
    try train(["--steps", "3"])
    let checkpoint = folder.file("weights.checkpoint.safetensors")
    let again = try run([])
    #expect(again.code != 0 && again.errors.contains("--resume"), "\(again.errors)")
    let continued = try TrainerTests.trainer(configuration)
    try continued.restore(ModelFile.read(checkpoint, expecting: .float), file: checkpoint)
    #expect(continued.step == 3)
    while !continued.isDone { _ = try continued.advance() }
    // Three steps here, the rest there.
    for _ in 0..<3 { _ = try trainer.advance() }
    let theirs = try ModelFile.read(checkpoint, expecting: .float)
    #expect(theirs.metadata["began_with_sha256"] == "aa" && theirs.metadata["emulator_sha256"] == "bb")
    var own = trainer.checkpoint()
    own.metadata["began_with_sha256"] = "aa"
    try own.write(checkpoint)
    // Samples are drawn as the first file says, so a checkpoint of another training is refused.
    let seed = initial.metadata["training"]
    initial.metadata["training"] = seed?.replacing("\"seed\":\(configuration.seed)", with: "\"seed\":77")
    #expect(initial.metadata["training"] != seed)
    try initial.write(folder.file("initial.safetensors"))
    let foreign = try run(["--resume"])
    #expect(foreign.code != 0 && foreign.errors.contains("seed"), "\(foreign.errors)")
    initial.metadata["training"] = seed
    try initial.write(folder.file("initial.safetensors"))
    try train(["--resume"])
    let weights = try ModelFile.read(folder.file("weights.safetensors"), expecting: .float)
    #expect(weights.metadata["began_with_sha256"] == "aa")
    #expect(!FileManager.default.fileExists(atPath: checkpoint))
    while !trainer.isDone { _ = try trainer.advance() }

    let start = try TrainerTests.trainer(configuration).state
    let path = Self.distance(start, trainer.state)
    #expect(path > 0.1)
    let torch = try NetworkState(GradientTests.architecture, seed: 0)
    try torch.load(weights.tensors, file: "weights")
    // Adam's first steps have the size of the rate whatever the gradient: rounding turns some of them about.
    #expect(Self.distance(torch, trainer.state) < 1e-2 * path, "\(Self.distance(torch, trainer.state)) of \(path)")
    #expect(Self.distance(continued.state, trainer.state) < 1e-2 * path)
    let log = try String(contentsOfFile: folder.file("weights.csv"), encoding: .utf8)
    #expect(log.hasPrefix(TrainingLogRow.header + "\n") && log.hasSuffix("\n"))
  }

  /// Euclidean distance of all weights and statistics.
  static func distance(_ a: NetworkState, _ b: NetworkState) -> Double {
    let pairs = zip(a.parameters.array + a.statistics.array, b.parameters.array + b.statistics.array)
    return pairs.reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
  }

  /// Weights, and statistics that are not those of a network that has never seen anything.
  static func randomState(_ architecture: NetworkArchitecture) throws -> NetworkState {
    let state = try NetworkState(architecture, seed: 5)
    var random = SeededRandom(seed: 6)
    for case .convolution(let place) in state.layout.layers {
      for c in 0..<place.shape.outputs {
        state.parameters.base[place.gamma + c] = Float(random.uniform(0.5, 1.5))
        state.parameters.base[place.beta + c] = Float(random.uniform(-0.5, 0.5))
        state.statistics.base[place.mean + c] = Float(random.uniform(-0.5, 0.5))
        state.statistics.base[place.variance + c] = Float(random.uniform(0.5, 2))
      }
    }
    return state
  }

  static func samples(_ patch: PatchGeometry, count: Int) throws -> SampleSet {
    SampleSet(
      sources: [ColumnSource()], ranges: AugmentationRanges(), geometry: try #require(NormalisationGeometry(patch)),
      seed: 9, part: .validation, count: count)
  }

  static func write(_ set: SampleSet, to path: String) throws {
    let records = SampleRecords(patch: set.patch)
    var data = records.header(count: set.count)
    for n in 0..<set.count { records.append(set.truths[n], pixels: set.pixels.base + n * set.patch.count, to: &data) }
    try data.write(to: URL(fileURLWithPath: path))
  }

  static func floats(atEndOf path: String, count: Int) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path)).suffix(4 * count)
    return data.withUnsafeBytes { raw in (0..<count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
  }
}

/// The Python that the tests may use.
enum Python {
  static let hasTorch = (try? run(["-c", "import numpy, torch"]))?.code == 0

  static func script(_ name: String) -> String {
    SharedData.repository.appendingPathComponent("tools/torch/\(name)").path
  }

  static func run(_ arguments: [String]) throws -> (code: Int32, errors: String) {
    let process = Process()
    let environment = ProcessInfo.processInfo.environment
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [environment["GLAZER_PYTHON"] ?? "python3"] + arguments
    process.environment = environment.merging(["OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let errors = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
