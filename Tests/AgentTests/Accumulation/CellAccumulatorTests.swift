// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Registration
import TestSupport
import Testing

@testable import Agent

/// Readings drawn as a well calibrated network would give them: the posterior of a noisy value under a known spread.
@Suite("Accumulation of cells")
struct CellAccumulatorTests {
  private let spread = TargetSpread(q: 25, c: 20, s: 30)
  private let side = 16

  private func cells(flags: CellFlags = []) -> CellTable {
    var table = CellTable()
    for j in 0..<side {
      for i in 0..<side {
        var row = CellRow(i: Int32(i), j: Int32(j))
        (row.q, row.score, row.flags) = (1, 1, flags)
        table.append(row)
      }
    }
    return table
  }

  private func posterior(
    _ truth: (q: Double, c: Double, s: Double), noise: (q: Double, split: Double), _ random: inout SeededRandom
  ) -> TiltReading {
    func lane(_ truth: Double, _ noise: Double, _ spread: Double) -> (Double, Double) {
      let value = truth + noise * random.gaussian()
      let variance = 1 / (1 / (noise * noise) + 1 / spread)
      return (value / (noise * noise) * variance, variance.squareRoot())
    }
    let q = lane(truth.q, noise.q, spread.q)
    let c = lane(truth.c, noise.split, spread.c)
    let s = lane(truth.s, noise.split, spread.s)
    return TiltReading(
      q: q.0, split: HeadlessSplit(c: c.0, s: s.0), qSigma: q.1, cSigma: c.1, sSigma: s.1)
  }

  private func model() throws -> TiltModel { try TiltModel(RandomModel.int8(), file: "random") }

  @discardableResult
  private func add(
    _ accumulator: inout CellAccumulator, _ table: CellTable, _ readings: [TiltReading], elapsed: Int = 1
  ) throws -> AccumulatedCells {
    var sums = AccumulatedCells()
    accumulator.begin(
      table, readings: readings, columns: ColumnFits(), nearest: CellIndex(i: 0, j: 0), elapsed: elapsed)
    accumulator.add(table, model: try model(), dosePerA2: nil, into: &sums)
    return sums
  }

  private func rms(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  @Test("the first frame gives the network's own answer")
  func first() throws {
    var random = SeededRandom(seed: 1)
    var accumulator = CellAccumulator(timeConstantFrames: 16, spread: spread)
    let readings = (0..<side * side).map { _ in posterior((4, 3, -5), noise: (1, 4), &random) }
    let sums = try add(&accumulator, cells(), readings)
    for (row, reading) in readings.enumerated() {
      #expect(abs(Double(sums.cells.q[row]) - reading.q) < 1e-4)
      #expect(abs(Double(sums.cells.qSigma[row]) - reading.qSigma) < 1e-4)
      #expect(abs(Double(sums.cells.rhoSigma[row]) - reading.rhoSigma) < 1e-3)
      #expect(sums.frames[row] == 1)
    }
  }

  @Test("the summary is of the cells with a sum: those at the border have none and are not counted")
  func summary() throws {
    var random = SeededRandom(seed: 11)
    var accumulator = CellAccumulator(timeConstantFrames: 1e6, spread: spread)
    var table = cells()
    for row in 0..<side { table.flags[row] = CellFlags.border.rawValue }
    for _ in 0..<5 {
      try add(&accumulator, table, (0..<side * side).map { _ in posterior((4, 3, -5), noise: (1, 4), &random) })
    }
    let summary = accumulator.summary
    #expect(summary.cells == side * (side - 1))
    #expect(abs(summary.meanFrames - 5) < 1e-3 && abs(summary.largestFrames - 5) < 1e-3)
  }

  @Test("what frames showed and the model did not state lasts; frames that are not taken in change nothing of that")
  func unexplained() throws {
    var random = SeededRandom(seed: 12)
    var accumulator = CellAccumulator(timeConstantFrames: 1e6, spread: spread)
    let table = cells()
    // Of the specimen: the same in every frame.
    let film = table.q.map { _ in 0.3 * random.gaussian() }
    let factor = (0.2 * 0.2 + 0.3 * 0.3).squareRoot() / 0.2
    let variance = SIMD3(factor * factor, 1, 1)
    var sums = AccumulatedCells()
    for _ in 0..<25 {
      let readings = film.map { posterior(($0, 3, -5), noise: (0.2, 4), &random) }
      accumulator.begin(
        table, readings: readings, columns: ColumnFits(), nearest: CellIndex(i: 0, j: 0), elapsed: 1)
      #expect(accumulator.takeWidening(variance).x > 1)
      accumulator.add(table, model: try model(), dosePerA2: nil, into: &sums)
    }
    let ratio = rms(sums.cells.q.map(Double.init)) / rms(sums.cells.qSigma.map(Double.init))
    #expect((0.85...1.15).contains(ratio), "\(ratio)")
    let before = sums.cells.qSigma
    accumulator.begin(
      table, readings: film.map { posterior(($0, 3, -5), noise: (0.2, 4), &random) }, columns: ColumnFits(),
      nearest: CellIndex(i: 0, j: 0), elapsed: 0, takesIn: false)
    #expect(abs(accumulator.takeWidening(SIMD3(1, 9, 9)).x / factor - 1) < 1e-9)
    accumulator.add(table, model: try model(), dosePerA2: nil, into: &sums)
    #expect(zip(sums.cells.qSigma, before).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("scatter that is chance widens nothing in the long run; another scene goes by its first frame")
  func wideningMemory() {
    var (memory, random) = (WideningMemory(), SeededRandom(seed: 13))
    #expect(memory.isEmpty && memory.factors == SIMD3(repeating: 1) && memory.unexplained == .zero)
    for _ in 0..<64 {
      memory.age(decay: 1)
      memory.add(SIMD3(1 + 0.4 * random.gaussian(), 1 + 0.2 * random.gaussian(), 4))
    }
    #expect(memory.factors.x < 1.06 && memory.factors.y < 1.03 && abs(memory.factors.z - 2) < 1e-9)
    #expect(abs(memory.unexplained.z - 0.75) < 1e-9)
    memory.add(SIMD3(1, 1, 1))
    memory.restart()
    #expect(memory.factors == SIMD3(repeating: 1))
  }

  @Test("what lasts of frames that say little by themselves never makes them say less together than one of them")
  func faint() throws {
    var random = SeededRandom(seed: 14)
    var accumulator = CellAccumulator(timeConstantFrames: 1e6, spread: spread)
    var (first, last) = (AccumulatedCells(), AccumulatedCells())
    for frame in 0..<32 {
      let readings = (0..<side * side).map { _ in posterior((4, 3, -5), noise: (5, 8), &random) }
      accumulator.begin(
        cells(), readings: readings, columns: ColumnFits(), nearest: CellIndex(i: 0, j: 0), elapsed: 1)
      _ = accumulator.takeWidening(SIMD3(2, 2, 2))
      accumulator.add(cells(), model: try model(), dosePerA2: nil, into: &last)
      if frame == 0 { first = last }
    }
    let (one, all) = (rms(first.cells.qSigma.map(Double.init)), rms(last.cells.qSigma.map(Double.init)))
    #expect(all < one && all > 0.6 * one && one < spread.q.squareRoot(), "\(one), \(all)")
    #expect(rms(last.cells.rhoSigma.map(Double.init)) < spread.s.squareRoot())
  }

  @Test("errors and stated deviations fall together as the root of the number of frames, without the lean of one frame")
  func falls() throws {
    var random = SeededRandom(seed: 2)
    var accumulator = CellAccumulator(timeConstantFrames: 1e6, spread: spread)
    let table = cells()
    let truths = (0..<side * side).map { _ in
      (q: 5 * random.gaussian(), c: 4.5 * random.gaussian(), s: 5.5 * random.gaussian())
    }
    var sums = AccumulatedCells()
    for frame in 1...64 {
      sums = try add(&accumulator, table, truths.map { posterior($0, noise: (1.5, 8), &random) })
      guard [1, 4, 16, 64].contains(frame) else { continue }
      #expect(sums.frames.allSatisfy { abs($0 - Float(frame)) < 1e-3 })
      let errors = truths.indices.map { Double(sums.cells.q[$0]) - truths[$0].q }
      let expected = 1 / (Double(frame) / 2.25 + 1.0 / 25).squareRoot()
      #expect(abs(rms(errors) / expected - 1) < 0.12, "\(frame) frames")
      #expect(abs(rms(sums.cells.qSigma.map(Double.init)) / expected - 1) < 0.01)
    }
    // The split too, whose single frames say next to nothing.
    let splits = truths.indices.map { row -> Double in
      Double(sums.cells.rho[row]) - HeadlessSplit(c: truths[row].c, s: truths[row].s).rho
    }
    let good = truths.indices.filter { sums.cells.flags[$0] == 0 }
    #expect(good.count > truths.count / 2)
    #expect(rms(good.map { splits[$0] }) < 1.2)
  }

  @Test("old frames fade: the effective number tends to twice the time constant, and deviations stay true")
  func fades() throws {
    var random = SeededRandom(seed: 3)
    var accumulator = CellAccumulator(timeConstantFrames: 4, spread: nil)
    var sums = AccumulatedCells()
    for _ in 0..<60 {
      sums = try add(&accumulator, cells(), (0..<side * side).map { _ in posterior((3, 0, 0), noise: (1, 1), &random) })
    }
    let decay = 0.7788
    #expect(sums.frames.allSatisfy { abs(Double($0) - (1 + decay) / (1 - decay)) < 0.02 })
    // Without a spread in the accumulator, readings with one are taken as they are.
    let variance = 1 / (1 + 1.0 / 25)
    let mean = sums.cells.q.reduce(0) { $0 + Double($1) } / Double(side * side)
    let scatter = rms(sums.cells.q.map { Double($0) - mean })
    let stated = rms(sums.cells.qSigma.map(Double.init))
    #expect(abs(mean - 3 * variance) < 0.1)
    #expect(abs(scatter / (stated * variance.squareRoot()) - 1) < 0.12)
  }

  @Test("a cell that changes begins anew, its neighbours do not; a frame that changes begins anew as a whole")
  func changes() throws {
    var random = SeededRandom(seed: 4)
    var accumulator = CellAccumulator(timeConstantFrames: 100, spread: spread)
    func frame(_ q: (Int) -> Double) -> [TiltReading] {
      (0..<side * side).map { posterior((q($0), 2, 2), noise: (1, 4), &random) }
    }
    for _ in 0..<12 { try add(&accumulator, cells(), frame { _ in 4 }) }
    #expect(accumulator.resetCells == 0)
    var last = AccumulatedCells()
    for _ in 0..<4 { last = try add(&accumulator, cells(), frame { $0 < 5 ? -2 : 4 }) }
    #expect(last.frames[0..<5].allSatisfy { $0 <= 4 })
    #expect(last.frames[5...].filter { $0 < 14 }.count <= 1)
    #expect(last.cells.q[0..<5].allSatisfy { $0 < 0.5 })
    for _ in 0..<2 { last = try add(&accumulator, cells(), frame { _ in -4 }) }
    #expect(last.frames.allSatisfy { $0 <= 2 })
  }

  @Test("rows at the border or on bad pixels are not taken in; what was remembered is told until it fades")
  func unfit() throws {
    var random = SeededRandom(seed: 5)
    var accumulator = CellAccumulator(timeConstantFrames: 8, spread: spread)
    let readings = (0..<side * side).map { _ in posterior((4, 2, 2), noise: (1, 4), &random) }
    try add(&accumulator, cells(), readings)
    let wrong = readings.map { _ in TiltReading.none }
    var sums = try add(&accumulator, cells(flags: .border), wrong)
    #expect(sums.cells.q.allSatisfy { abs($0 - 4) < 5 } && sums.frames.allSatisfy { $0 == 1 })
    #expect(sums.cells.flags.allSatisfy { !CellFlags(rawValue: $0).contains(.border) })
    sums = try add(&accumulator, cells(flags: .badPixels), wrong, elapsed: 40)
    #expect(sums.cells.flags.allSatisfy { CellFlags(rawValue: $0).contains(.badPixels) })
  }

  @Test("cells that differ tell by how much the indices are off; cells that are alike tell nothing")
  func evidence() throws {
    var random = SeededRandom(seed: 6)
    let table = cells()
    for isUniform in [false, true] {
      var accumulator = CellAccumulator(timeConstantFrames: 16, spread: spread)
      let truths = (0..<side * side).map { _ in isUniform ? 3.0 : 5 * random.gaussian() }
      for _ in 0..<4 { try add(&accumulator, table, truths.map { posterior(($0, 0, 0), noise: (1, 40), &random) }) }
      // The next frame shows what stood one column to the right.
      let next = (0..<side * side).map { row -> TiltReading in
        let column = row % side == side - 1 ? row : row + 1
        return posterior((truths[column], 0, 0), noise: (1, 40), &random)
      }
      accumulator.begin(
        table, readings: next, columns: ColumnFits(), nearest: CellIndex(i: 0, j: 0), elapsed: 1)
      let nearest = CellIndex(i: 0, j: 0)
      func log(_ i: Int?, _ j: Int?) -> Double { accumulator.logEvidence(table, i: i, j: j, from: nearest) }
      #expect(isUniform ? log(1, 0) == 0 : log(1, 0) > 50)
      for (i, j) in [(-1, 0), (0, 1), (2, 1), (1, 1)] {
        #expect(isUniform ? log(i, j) == 0 : log(1, 0) - log(i, j) > 50, "(\(i), \(j))")
      }
      #expect(isUniform ? log(nil, nil) == 0 : log(1, 0) - log(nil, nil) > 50)
    }
  }
}
