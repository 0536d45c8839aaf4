// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

/// Training files that are refused before anything is trained.
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
}
