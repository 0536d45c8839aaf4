// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Inference
import TestSupport
import Testing

@Suite struct ModelFileTests {
  @Test func survivesWritingAndReading() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("model.safetensors")
    var model = RandomModel.int8(seed: 3)
    model.sigmaScale = [1.5, 0.9, 2]
    try model.write(path)
    let read = try ModelFile.read(path, expecting: .int8)
    #expect(read == model)
    #expect(read.sha256.count == 64)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["model.safetensors"])
  }

  /// Factors that depend on what is stated: they come back, and those that make no sense are refused.
  @Test func factorsOnSigmaMayBeCurves() throws {
    func points(_ pairs: (Double, Double)...) -> [SigmaScale.Point] {
      pairs.map { SigmaScale.Point(stated: $0.0, factor: $0.1) }
    }
    var model = RandomModel.int8(seed: 3)
    model.sigmaScale = SigmaScale(curves: [points((1, 1.5)), points((0.1, 2), (1, 1)), points((0.2, 1), (3, 0.8))])
    let bytes = try model.encoded(file: "m").bytes
    #expect(try ModelFile.parse(bytes, file: "m").sigmaScale == model.sigmaScale)
    for bad in [points((0.1, 2), (0.1, 1)), points((0.1, -1)), points((.nan, 1)), []] {
      model.sigmaScale = SigmaScale(curves: [bad, points((1, 1)), points((1, 1))])
      #expect(throws: ModelFileError.self) { try model.encoded(file: "m") }
    }
  }

  @Test func sameContentGivesSameBytes() throws {
    let model = RandomModel.int8(seed: 3)
    #expect(try model.encoded(file: "a").bytes == model.encoded(file: "b").bytes)
  }

  @Test func headerIsPlainSafetensors() throws {
    let bytes = try RandomModel.int8().encoded(file: "m").bytes
    let count = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(count % 8 == 0)
    let object = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + count]))
    let header = try #require(object as? [String: Any])
    let metadata = try #require(header["__metadata__"] as? [String: String])
    #expect(metadata["format"] == "glazer-int8-1")
    let architecture = try #require(metadata["architecture"])
    #expect(architecture.hasPrefix(#"{"degrees_per_unit":10,"layers":[{"in":1,"kernel":5,"kind":"conv","out":16,"#))
    #expect(architecture.contains(#"{"kind":"avgpool2"}"#))
    #expect(architecture.contains(#"{"activation":"tanh","in":1536,"kind":"dense","out":256}"#))
    let weight = try #require(header["conv1.weight"] as? [String: Any])
    #expect(weight["dtype"] as? String == "I8")
    #expect(weight["shape"] as? [Int] == [16, 1, 5, 5])
  }

  @Test func failedWriteLeavesNothing() throws {
    let directory = try TemporaryDirectory()
    var model = RandomModel.int8()
    let path = directory.file("absent/model.safetensors")
    #expect {
      try model.write(path)
    } throws: { error in
      guard case .cannotWrite(let file, _)? = error as? ModelFileError else { return false }
      return file == path
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
  }

  @Test func noFileInThePlaceOfAPipe() throws {
    let directory = try TemporaryDirectory()
    let path = directory.pipe("pipe")
    var model = RandomModel.int8()
    #expect(throws: ModelFileError.self) { try model.write(path) }
    #expect(throws: ModelFileError.self) { try Safetensors().write(path) }
    #expect(directory.isPipe("pipe"))
  }

  @Test func directoriesAndMissingFilesAreRefused() throws {
    let directory = try TemporaryDirectory()
    for path in [directory.path, directory.file("none"), "/dev/zero"] {
      #expect {
        try ModelFile.read(path)
      } throws: { error in
        guard case .cannotRead? = error as? ModelFileError else { return false }
        return (error as? ModelFileError)?.category == .noInput
      }
    }
  }
}
