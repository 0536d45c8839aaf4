// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

/// Training files that are refused before anything is trained or made of them.
@Suite("Training files")
struct TrainingFileTests {
  @Test(
    "an interval takes two numbers: one line and code 78",
    arguments: ["[]", "[20]", "[1, 2, 3]", "[\"a\", 2]"])
  func intervals(written: String) throws {
    let folder = try TemporaryDirectory()
    let file = folder.file("train.toml")
    let text = "emulator = \"none.safetensors\"\n[ranges]\ndefocus_A = \(written)\n"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    let output = folder.file("weights.safetensors")
    let result = try Program.run("glazer", "train", "--config", file, "--output", output)
    #expect(result.code == 78)
    #expect(result.errors.hasPrefix("glazer: ") && result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("ranges.defocus_A"), "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["train.toml"])
  }

  @Test("an interrupted training leaves its checkpoint, says how to go on, and has the signal's code")
  func interrupted() throws {
    let folder = try TemporaryDirectory()
    let tools = SharedData.repository.appendingPathComponent("tools")
    var text = try String(contentsOf: tools.appendingPathComponent("train-srtio3.toml"), encoding: .utf8)
    text = text.replacing("\"emulators/", with: "\"\(tools.path)/emulators/")
    // The first line of the log tells that it trains.
    for (key, value) in [("validation_samples", 64), ("validation_interval", 64), ("epoch_samples", 64)] {
      text = text.replacing(try Regex("\(key) = [0-9_]+"), with: "\(key) = \(value)")
    }
    try text.write(toFile: folder.file("train.toml"), atomically: true, encoding: .utf8)
    let training = try Program(
      "glazer", ["train", "--config", folder.file("train.toml"), "--output", folder.file("weights.safetensors")])
    #expect(training.waits(seconds: 120) { $0.errorsSoFar.contains("samples/s") }, "\(training.errorsSoFar)")
    training.interrupt()
    let result = training.result()
    let checkpoint = folder.file("weights.checkpoint.safetensors")
    #expect(result.code == 130 && result.errors.contains("go on with --resume from \(checkpoint)"), "\(result.errors)")
    #expect(FileManager.default.fileExists(atPath: checkpoint))
    #expect(!FileManager.default.fileExists(atPath: folder.file("weights.safetensors")))
  }

  @Test("a seed below 0 is refused, and a configuration without text lacks its first key")
  func configurations() throws {
    let folder = try TemporaryDirectory()
    for (text, words) in [
      ("emulator = \"x\"\nseed = -1", "seed: expected 0 or more"), ("", "key emulator is missing"),
    ] {
      try text.write(toFile: folder.file("c.toml"), atomically: true, encoding: .utf8)
      let result = try Program.run(
        "glazer", "train", "--config", folder.file("c.toml"), "--output", folder.file("w.safetensors"))
      #expect(result.code == 78 && result.errors.contains(words), "\(result.errors)")
    }
  }

  @Test("weights are not quantized with the emulators of another instrument, nor is their model scored with them")
  func foreignEmulator() throws {
    let folder = try TemporaryDirectory()
    let weights = SharedData.repository.appendingPathComponent("tools/weights/srtio3-20mrad.safetensors").path
    let model = SharedData.repository.appendingPathComponent("firmware-config/models/20mrad.safetensors").path
    let output = folder.file("model.safetensors")
    let quantized = try Program.run(
      "glazer", "quantize", weights, "--emulator", SampleTests.emulator, "--output", output, seconds: 300)
    #expect(quantized.code == 65 && quantized.errors.contains("detector 12.0-20.0 mrad"), "\(quantized.errors)")
    #expect(!FileManager.default.fileExists(atPath: output))
    let scored = try Program.run("glazer", "evaluate", model, "--emulator", SampleTests.emulator, seconds: 300)
    #expect(scored.code == 65 && scored.errors.contains("detector 12.0-20.0 mrad"), "\(scored.errors)")
  }
}
