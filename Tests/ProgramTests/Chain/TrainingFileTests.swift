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

  @Test("weights are not quantized with the emulators of another instrument, nor is their model scored with them")
  func foreignEmulator() throws {
    let folder = try TemporaryDirectory()
    let weights = SharedData.repository.appendingPathComponent("tools/weights/srtio3-20mrad.safetensors").path
    let model = SharedData.repository.appendingPathComponent("firmware-config/models/20mrad.safetensors").path
    let output = folder.file("model.safetensors")
    let quantized = try Program.run(
      "glazer", "quantize", weights, "--emulator", SampleTests.emulator, "--output", output, seconds: 300)
    #expect(quantized.code == 65 && quantized.errors.contains("ranges.mistilt_mrad"), "\(quantized.errors)")
    #expect(!FileManager.default.fileExists(atPath: output))
    let scored = try Program.run("glazer", "evaluate", model, "--emulator", SampleTests.emulator, seconds: 300)
    #expect(scored.code == 65 && scored.errors.contains("detector 12.0-20.0 mrad"), "\(scored.errors)")
  }
}
