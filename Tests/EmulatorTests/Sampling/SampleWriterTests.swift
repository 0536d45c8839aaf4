// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Multislice
import TestSupport
import Testing

@testable import Emulator

@Suite("Writing sampled sets")
struct SampleWriterTests {
  private func write(to path: String) throws {
    let emulator = try TinyRun.shared.get().emulator
    let states = try SampledStates(
      selection: .random(count: 3), range: 2, thicknessNm: emulator.thicknessRangeNm, defocusA: 0...0, sourceFWHMA: 0,
      seed: 1, source: emulator)
    try SampleWriter(emulator: emulator, output: path).write(states) { _ in }
  }

  @Test("images and labels replace older ones, and nothing is left beside them")
  func replaced() throws {
    let folder = try TemporaryDirectory()
    for name in ["set.npy", "set.csv"] { try Data("old".utf8).write(to: URL(fileURLWithPath: folder.file(name))) }
    try write(to: folder.file("set.npy"))
    #expect(try NumpyArray.read(path: folder.file("set.npy")).shape == [3, 96, 64])
    let labels = try String(contentsOfFile: folder.file("set.csv"), encoding: .utf8)
    #expect(labels.split(separator: "\n").count == 4 && labels.hasPrefix("image,alpha_deg,"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["set.csv", "set.npy"])
  }

  @Test("a folder in the place of images or labels is refused, and keeps what is in it", arguments: ["npy", "csv"])
  func folders(ending: String) throws {
    let folder = try TemporaryDirectory()
    let inside = folder.file("set.\(ending)/kept")
    try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
    #expect {
      try write(to: folder.file("set.npy"))
    } throws: { error in
      guard case .unwritable(let path, _)? = error as? EmulatorError else { return false }
      return path == folder.file("set.\(ending)")
    }
    #expect(FileManager.default.fileExists(atPath: inside))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["set.\(ending)"])
  }
}
