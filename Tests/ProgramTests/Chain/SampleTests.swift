// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Inference
import TestSupport
import Testing

/// What other trainings are fed with.
@Suite("Training samples")
struct SampleTests {
  static let weights = SharedData.repository.appendingPathComponent("tools/weights/perovskites-compact.safetensors")
    .path
  static let emulator = SharedData.repository.appendingPathComponent("tools/emulators/perovskites.safetensors").path

  @Test("emulate patches: a sample is the same in whatever part it is drawn, and another in validation")
  func parts() throws {
    let folder = try TemporaryDirectory()
    func draw(_ options: String...) throws -> Data {
      let path = folder.file("samples.npy")
      let arguments = ["emulate", "patches", Self.weights, "--emulator", Self.emulator, "--output", path]
      let result = try Program("glazer", arguments + options).result(seconds: 300)
      #expect(result.code == 0, "\(result.errors)")
      return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    let record = 4 * (7 + 75 * 59)
    let whole = try draw("--count", "12").suffix(12 * record)
    func sample(_ n: Int) -> Data { Data(whole.dropFirst(n * record).prefix(record)) }
    let parts = try draw("--first", "1", "--count", "4", "--block", "2", "--every", "8").suffix(4 * record)
    #expect(Data(parts) == sample(1) + sample(2) + sample(9) + sample(10))
    #expect(try Data(draw("--count", "1", "--part", "validation").suffix(record)) != sample(0))
  }

  @Test("emulate patches draws from no other emulators than those that the weights name")
  func foreignEmulator() throws {
    let folder = try TemporaryDirectory()
    var file = try ModelFile.read(Self.weights, expecting: .float)
    file.metadata["emulator_sha256"] = String(repeating: "0", count: 64)
    try file.write(folder.file("weights.safetensors"))
    let result = try Program.run(
      "glazer", "emulate", "patches", folder.file("weights.safetensors"), "--emulator", Self.emulator, "--count", "1",
      "--output", folder.file("samples.npy"), seconds: 300)
    #expect(result.code == 65 && result.errors.contains("000000000000"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("samples.npy")))
  }

  @Test("bench-training prints a rate")
  func rate() throws {
    let result = try Program.run("glazer", "bench-training", Self.weights, "--seconds", "0.1", seconds: 300)
    #expect(result.code == 0, "\(result.errors)")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(try #require(json["samples_s"] as? Double) > 1)
    #expect(json["batch"] as? Int == 64)
  }
}
