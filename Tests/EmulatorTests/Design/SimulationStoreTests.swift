// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Multislice
import TestSupport
import Testing

@testable import Emulator

@Suite("The store of simulations")
struct SimulationStoreTests {
  private static let item = SimulationItem(family: TinyRun.family, index: 2, kind: .learning)

  @Test("a store of another design is refused; that of the same one is opened")
  func foreignDesign() throws {
    let folder = try TemporaryDirectory()
    _ = try SimulationStore(folder: folder.path, design: TinyRun.design)
    _ = try SimulationStore(folder: folder.path, design: TinyRun.design)
    var other = TinyRun.design
    other.meshX = 2
    #expect { try SimulationStore(folder: folder.path, design: other) } throws: {
      // What differs is named with both values, and nothing that does not.
      "\($0)" == "\(folder.path)/design.json: expected meshX 2, found meshX 1"
    }
    #expect(try SimulationStore(existing: folder.path).design == TinyRun.design)
  }

  @Test("folders that are no store, and designs that are none, are refused")
  func noStore() throws {
    let folder = try TemporaryDirectory()
    #expect(throws: EmulatorError.self) { try SimulationStore(existing: folder.path) }
    for text in ["", "{}", "[1, 2", #"{"voltageKV": "many"}"#] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("design.json")))
      #expect(throws: EmulatorError.self) { try SimulationStore(existing: folder.path) }
      #expect {
        try SimulationStore(folder: folder.path, design: TinyRun.design)
      } throws: {
        $0 is EmulatorError && "\($0)".contains("none that can be read")
      }
    }
    #expect(throws: EmulatorError.self) {
      try SimulationStore(folder: folder.file("design.json/below"), design: TinyRun.design)
    }
  }

  @Test("what is saved is loaded, bit for bit")
  func roundTrip() throws {
    let folder = try TemporaryDirectory()
    let store = try SimulationStore(folder: folder.path, design: TinyRun.design)
    let layout = SpectrumLayout(maximum: SIMD2(2, 3))
    try store.save([ImageClassTests.spectrum()], as: Self.item, layout: layout)
    let loaded = try #require(store.load(Self.item, layout: layout, count: 1))
    #expect(layout.vector(loaded[0]) == layout.vector(ImageClassTests.spectrum()))
    #expect(store.load(Self.item, layout: layout, count: 2) == nil)
    #expect(store.indices(TinyRun.family, .learning) == [2])
  }

  @Test("damaged simulations are named", arguments: ["truncated", "other shape", "not a number", "text"])
  func damaged(how: String) throws {
    let folder = try TemporaryDirectory()
    let store = try TinyRun.shared.get().store(in: folder)
    let path = store.path(Self.item)
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    switch how {
    case "truncated": data = data.prefix(data.count / 2)
    case "other shape": data = NumpyArray.header(shape: [1, 2]) + Data(repeating: 0, count: 8)
    case "not a number": data.replaceSubrange((data.count - 4)..., with: [0, 0, 0xC0, 0x7F])
    default: data = Data("nothing".utf8)
    }
    try data.write(to: URL(fileURLWithPath: path))
    let fit = EmulatorFit(store: store, family: TinyRun.family, components: 4, threads: 1)
    #expect { try fit.run { _ in } } throws: { error in
      guard case .badFile(let named, _, _) = error as? EmulatorError else { return false }
      return named == path
    }
  }

  @Test("strange names in a store are left alone; too few simulations are too few")
  func strangers() throws {
    let folder = try TemporaryDirectory()
    let store = try SimulationStore(folder: folder.path, design: TinyRun.design)
    let own = folder.file(TinyRun.family.fileName)
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    for name in ["tilt-.npy", "tilt--1.npy", "tilt-999999999.npy", "tilt-3.npy.partial", "test-1.npy", "tilt-7.npy"] {
      try Data().write(to: URL(fileURLWithPath: "\(own)/\(name)"))
    }
    #expect(store.indices(TinyRun.family, .learning) == [7])
    #expect(store.indices(TinyRun.family, .test) == [1])
    #expect(store.families().isEmpty)
    let fit = EmulatorFit(store: store, family: TinyRun.family, components: 4, threads: 1)
    #expect { try fit.run { _ in } } throws: { "\($0)".contains("at least 8") }
  }
}
