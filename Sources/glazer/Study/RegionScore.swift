// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// What a study says of regions whose truth is known.
struct RegionScore {
  private(set) var frames = 0
  private(set) var refused = 0
  /// Regions with a domain of their own; told: with senses of at least `TiltRegion.toldProbability`.
  private(set) var regions = 0
  private(set) var told = 0
  private(set) var toldRight = 0
  private(set) var bestRight = 0
  /// Regions beyond one for each domain, and domains without a region.
  private(set) var extra = 0
  private(set) var missing = 0
  /// Points on the boundaries between regions, and those at most one pseudo-cubic cell from the true wall.
  private(set) var boundary = 0
  private(set) var boundaryWithin = 0
  private(set) var boundarySquares = 0.0
  /// Walls that have a boundary, and those of which each third is within a cell in the mean.
  private(set) var walls = 0
  private(set) var meanWithin = 0
  private(set) var cells = 0
  private(set) var misplaced = 0
  /// Errors of the means: q, c, s, p, r (of the last three where the sense is right).
  private(set) var errors = [AngleErrors](repeating: AngleErrors(), count: 5)

  struct AngleErrors {
    var count = 0
    var squares = 0.0
    var stated = 0.0
    var within = 0

    mutating func add(_ found: RegionValue, _ truth: Double) {
      let error = found.value - truth
      count += 1
      squares += error * error
      stated += found.sigma * found.sigma
      if abs(error) <= found.sigma { within += 1 }
    }

    var text: String {
      guard count > 0 else { return "     –         " }
      let n = Double(count)
      return String(
        format: "%.2f/%.2f %3.0f%%", (squares / n).squareRoot(), (stated / n).squareRoot(), 100 * Double(within) / n)
    }
  }

  /// Regions by their true and their most probable senses.
  private(set) var senses: [SensesPair: (regions: Int, told: Int)] = [:]

  struct SensesPair: Hashable {
    var truth: String
    var found: String
  }
  private(set) var seconds = 0.0

  /// Of this thread, so that other work on the machine does not count.
  static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  mutating func addRefused() { (frames, refused) = (frames + 1, refused + 1) }

  /// `offset` are the crystal's indices of cell (0, 0) of the table; `domain` says which domain a cell belongs to, `distance` how far
  /// a point of the image is from the true wall, pseudo-cubic cells (nil without one).
  mutating func add(
    _ map: RegionMap, _ table: CellTable, truths: [DomainTruth], offset: CellIndex, seconds: Double,
    domain: (Int) -> Int, distance: ((Vector2) -> Double)?
  ) {
    frames += 1
    self.seconds += seconds
    var votes = [[Int]](repeating: [Int](repeating: 0, count: truths.count), count: map.regions.count)
    for row in 0..<map.count where map.labels[row] >= 0 { votes[Int(map.labels[row])][domain(row)] += 1 }
    let owners = votes.map { $0.firstIndex(of: $0.max() ?? 0) ?? 0 }
    for row in 0..<map.count where map.labels[row] >= 0 {
      cells += 1
      if owners[Int(map.labels[row])] != domain(row) { misplaced += 1 }
    }
    for index in truths.indices {
      let own = owners.count { $0 == index }
      if own == 0 { missing += 1 } else { extra += own - 1 }
    }
    for (region, owner) in zip(map.regions, owners) { judge(region, truths[owner], offset) }
    if let distance { measureWalls(map, table, distance) }
  }

  private mutating func judge(_ region: TiltRegion, _ truth: DomainTruth, _ offset: CellIndex) {
    regions += 1
    let isRight = region.senses == truth.senses
    if isRight { bestRight += 1 }
    let pair = SensesPair(
      truth: truth.senses?.description ?? "\(truth.pattern)", found: "\(region.senses)")
    senses[pair, default: (0, 0)].regions += 1
    if region.isTold {
      told += 1
      senses[pair, default: (0, 0)].told += 1
      if isRight { toldRight += 1 }
    }
    let tilt = truth.mean(offset.i, offset.j)
    let split = HeadlessSplit(tilt)
    errors[0].add(region.q, tilt.q)
    // + about a or b splits columns in ways that a mean tilt does not tell.
    guard truth.senses != .inPhaseAB else { return }
    errors[1].add(region.c, split.c)
    guard isRight else { return }
    errors[2].add(region.isInPhase ? region.sByRow : region.s, split.s)
    errors[3].add(region.p, abs(tilt.p))
    // Its sign goes with that of p, which small ones do not show.
    errors[4].add(RegionValue(abs(region.r.value), sigma: region.r.sigma), abs(tilt.r))
  }

  private mutating func measureWalls(_ map: RegionMap, _ table: CellTable, _ distance: (Vector2) -> Double) {
    var rows: [CellIndex: Int] = [:]
    for row in 0..<table.count { rows[CellIndex(i: Int(table.i[row]), j: Int(table.j[row]))] = row }
    // Along a straight wall: across the direction in which the distance grows.
    let growth = Vector2(distance(Vector2(1, 0)) - distance(.zero), distance(Vector2(0, 1)) - distance(.zero))
    func along(_ place: Vector2) -> Double { growth.x * place.y - growth.y * place.x }
    var points: [(along: Double, away: Double)] = []
    var ends: [Double] = []
    for row in 0..<table.count where map.labels[row] >= 0 {
      let index = CellIndex(i: Int(table.i[row]), j: Int(table.j[row]))
      let place = Vector2(Double(table.x[row]), Double(table.y[row]))
      if abs(distance(place)) <= 1 { ends.append(along(place)) }
      for next in [CellIndex(i: index.i + 1, j: index.j), CellIndex(i: index.i, j: index.j + 1)] {
        guard let other = rows[next], map.labels[other] >= 0, map.labels[other] != map.labels[row] else { continue }
        let point = Vector2(
          Double(table.x[row] + table.x[other]) / 2, Double(table.y[row] + table.y[other]) / 2)
        let away = distance(point)
        points.append((along(point), away))
        boundarySquares += away * away
        if abs(away) <= 1 { boundaryWithin += 1 }
      }
    }
    guard !points.isEmpty else { return }
    boundary += points.count
    walls += 1
    if let first = ends.min(), let last = ends.max(), isThere(points, first...last) { meanWithin += 1 }
  }

  /// Each third of the true wall has points, which are within a cell in the mean: one turned about its middle, or found in part, is not
  /// where it should be.
  private func isThere(_ points: [(along: Double, away: Double)], _ ends: ClosedRange<Double>) -> Bool {
    let third = (ends.upperBound - ends.lowerBound) / 3
    return (0..<3).allSatisfy { n in
      let part = points.filter {
        (n == 0 || $0.along >= ends.lowerBound + Double(n) * third)
          && (n == 2 || $0.along < ends.lowerBound + Double(n + 1) * third)
      }
      return !part.isEmpty && abs(part.reduce(0) { $0 + $1.away }) <= Double(part.count)
    }
  }

  // MARK: Text

  static func header(_ title: String) -> String {
    title.padding(toLength: 26, withPad: " ", startingAt: 0)
      + " frames regions extra miss   told  right   best  wall≤1  mean≤1   rms  misplaced | q rms/σ in σ   | c              | s              | p              | r              | ms"
  }

  func row(_ name: String) -> String {
    func percent(_ part: Int, _ whole: Int) -> String {
      whole == 0 ? "    –" : String(format: "%4.0f%%", 100 * Double(part) / Double(whole))
    }
    let wall = boundary == 0 ? "    –" : String(format: "%5.2f", (boundarySquares / Double(boundary)).squareRoot())
    let confused = senses.filter { $0.key.truth != $0.key.found && $0.value.told > 0 }
      .sorted { ($0.value.told, $1.key.truth, $1.key.found) > ($1.value.told, $0.key.truth, $0.key.found) }
      .map { "\($0.key.truth) as \($0.key.found) \($0.value.told)" }
      .joined(separator: ", ")
    return name.padding(toLength: 26, withPad: " ", startingAt: 0)
      + String(format: " %6d %7d %5d %4d  ", frames, regions, extra, missing)
      + [
        percent(told, regions), percent(toldRight, told), percent(bestRight, regions),
        percent(boundaryWithin, boundary), percent(meanWithin, walls),
      ]
      .joined(separator: "  ")
      + " \(wall)      \(percent(misplaced, cells)) | " + errors.map(\.text).joined(separator: " | ") + " | "
      + String(format: "%.2f", 1e3 * seconds / Double(max(1, frames - refused)))
      + (refused > 0 ? "  refused \(refused)" : "") + (confused.isEmpty ? "" : "  wrong: \(confused)")
  }
}
