// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import TestSupport
import Testing

@testable import Training

@Suite struct TrainerTests {
  static func configuration(samples: Int = 256) -> TrainingConfiguration {
    var c = TrainingConfiguration(emulator: "none")
    c.samples = samples
    c.batch = 32
    c.shard = 8
    c.warmUpSamples = 64
    return c
  }

  static func trainer(_ c: TrainingConfiguration, threads: Int = 1) throws -> Trainer<ColumnSource> {
    try Trainer(c, architecture: GradientTests.architecture, sources: [ColumnSource()], threads: threads)
  }

  @Test func sameSeedSameWeightsWhateverTheThreads() throws {
    func weights(threads: Int, seed: UInt64 = 1) throws -> [Float] {
      var c = Self.configuration()
      c.seed = seed
      let trainer = try Self.trainer(c, threads: threads)
      while !trainer.isDone { _ = try trainer.advance() }
      return trainer.state.parameters.array + trainer.state.statistics.array
    }
    let one = try weights(threads: 1)
    #expect(try weights(threads: 1) == one)
    #expect(try weights(threads: 2) == one)
    #expect(try weights(threads: 1, seed: 2) != one)
  }

  @Test func resumeGivesTheSameWeights() throws {
    let whole = try Self.trainer(Self.configuration())
    while !whole.isDone { _ = try whole.advance() }

    let interrupted = try Self.trainer(Self.configuration())
    for _ in 0..<3 { _ = try interrupted.advance() }
    let bytes = try interrupted.checkpoint().encoded(file: "checkpoint").bytes
    let resumed = try Self.trainer(Self.configuration())
    try resumed.restore(ModelFile.parse(bytes, file: "checkpoint", expecting: .float), file: "checkpoint")
    #expect(resumed.step == 3)
    while !resumed.isDone { _ = try resumed.advance() }
    #expect(resumed.state.parameters.array == whole.state.parameters.array)
    #expect(resumed.state.statistics.array == whole.state.statistics.array)
    #expect(resumed.modelFile() == whole.modelFile())
  }

  @Test func aTrainingBeginsWithAnothersWeights() throws {
    let folder = try TemporaryDirectory()
    let first = try Self.trainer(Self.configuration())
    _ = try first.advance()
    var weights = first.modelFile()
    try weights.write(folder.file("first.safetensors"))
    let second = try Self.trainer(Self.configuration(samples: 64))
    let read = try ModelFile.read(folder.file("first.safetensors"), expecting: .float)
    try second.begin(with: read, file: "first")
    #expect(second.state.parameters.array == first.state.parameters.array)
    #expect(second.state.statistics.array == first.state.statistics.array)
    #expect(second.step == 0)
    let resumed = try Self.trainer(Self.configuration(samples: 64))
    try resumed.restore(second.checkpoint(), file: "checkpoint")
    for trainer in [second, resumed] {
      while !trainer.isDone { _ = try trainer.advance() }
      #expect(trainer.modelFile().metadata["began_with_sha256"] == weights.sha256)
    }
    #expect(resumed.state.parameters.array == second.state.parameters.array)
    #expect(second.state.parameters.array != first.state.parameters.array)
    #expect(first.modelFile().metadata["began_with_sha256"] == nil)
  }

  @Test func aForeignCheckpointIsRefused() throws {
    let checkpoint = try Self.trainer(Self.configuration()).checkpoint()
    var other = Self.configuration()
    other.learningRate = 1e-4
    let trainer = try Self.trainer(other)
    #expect(
      throws: TrainingError.foreignCheckpoint(
        file: "f", what: "learning_rate", expected: "0.0001", found: "0.002")
    ) { try trainer.restore(checkpoint, file: "f") }
    var weightsOnly = checkpoint
    weightsOnly.tensors["optimizer.first"] = nil
    #expect(throws: TrainingError.self) { try Self.trainer(Self.configuration()).restore(weightsOnly, file: "f") }
  }

  @Test func aCheckpointOfAnotherEmulatorIsRefused() throws {
    let first = try Self.trainer(Self.configuration())
    let old = first.checkpoint()
    first.emulatorSha256 = "aa"
    let checkpoint = first.checkpoint()
    func resume(_ file: ModelFile, emulator: String) throws {
      let trainer = try Self.trainer(Self.configuration())
      trainer.emulatorSha256 = emulator
      try trainer.restore(file, file: "f")
    }
    try resume(checkpoint, emulator: "aa")
    #expect(
      throws: TrainingError.foreignCheckpoint(file: "f", what: "emulator with the sha256", expected: "bb", found: "aa")
    ) { try resume(checkpoint, emulator: "bb") }
    // Those of before do not tell.
    try resume(old, emulator: "bb")
  }

  @Test func noLogInThePlaceOfAPipe() throws {
    let folder = try TemporaryDirectory()
    let path = folder.pipe("pipe")
    #expect(
      throws: TrainingError.cannotWrite(file: path, reason: "it is there and no regular file")
    ) { try TrainingLog(path: path, keepingUpTo: nil) }
    #expect(folder.isPipe("pipe"))
  }

  @Test func valuesOutOfBoundsNameTheirKey() throws {
    var c = Self.configuration()
    c.shard = 7
    #expect(throws: TrainingError.badConfiguration(key: "shard", expected: "a divisor of batch (32)", found: "7")) {
      try c.check()
    }
    c = Self.configuration()
    c.ranges.thicknessNm = Interval(1, 20)
    #expect(throws: TrainingError.self) { try Self.trainer(c) }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["GLAZER_MEASURE"] != nil, "a measurement, not a test"))
  func measureCompact() throws {
    var c = TrainingConfiguration(emulator: "none")
    let env = ProcessInfo.processInfo.environment
    func number(_ key: String) -> Double? { env[key].flatMap(Double.init) }
    c.samples = Int(number("GLAZER_SAMPLES") ?? 10_000)
    c.warmUpSamples = c.samples / 20
    c.learningRate = number("GLAZER_RATE") ?? c.learningRate
    c.batch = Int(number("GLAZER_BATCH") ?? Double(c.batch))
    c.shard = Int(number("GLAZER_SHARD") ?? Double(c.shard))
    c.lossWeighting = number("GLAZER_WEIGHTING") ?? c.lossWeighting
    let source = ColumnSource()
    func cpuSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
    func measure(_ title: String, _ count: Int, _ body: (Int) throws -> Void) rethrows {
      let start = cpuSeconds()
      for i in 0..<count { try body(i) }
      print(title, String(format: "%.1f us", (cpuSeconds() - start) / Double(count) * 1e6))
    }
    var grid = [Float](repeating: 0, count: 64 * 96)
    var w = source.makeWorkspace()
    measure("render", 500) { _ in
      source.render(
        ImagingState(tilt: .zero, thicknessNm: 10, defocusA: 0, sourceFWHMA: 0.7), into: &grid, workspace: &w)
    }
    let geometry = try #require(NormalisationGeometry(.standard))
    let generator = SampleGenerator(sources: [source], ranges: c.ranges, geometry: geometry)
    let pixels = FloatBuffer(count: PatchGeometry.standard.count)
    measure("draw", 500) { _ = generator.draw(seed: 1, index: UInt64($0), part: .training, into: pixels.base) }
    let trainer = try Trainer(c, architecture: .compact, sources: [source], threads: Int(number("GLAZER_THREADS") ?? 1))
    let run = TrainingRun(trainer, sources: [source])
    for size in [8, 16, 32, 64] {
      let network = ShardNetwork(.compact, layout: trainer.state.layout, capacity: size)
      let result = FloatBuffer(count: trainer.state.layout.parameterCount)
      for n in 0..<size { network.setImage(n, pixels.base) }
      measure("forward, shard \(size) x", 640 / size) { _ in
        network.forward(trainer.state, samples: size, training: true)
      }
      measure("backward, shard \(size) x", 640 / size) { _ in
        network.backward(trainer.state, into: result, samples: size)
      }
    }
    let start = cpuSeconds()
    c.validationInterval = 1
    while !trainer.isDone {
      let loss = try trainer.advance()
      if trainer.step % max(1, c.steps / 20) == 0 {
        print(
          trainer.samplesDone, loss, Double(trainer.samplesDone) / (cpuSeconds() - start), "samples/s of CPU",
          run.validate())
      }
    }
  }
}
