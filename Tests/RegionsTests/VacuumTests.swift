// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Testing

@testable import Regions

@Suite("Regions beside vacuum")
struct VacuumTests {
  /// Where there is no crystal cells are flagged, with readings that mean nothing.
  private func find(
    size: (i: Int, j: Int) = (34, 26), isCrystal: (_ i: Int, _ j: Int) -> Bool,
    truth: (_ i: Int, _ j: Int) -> TiltAngles
  ) -> (map: RegionMap, table: CellTable) {
    var field = CellField()
    field.size = size
    var (table, readings) = field.make(truth)
    for row in readings.indices where !isCrystal(Int(table.i[row]), Int(table.j[row])) {
      table.flags[row] |= CellFlags.poorLattice.rawValue
      readings[row].q = 20
    }
    var map = RegionMap()
    RegionFinder().find(table, readings: readings, spread: nil, into: &map)
    return (map, table)
  }

  private let tilt = TiltAngles(p: 5, q: 4, r: -4)
  private let other = TiltAngles(p: 2, q: -6, r: 5)

  @Test("one domain is read whole, however little of the frame it is", arguments: [24, 9, 6, 4, 3])
  func oneDomain(columns: Int) throws {
    let (map, _) = find(
      isCrystal: { i, _ in i < columns }, truth: { i, j in TiltPattern.outOfPhase.rotation(of: tilt, i: i, j: 0, k: j) }
    )
    try #require(map.regions.count == 1)
    let region = map.regions[0]
    #expect(abs(region.q.value - 4) < 4 * region.q.sigma && region.q.sigma < 0.45)
    // Four columns of what was not read go with it, and no more.
    #expect(region.cells == 26 * min(34, columns + 4) && map.labels.count { $0 == 0 } == region.cells)
    #expect(abs(region.centre.x - 7 * Double(columns - 1)) < 0.01)
  }

  @Test("two domains stay two, where vacuum is most of the frame too", arguments: [18, 14])
  func twoDomains(edge: Int) throws {
    // Antiphase, and two thirds of the crystal the one.
    let wall = edge * 2 / 3
    let (map, table) = find(
      size: (36, 28), isCrystal: { i, _ in i < edge },
      truth: { i, j in TiltPattern.outOfPhase.rotation(of: tilt, i: i < wall ? i : i + 1, j: 0, k: j) })
    try #require(map.regions.count == 2)
    #expect(abs(abs(map.regions[0].q.value) - 4) < 0.6 && abs(abs(map.regions[1].q.value) - 4) < 0.6)
    #expect(map.regions[0].q.value * map.regions[1].q.value < 0)
    for row in 0..<map.count where table.i[row] < edge && abs(Int(table.i[row]) - wall) > 1 {
      #expect((map.labels[row] == map.labels[0]) == (Int(table.i[row]) < wall))
    }
  }

  @Test(
    "what lies beside vacuum is the same on every side: no region grows through it, no wall is seen in it",
    arguments: 0..<4)
  func sides(turn: Int) throws {
    // A crystal in one half of the frame, with a wall that ends at the vacuum.
    func isCrystal(_ i: Int, _ j: Int) -> Bool { [i < 17, i >= 17, j < 13, j >= 13][turn] }
    func isSecond(_ i: Int, _ j: Int) -> Bool { turn < 2 ? j >= 13 : i >= 17 }
    let (map, table) = find(
      isCrystal: isCrystal,
      truth: { i, j in
        TiltPattern.outOfPhase.rotation(of: isSecond(i, j) ? other : tilt, i: i, j: 0, k: j)
      })
    try #require(map.regions.count == 2)
    var labels = [Set<Int32>(), Set<Int32>()]
    for row in 0..<map.count {
      let (i, j) = (Int(table.i[row]), Int(table.j[row]))
      let away = turn < 2 ? [i - 16, 17 - i][turn] : [j - 12, 13 - j][turn - 2]
      if away > 4 { #expect(map.labels[row] == -1) }
      if away > 1 { #expect(map.walls[row] == 0) }
      let fromWall = turn < 2 ? (isSecond(i, j) ? j - 12 : 13 - j) : (isSecond(i, j) ? i - 16 : 17 - i)
      if away <= 4, fromWall > 2 { labels[isSecond(i, j) ? 1 : 0].insert(map.labels[row]) }
    }
    #expect(labels[0].count == 1 && labels[1].count == 1 && labels[0] != labels[1] && !labels[0].contains(-1))
  }

  @Test("two crystals with vacuum between them meet nowhere")
  func islands() throws {
    let (map, table) = find(
      isCrystal: { i, _ in i < 10 || i >= 24 },
      truth: { i, j in TiltPattern.outOfPhase.rotation(of: i < 17 ? tilt : other, i: i, j: 0, k: j) })
    try #require(map.regions.count == 2 && !map.walls.contains(1))
    for row in 0..<map.count {
      let i = table.i[row]
      #expect(map.labels[row] == (i < 14 ? map.labels[0] : i >= 20 ? 1 - map.labels[0] : -1))
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
