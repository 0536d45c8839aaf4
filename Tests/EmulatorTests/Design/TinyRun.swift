// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport

@testable import Emulator

/// A design small enough to be simulated in a second or two, run whole and run as four shards, once for all tests.
struct TinyRun: Sendable {
  static let family = CrystalFamily(material: "SrTiO3", pattern: "---", temperatureK: nil)
  static let plan = SimulationPlan(families: [family], simulations: 9, tests: 1)

  /// One mesh point, four periods, two defoci; static atoms.
  static var design: EmulatorDesign {
    var design = EmulatorDesign()
    design.thicknessNm = [1, 2]
    design.defocusNodes = 2
    design.defocusLimitA = 20
    design.mistiltLimitMrad = 2
    design.tiltLimitDegrees = 5
    (design.meshX, design.meshY) = (1, 1)
    return design
  }

  /// Contents of the stores by the files' places in them.
  let whole: [String: Data]
  let sharded: [String: Data]
  /// What each shard added, and how many simulations it said it made.
  let added: [Set<String>]
  let made: [Int]
  let emulator: Emulator

  static let shared = Result { try TinyRun() }

  private init() throws {
    let folder = try TemporaryDirectory()
    let store = try SimulationStore(folder: folder.file("whole"), design: Self.design)
    _ = try Self.plan.run(store: store, threads: 1) { _, _ in }
    whole = try Self.contents(store.folder)
    emulator = try EmulatorFit(store: store, family: Self.family, components: 144, threads: 1).run { _ in }

    let parts = try SimulationStore(folder: folder.file("parts"), design: Self.design)
    var made: [Int] = []
    var added: [Set<String>] = []
    for number in 1...4 {
      guard let shard = Shard("\(number)/4") else { continue }
      let before = Set(try Self.contents(parts.folder).keys)
      made.append(try Self.plan.run(store: parts, shard: shard, threads: 1) { _, _ in })
      added.append(Set(try Self.contents(parts.folder).keys).subtracting(before))
    }
    (self.made, self.added) = (made, added)
    sharded = try Self.contents(parts.folder)
  }

  /// A store of its own for a test to spoil.
  func store(in folder: TemporaryDirectory) throws -> SimulationStore {
    for (name, data) in whole {
      let url = URL(fileURLWithPath: folder.file("store/\(name)"))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    }
    return try SimulationStore(existing: folder.file("store"))
  }

  static func contents(_ folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
      if !isFolder.boolValue { files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")) }
    }
    return files
  }
}
