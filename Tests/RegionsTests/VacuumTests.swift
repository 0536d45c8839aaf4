// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Testing

@testable import Regions

@Suite("Regions beside vacuum")
struct VacuumTests {
  /// A crystal up to column `edge` of a frame; beyond it cells are flagged, with readings that mean nothing.
  private func find(
    edge: Int, size: (i: Int, j: Int) = (34, 26), _ truth: (_ i: Int, _ j: Int) -> TiltAngles
  ) -> (map: RegionMap, table: CellTable) {
    var field = CellField()
    field.size = size
    var (table, readings) = field.make(truth)
    for row in readings.indices where Int(table.i[row]) >= edge {
      table.flags[row] |= CellFlags.poorLattice.rawValue
      readings[row].q = 20
    }
    var map = RegionMap()
    RegionFinder().find(table, readings: readings, spread: nil, into: &map)
    return (map, table)
  }

  private let tilt = TiltAngles(p: 5, q: 4, r: -4)

  @Test("one domain is read whole, however little of the frame it is", arguments: [24, 9, 6, 4, 3])
  func oneDomain(columns: Int) throws {
    let (map, _) = find(edge: columns) { i, j in TiltPattern.outOfPhase.rotation(of: tilt, i: i, j: 0, k: j) }
    try #require(map.regions.count == 1)
    let region = map.regions[0]
    #expect(abs(region.q.value - 4) < 4 * region.q.sigma && region.q.sigma < 0.45)
    #expect(region.centre.x.isFinite && region.centre.y.isFinite)
    #expect(map.labels.count { $0 == 0 } == region.cells)
  }

  @Test("two domains stay two, where vacuum is most of the frame too", arguments: [18, 14])
  func twoDomains(edge: Int) throws {
    // Antiphase, and two thirds of the crystal the one.
    let wall = edge * 2 / 3
    let (map, table) = find(edge: edge, size: (36, 28)) { i, j in
      TiltPattern.outOfPhase.rotation(of: tilt, i: i < wall ? i : i + 1, j: 0, k: j)
    }
    try #require(map.regions.count == 2)
    #expect(abs(abs(map.regions[0].q.value) - 4) < 0.6 && abs(abs(map.regions[1].q.value) - 4) < 0.6)
    #expect(map.regions[0].q.value * map.regions[1].q.value < 0)
    for row in 0..<map.count where table.i[row] < edge && abs(Int(table.i[row]) - wall) > 1 {
      #expect((map.labels[row] == map.labels[0]) == (Int(table.i[row]) < wall))
    }
  }

  @Test("holes do not cut a domain: half of the cells flagged at random are one region still")
  func holes() throws {
    var random = SeededRandom(seed: 5)
    var (table, readings) = try CellField().make("---", tilt)
    for row in readings.indices where random.uniform() < 0.5 {
      table.flags[row] |= CellFlags.badPixels.rawValue
      readings[row].q = -20
    }
    var map = RegionMap()
    RegionFinder().find(table, readings: readings, spread: nil, into: &map)
    #expect(map.regions.count == 1 && map.labels.allSatisfy { $0 == 0 })
    #expect(abs(map.regions[0].q.value - 4) < 0.5)
  }
}
