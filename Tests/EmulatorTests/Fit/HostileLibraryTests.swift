// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Inference
import TestSupport
import Testing

@testable import Emulator

@Suite("Library files that are none")
struct HostileLibraryTests {
  private static let prefix = TinyRun.family.fileName

  /// A good file, changed, read as far as an emulator.
  private static func read(_ change: (inout Safetensors) -> Void) throws -> Emulator {
    let folder = try TemporaryDirectory()
    let path = folder.file("library.safetensors")
    try EmulatorLibrary.write([try TinyRun.shared.get().emulator], path: path)
    var file = try Safetensors.read(path)
    change(&file)
    try file.write(path)
    return try Emulator(path: path)
  }

  @Test("untouched, the file is read")
  func untouched() throws { #expect(try Self.read { _ in }.simulationCount == 9) }

  @Test(
    "missing tensors are named",
    arguments: [
      "contrast", "nodes", "harmonics.0", "harmonics.7", "mean", "points.0", "scales.3", "values.1",
      "noise.2", "lengths.0",
    ])
  func missing(_ name: String) throws {
    #expect { try Self.read { $0.tensors["\(Self.prefix)/\(name)"] = nil } } throws: {
      $0 is EmulatorError && "\($0)".contains(name)
    }
  }

  /// Which precisions a group has is told by what is there; what lacks then shows in the numbers beside it.
  @Test(
    "components of a precision that are missing do not go unnoticed", arguments: ["leading.0", "cores.0", "weak.0"])
  func missingComponents(_ name: String) throws {
    #expect { try Self.read { $0.tensors["\(Self.prefix)/\(name)"] = nil } } throws: {
      $0 is EmulatorError && ("\($0)".contains("scales.0") || "\($0)".contains("values.0"))
    }
  }

  @Test(
    "wrong shapes are named",
    arguments: [
      "contrast", "nodes", "harmonics.5", "mean", "points.0", "leading.0", "cores.1", "weak.0", "scales.0", "values.0",
      "noise.0",
      "lengths.1",
    ])
  func shapes(_ name: String) throws {
    for shape in [[0], [3], [0, 6], [2, 2, 2], [1, 100_000]] {
      #expect {
        try Self.read {
          $0.tensors["\(Self.prefix)/\(name)"] = Tensor(
            [Float](repeating: 1, count: shape.reduce(1, *)), shape: shape)
        }
      } throws: { $0 is EmulatorError && "\($0)".contains(name) }
    }
  }

  @Test(
    "numbers that are none are refused",
    arguments: [
      "contrast", "nodes", "harmonics.2", "mean", "points.0", "scales.0", "values.0", "noise.0", "lengths.0",
    ])
  func notNumbers(_ name: String) throws {
    for poison in [Float.nan, .infinity] {
      #expect {
        try Self.read { file in
          guard let tensor = file.tensors["\(Self.prefix)/\(name)"], var values = tensor.floats else { return }
          values[values.count / 2] = poison
          file.tensors["\(Self.prefix)/\(name)"] = Tensor(values, shape: tensor.shape)
        }
      } throws: { $0 is EmulatorError && "\($0)".contains(name) }
    }
  }

  @Test("hyper-parameters beyond any number are refused")
  func largeLogarithms() throws {
    #expect(throws: EmulatorError.self) {
      try Self.read {
        $0.tensors["\(Self.prefix)/lengths.0"] = Tensor(
          [Float](repeating: 1e30, count: EmulatorInput.count), shape: [EmulatorInput.count])
      }
    }
  }

  @Test("a file of another format, or of none, says so", arguments: ["glazer-emulator-2", "", nil])
  func format(_ format: String?) throws {
    #expect { try Self.read { $0.metadata["format"] = format } } throws: { "\($0)".contains("glazer-emulator-4") }
  }

  /// `of` stands in the metadata of the good file.
  @Test(
    "families, classes and designs that cannot be are refused",
    arguments: [
      ["\"SrTiO3\"", "\"Unobtainium\""], ["\"---\"", "\"-x-\""], ["\"outerMrad\":30", "\"outerMrad\":-1"],
      ["\"meshX\":1", "\"meshX\":0"], ["\"defocusNodes\":2", "\"defocusNodes\":1000000000"],
      ["\"thicknessNm\":[1,2]", "\"thicknessNm\":[1,1e9]"], ["\"thicknessNm\":[1,2]", "\"thicknessNm\":[]"],
      ["\"imageClass\":0", "\"imageClass\":8"], ["\"imageClass\":0", "\"imageClass\":-1"],
      ["\"imageClass\":0", "\"imageClass\":1"], ["\"points\":0", "\"points\":1"],
      ["\"pairCorrelation\":0", "\"pairCorrelation\":1"],
      ["\"family\"", "\"familie\""], ["[", "{"],
    ])
  func metadata(_ change: [String]) throws {
    #expect(throws: EmulatorError.self) {
      try Self.read { file in
        let text = file.metadata["families"] ?? ""
        #expect(text.contains(change[0]))
        file.metadata["families"] = text.replacingOccurrences(of: change[0], with: change[1])
      }
    }
  }

  @Test("points whose covariances are larger than memory are refused before these are made")
  func memory() throws {
    #expect {
      try Self.read { file in
        file.tensors["\(Self.prefix)/points.0"] = Tensor(
          [Float](repeating: 1, count: 12_000 * EmulatorInput.count), shape: [12_000, EmulatorInput.count])
      }
    } throws: { "\($0)".contains("points.0") }
  }

  @Test("a family that is not there is answered with those that are")
  func unknown() throws {
    let folder = try TemporaryDirectory()
    try EmulatorLibrary.write([try TinyRun.shared.get().emulator], path: folder.file("library.safetensors"))
    let wanted = try #require(CrystalFamily("LaAlO3:---:293"))
    #expect { try Emulator(path: folder.file("library.safetensors"), family: wanted) } throws: { error in
      guard case .unknownFamily(_, "LaAlO3:---:293", ["SrTiO3:---:static"]) = error as? EmulatorError else {
        return false
      }
      return true
    }
  }

  @Test("truncated files, other files and no files are refused", arguments: [0, 7, 100, 5000])
  func truncated(bytes: Int) throws {
    let folder = try TemporaryDirectory()
    let path = folder.file("library.safetensors")
    #expect(throws: (any Error).self) { try EmulatorLibrary(path: path) }
    try EmulatorLibrary.write([try TinyRun.shared.get().emulator], path: path)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    try data.prefix(bytes).write(to: URL(fileURLWithPath: path))
    #expect(throws: ModelFileError.self) { try EmulatorLibrary(path: path) }
    try Data(repeating: 0x5A, count: bytes).write(to: URL(fileURLWithPath: path))
    #expect(throws: ModelFileError.self) { try EmulatorLibrary(path: path) }
  }
}
