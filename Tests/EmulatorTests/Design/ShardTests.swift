// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@testable import Emulator

@Suite("Shards of a plan")
struct ShardTests {
  @Test("K/N is read strictly", arguments: ["", "1", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", "1/", "1/100001"])
  func refused(_ text: String) { #expect(Shard(text) == nil) }

  @Test("shards share a plan out, whole and without overlap")
  func partition() throws {
    let items = SimulationPlan(
      families: [TinyRun.family, CrystalFamily(material: "CaTiO3", pattern: "--+", temperatureK: 300)], simulations: 11,
      tests: 3
    ).items
    #expect(items.count == 28 && Set(items).count == 28)
    for count in [1, 3, 4, 40] {
      let shards = try (1...count).map { try #require(Shard(number: $0, count: count)) }
      for position in items.indices { #expect(shards.filter { $0.takes(position) }.count == 1) }
    }
  }

  @Test("mean waves and repeats are for families that move; repeats are tests a thousand on")
  func meanWaves() {
    let moving = CrystalFamily(material: "CaTiO3", pattern: "--+", temperatureK: 300)
    let items = SimulationPlan(
      families: [TinyRun.family, moving], simulations: 2, meanWaves: 3, tests: 1, testRepeats: 3
    ).items
    #expect(Set(items).count == items.count)
    #expect(items.filter { $0.kind == .meanWave }.map(\.family) == [moving, moving, moving])
    #expect(items.filter { $0.kind == .test && $0.family == moving }.map(\.index) == [0, 1000, 2000])
    #expect(items.filter { $0.kind == .test && $0.family == TinyRun.family }.map(\.index) == [0])
    let design = EmulatorDesign()
    #expect(design.testPoint(2000).tilt == design.testPoint(0).tilt)
  }

  @Test("four shards in one store make the files of one run, bit for bit, and no file twice")
  func fourShards() throws {
    let run = try TinyRun.shared.get()
    #expect(run.whole.count == 11)
    #expect(run.sharded == run.whole)
    #expect(run.made == [3, 3, 2, 2])
    // The first shard finds an empty store and its note.
    #expect(run.added.map(\.count) == [3, 3, 2, 2])
    for (n, names) in run.added.enumerated() {
      for other in run.added[(n + 1)...] { #expect(names.isDisjoint(with: other)) }
    }
  }

  @Test("an interrupted run goes on where it was: only what is missing is made, and comes out the same")
  func resume() throws {
    let run = try TinyRun.shared.get()
    let folder = try TemporaryDirectory()
    let store = try run.store(in: folder)
    #expect(try TinyRun.plan.run(store: store, threads: 1) { _, _ in } == 0)
    let lost = store.path(SimulationItem(family: TinyRun.family, index: 4, kind: .learning))
    try FileManager.default.removeItem(atPath: lost)
    #expect(try TinyRun.plan.run(store: store, threads: 1) { _, _ in } == 1)
    #expect(try TinyRun.contents(store.folder) == run.whole)
  }

  @Test("several stores copied into one are one store")
  func copying() throws {
    let run = try TinyRun.shared.get()
    let folder = try TemporaryDirectory()
    // Two machines with two shards each, and a third folder for both.
    let machines = [run.added[0].union(run.added[1]), run.added[2].union(run.added[3])]
    for names in machines {
      for name in names.union(["design.json"]) {
        let url = URL(fileURLWithPath: folder.file("all/\(name)"))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try run.sharded[name]?.write(to: url)
      }
    }
    let store = try SimulationStore(existing: folder.file("all"))
    #expect(store.families() == [TinyRun.family])
    #expect(store.indices(TinyRun.family, .learning) == Array(0..<9))
    #expect(store.indices(TinyRun.family, .test) == [0])
    #expect(try TinyRun.contents(store.folder) == run.whole)
  }
}
