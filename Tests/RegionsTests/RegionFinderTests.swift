// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Testing

@testable import Regions

@Suite("Regions of equal tilt")
struct RegionFinderTests {
  private func find(
    _ field: (table: CellTable, readings: [TiltReading]), _ change: (inout RegionSettings) -> Void = { _ in }
  ) -> RegionMap {
    var settings = RegionSettings()
    change(&settings)
    var map = RegionMap()
    RegionFinder(settings: settings).find(field.table, readings: field.readings, spread: nil, into: &map)
    return map
  }

  private let tilt = TiltAngles(p: 5, q: 3, r: -4)

  @Test("senses, symbol and mean angles of one domain", arguments: ["---", "--+"], [(0, 0), (5, -3), (-7, 2)])
  func oneDomain(pattern: String, origin: (Int, Int)) throws {
    var field = CellField()
    field.origin = (origin.0, origin.1)
    let map = find(try field.make(pattern, tilt))
    let region = try #require(map.regions.first)
    #expect(map.regions.count == 1 && region.cells == map.count && !map.walls.contains(1))
    #expect(region.senses.description == pattern && region.isTold)
    #expect(abs(region.q.value - 3) < 4 * region.q.sigma)
    #expect(abs(region.p.value - 5) < 3 * region.p.sigma && abs(region.r.value + 4) < 3 * region.r.sigma)
    #expect(abs(region.tilt.alpha - tilt.alpha) < 3 * region.alphaSigma)
    // Far smaller than a cell's, and not as small as of independent cells, nor than what all cells share.
    #expect(region.q.sigma > 0.08 && region.q.sigma < 0.2)
    #expect(region.c.sigma > 1 && region.c.sigma < 1.3)
  }

  /// Of rows of one parity s and its alternation are one number: half of either would be told as both.
  @Test("a single row of cells makes no region")
  func oneRow() throws {
    var field = CellField()
    field.size = (40, 1)
    #expect(find(try field.make("---", tilt)).regions.isEmpty)
    field.size = (40, 3)
    let region = try #require(find(try field.make("---", tilt)).regions.first)
    #expect(abs(region.s.value - HeadlessSplit(tilt).s) < 3 * region.s.sigma)
  }

  /// Nine domains of 100 cells: their own means take most of what neighbours share out of the residuals.
  @Test("deviations of means are true where domains are many and small")
  func manyDomains() throws {
    var (squares, count) = (0.0, 0.0)
    for seed in 1...12 as ClosedRange<UInt64> {
      var field = CellField()
      (field.size, field.seed, field.reach) = ((36, 27), seed, (1, 1))
      let map = find(
        field.make { i, j in
          let sign = (i / 12 + j / 9).isMultiple(of: 2) ? 1.0 : -1
          return (i + j).isMultiple(of: 2)
            ? TiltAngles(p: 5, q: 4 * sign, r: -4) : TiltAngles(p: -5, q: -4 * sign, r: 4)
        })
      #expect((6...9).contains(map.regions.count))
      for region in map.regions {
        let error = abs(region.q.value) - 4
        squares += error * error / (region.q.sigma * region.q.sigma)
        count += 1
      }
    }
    print("errors of q of \(count) small domains over stated: \((squares / count).squareRoot())")
    #expect((squares / count).squareRoot() < 1.25)
  }

  @Test("what the image cannot tell is not told: p or r is 0, and the sense about c with it")
  func untold() throws {
    for (tilt, fitting) in [
      (TiltAngles(p: 6, q: 3, r: 0), [TiltSenses.mmm, .mmp, .mm0]), (TiltAngles(p: 0, q: 3, r: 6), [.mmm, .mmp]),
      (TiltAngles(p: 0, q: 0, r: 6), [.mmm, .mmp, .zeroZeroM, .zeroZeroP, .inPhaseAB]),
    ] {
      let region = try #require(find(try CellField().make("---", tilt)).regions.first)
      #expect(!region.isTold, "\(tilt)")
      #expect(fitting.contains(region.senses) && fitting.contains(region.runnerUpSenses), "\(tilt)")
    }
  }

  @Test("a cubic crystal is told as one without tilts")
  func cubic() throws {
    let region = try #require(find(try CellField().make("000", .zero)).regions.first)
    #expect(region.senses == .none && region.system.description == "a0a0a0")
    #expect(abs(region.q.value) < 4 * region.q.sigma)
  }

  @Test("+ about a or b may hide where |p| ≥ |q|, and nowhere else")
  func inPhaseAB() throws {
    #expect(try #require(find(try CellField().make("---", TiltAngles(p: 6, q: 3, r: -4))).regions.first).mayBeInPhaseAB)
    #expect(
      !(try #require(find(try CellField().make("---", TiltAngles(p: 3, q: 8, r: -4))).regions.first).mayBeInPhaseAB))
  }

  /// A wall across the field, at 20° to its columns.
  private func isRight(_ i: Int, _ j: Int) -> Bool { Double(i - 17) + 0.5 * Double(j - 13) > 0 }

  @Test(
    "walls are found within a cell: another tilt, antiphase, reversed p·r, another sense",
    arguments: ["tilt", "antiphase", "split", "senses"])
  func walls(kind: String) throws {
    let pattern = TiltPattern.outOfPhase
    let inPhase = try #require(TiltPattern("--+"))
    let field = CellField().make { i, j in
      guard isRight(i, j) else { return pattern.rotation(of: tilt, i: i, j: 0, k: j) }
      return switch kind {
      case "tilt": pattern.rotation(of: TiltAngles(p: 2, q: 6, r: 5), i: i, j: 0, k: j)
      case "antiphase": pattern.rotation(of: tilt, i: i + 1, j: 0, k: j)
      case "split": pattern.rotation(of: TiltAngles(p: 5, q: 3, r: 4), i: i, j: 0, k: j)
      default: inPhase.rotation(of: tilt, i: i, j: 0, k: j)
      }
    }
    let map = find(field)
    try #require(map.regions.count == 2)
    var misplaced = 0
    for row in 0..<map.count {
      let (i, j) = (Int(field.table.i[row]), Int(field.table.j[row]))
      let side = map.labels[row] == map.labels[0]
      if side == isRight(i, j) {
        misplaced += 1
        // Nothing is misplaced that is more than a cell from the wall: (1, ½) is its normal in columns.
        let away = abs(Double(i - 17) + 0.5 * Double(j - 13)) / 1.118
        #expect(away <= 2, "\(kind): (\(i), \(j))")
      }
      let isNextToWall = [(1, 0), (-1, 0), (0, 1), (0, -1)].contains { di, dj in
        let (ni, nj) = (i + di, j + dj)
        guard (0..<34).contains(ni), (0..<26).contains(nj) else { return false }
        return map.labels[nj * 34 + ni] != map.labels[row]
      }
      #expect((map.walls[row] == 1) == isNextToWall)
    }
    #expect(Double(misplaced) < 0.03 * Double(map.count), "\(kind): \(misplaced)")
    if kind == "senses" { #expect(Set(map.regions.map(\.senses)) == [.mmm, .mmp]) }
  }

  @Test("the stated deviation of a mean is what its errors are, whatever the neighbours share", arguments: [0, 1, 2])
  func honest(reach: Int) throws {
    var (squares, stated) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
    let truth = HeadlessSplit(tilt)
    for seed in 0..<60 {
      var field = CellField()
      (field.reach, field.seed) = ((reach, reach), UInt64(seed))
      let map = find(try field.make("---", tilt)) {
        // Nothing but noise here.
        ($0.commonQ, $0.commonC, $0.commonS) = (0, 0, 0)
      }
      try #require(map.regions.count == 1)
      let region = map.regions[0]
      let error = SIMD3(region.q.value - 3, region.c.value - truth.c, region.s.value - truth.s)
      squares += error * error
      stated +=
        SIMD3(region.q.sigma, region.c.sigma, region.s.sigma) * SIMD3(region.q.sigma, region.c.sigma, region.s.sigma)
    }
    // 60 draws know a deviation to 9 %.
    for lane in 0..<3 {
      let ratio = (squares[lane] / stated[lane]).squareRoot()
      #expect(ratio > 0.65 && ratio < 1.25, "reach \(reach), lane \(lane): \(ratio)")
    }
  }

  @Test("the lean of a network towards the middle of its training is taken out")
  func lean() throws {
    let spread = TargetSpread(q: 28, c: 23, s: 33)
    var field = try CellField().make("---", tilt)
    for row in field.readings.indices {
      let reading = field.readings[row]
      // The posterior of the same image under that spread.
      func leaned(_ value: Double, _ sigma: Double, _ spread: Double) -> (Double, Double) {
        let variance = 1 / (1 / (sigma * sigma) + 1 / spread)
        return (value * variance / (sigma * sigma), variance.squareRoot())
      }
      let (q, c) = (leaned(reading.q, reading.qSigma, spread.q), leaned(reading.split.c, reading.cSigma, spread.c))
      let s = leaned(reading.split.s, reading.sSigma, spread.s)
      field.readings[row] = TiltReading(
        q: q.0, split: HeadlessSplit(c: c.0, s: s.0), qSigma: q.1, cSigma: c.1, sSigma: s.1)
    }
    var map = RegionMap()
    RegionFinder().find(field.table, readings: field.readings, spread: spread, into: &map)
    let plain = find(try CellField().make("---", tilt))
    #expect(abs(map.regions[0].s.value - plain.regions[0].s.value) < 0.02)
    #expect(abs(map.regions[0].q.value - plain.regions[0].q.value) < 0.005)
  }

  @Test("flagged cells belong to a region and say nothing; islands and strips are no regions")
  func flagged() throws {
    var field = try CellField().make("---", tilt)
    for row in field.readings.indices {
      // A wild strip two cells wide, and flagged nonsense at one end.
      if (16...17).contains(field.table.i[row]) {
        field.readings[row].q = 0
      } else if field.table.i[row] < 4 {
        field.readings[row].q *= -3
        field.table.flags[row] |= CellFlags.badPixels.rawValue
      }
    }
    let map = find(field)
    #expect(map.regions.count == 1 && map.labels.allSatisfy { $0 == 0 })
    #expect(abs(map.regions[0].q.value - 3) < 0.35)
  }

  @Test("of very many regions the largest are kept")
  func many() {
    var field = CellField()
    (field.size, field.sigmaQ) = ((96, 80), 0.2)
    let map = find(
      field.make { i, j in
        // Four kinds, so that domains that meet at a corner alone are not of one tilt.
        let q: Double = (i / 12).isMultiple(of: 2) ? 2 : 7
        let r: Double = (j / 10).isMultiple(of: 2) ? -4 : 4
        return TiltPattern.outOfPhase.rotation(of: TiltAngles(p: 5, q: q, r: r), i: i, j: 0, k: j)
      })
    #expect(map.regions.count == RegionSettings().mostRegions)
    #expect(map.labels.allSatisfy { (-1..<Int32(map.regions.count)).contains($0) } && map.labels.contains(-1))
  }

  @Test("cells that scatter more than they state are found out, and those that do not are not", arguments: [1.0, 1.5])
  func scatter(factor: Double) throws {
    var field = CellField()
    (field.sigmaQ, field.size) = (0.4 * factor, (60, 50))
    var made = try field.make("---", tilt)
    made.readings = made.readings.map {
      TiltReading(q: $0.q, split: $0.split, qSigma: 0.4, cSigma: $0.cSigma, sSigma: $0.sSigma)
    }
    let scatter = try #require(find(made).scatterOverStated)
    #expect(abs(scatter.x / factor - 1) < 0.1 && abs(scatter.y - 1) < 0.1 && abs(scatter.z - 1) < 0.1, "\(scatter)")
    let widening = find(made).widening
    #expect(abs(widening.x / factor - 1) < 0.1 && widening.y < 1.1 && widening.z < 1.1, "\(widening)")
    var few = CellField()
    few.size = (3, 3)
    let nothing = find(try few.make("---", tilt))
    #expect(nothing.scatterOverStated == nil && nothing.widening == SIMD3(repeating: 1))
  }

  @Test("cells that say nothing of the split do not pass for cells that agree")
  func silentLanes() throws {
    let spread = TargetSpread(q: 1e4, c: 1e4, s: 1e4)
    var made = try CellField().make("---", tilt)
    var all = RegionMap()
    RegionFinder().find(made.table, readings: made.readings, spread: spread, into: &all)
    for row in made.readings.indices where row % 3 == 0 {
      let reading = made.readings[row]
      made.readings[row] = TiltReading(
        q: reading.q, split: HeadlessSplit(c: 0, s: reading.split.s), qSigma: reading.qSigma, cSigma: 100,
        sSigma: reading.sSigma)
    }
    var some = RegionMap()
    RegionFinder().find(made.table, readings: made.readings, spread: spread, into: &some)
    let (whole, part) = (try #require(all.scatterOverStated), try #require(some.scatterOverStated))
    #expect(abs(part.y / whole.y - 1) < 0.1, "\(whole), \(part)")
  }

  @Test("a wall, beside which readings mix both sides, widens nothing")
  func wallsDoNotWiden() throws {
    let pattern = try #require(TiltPattern("---"))
    var field = CellField()
    field.sigmaQ = 0.2
    let made = field.make { i, j in
      let share = min(max((Double(i) - 15) / 4, 0), 1)
      func mixed(_ one: Double, _ other: Double) -> Double { one + share * (other - one) }
      let tilt = TiltAngles(alpha: mixed(6, 1), beta: mixed(1, 5), gamma: mixed(-4, 3))
      return pattern.rotation(of: tilt, i: i, j: 0, k: j)
    }
    let map = find(made)
    #expect(map.regions.count == 2)
    #expect(map.widening.max() < 1.15, "\(map.widening), \(String(describing: map.scatterOverStated))")
  }

  @Test(
    "widened deviations hold where the noise is not what was stated, in small frames too, and next to as well where it is",
    arguments: [(1.0, 0.66...0.74), (1.5, 0.58...0.68), (2.0, 0.56...0.66)])
  func widening(factor: Double, expected: ClosedRange<Double>) throws {
    var (inside, plainInside, count) = (0.0, 0.0, 0.0)
    for seed in 0..<60 {
      var field = CellField()
      (field.sigmaQ, field.size, field.seed) = (0.2 * factor, (11, 8), UInt64(seed))
      var made = try field.make("---", .zero)
      made.readings = made.readings.map {
        TiltReading(q: $0.q, split: $0.split, qSigma: 0.2, cSigma: $0.cSigma, sSigma: $0.sSigma)
      }
      let widening = find(made).widening
      #expect(widening.x <= 3 && widening.min() >= 1)
      count += Double(made.readings.count)
      inside += Double(made.readings.count { abs($0.q) < 0.2 * widening.x })
      plainInside += Double(made.readings.count { abs($0.q) < 0.2 })
    }
    #expect(expected.contains(inside / count), "\(inside / count), not widened \(plainInside / count)")
    if factor == 2 { #expect(plainInside / count < 0.45) }
  }

  @Test("nothing, next to nothing, nonsense and scattered indices give no regions and no trap")
  func hostile() throws {
    #expect(find((CellTable(), [])) == RegionMap())
    var small = CellField()
    small.size = (3, 3)
    #expect(find(try small.make("---", tilt)).regions.isEmpty)
    var field = try CellField().make("---", tilt)
    for row in field.readings.indices { field.readings[row] = .none }
    #expect(find(field).regions.isEmpty)
    field = try CellField().make("---", tilt)
    (field.table.i[0], field.table.j[0]) = (Int32.min, Int32.max)
    let map = find(field)
    #expect(map.regions.isEmpty && map.labels.count == field.table.count && map.walls.count == field.table.count)
    field.readings.removeLast()
    #expect(find(field).regions.isEmpty)
  }
}
