// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Inference
import Registration

/// Combines what successive frames say of the same columns. Memory of one thread; allocates while it grows only.
///
/// Old frames weigh e^(−age/τ), age in frames of the source. A cell whose new value contradicts the remembered one begins anew, all of
/// them when a quarter does. Rows at the border, on bad pixels or on a poor lattice are not taken in; what is remembered of
/// them goes on being told until it fades.
struct CellAccumulator: Sendable {
  let timeConstantFrames: Double
  private let spread: TargetSpread?
  /// Share of the cells that changed at once above which the frame shows something else.
  private static let wholeFrameShare = 0.25
  private static let fewestCells = 8

  private var grid = CellGrid()
  private var clock: Int64 = 0
  /// Of the frame at hand, row by row.
  private var evidence: [CellEvidence] = []
  private var isContradicted: [Bool] = []
  /// Mean and variance of the remembered values over the cells in sight: what a cell may be about which nothing is remembered.
  private var population = Population()
  private(set) var resetCells = 0
  /// What all frames together say of the rows of the table that was made last, without the spread of the training (no lean);
  /// `TiltReading.none` for rows that rest on no sum.
  private(set) var readings: [TiltReading] = []
  private var widenings = WideningMemory()
  /// How many frames the rows of that table rest on; rows without a sum do not count.
  private(set) var summary: OverlayAccumulation

  struct Population: Sendable {
    var mean = SIMD4<Float>.zero
    var variance = SIMD4<Float>.zero
  }

  init(timeConstantFrames: Double, spread: TargetSpread?) {
    self.timeConstantFrames = timeConstantFrames
    self.spread = spread
    summary = OverlayAccumulation(timeConstantFrames: timeConstantFrames)
  }

  /// What is remembered tells shifts as well, and is needed whether it is published or not.
  init(_ configuration: AgentConfiguration.Accumulation, spread: TargetSpread?) {
    let usual = AgentConfiguration.Accumulation().frames
    self.init(timeConstantFrames: configuration.frames > 0 ? configuration.frames : usual, spread: spread)
  }

  mutating func forget() {
    grid.removeAll()
    widenings = WideningMemory()
  }

  /// Lets `elapsed` frames pass and looks at a frame: `readings` are those of the rows of `cells`, whose indices are still the
  /// lattice's that `columns` were fitted with; `nearest` is what makes them those of the crystal. With `takesIn` false the
  /// frame is not added to the sums.
  mutating func begin(
    _ cells: CellTable, readings: [TiltReading], columns: ColumnFits, nearest: CellIndex, elapsed: Int,
    takesIn: Bool = true
  ) {
    clock += Int64(elapsed)
    evidence.removeAll(keepingCapacity: true)
    let unfit: CellFlags = [.border, .badPixels, .poorLattice]
    for row in 0..<cells.count {
      guard takesIn, CellFlags(rawValue: cells.flags[row]).isDisjoint(with: unfit) else {
        evidence.append(.none)
        continue
      }
      let fit = columns[Int(cells.i[row]), Int(cells.j[row])]
      evidence.append(
        CellEvidence(
          readings[row], spread: spread, gain: fit?.gain ?? .nan, gainSigma: fit?.gainSigma ?? .nan))
    }
    ageAll(elapsed)
    measurePopulation(cells, nearest)
  }

  /// Everything fades, in sight or not.
  private mutating func ageAll(_ elapsed: Int) {
    let decay = Float(exp(-Double(elapsed) / timeConstantFrames))
    for index in grid.places.indices where grid.places[index].seen >= 0 { grid.places[index].age(decay: decay) }
    widenings.age(decay: Double(decay))
  }

  // MARK: Features

  private mutating func measurePopulation(_ cells: CellTable, _ nearest: CellIndex) {
    var (count, weights, sum) = (SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero)
    var (squares, noise) = (SIMD4<Float>.zero, SIMD4<Float>.zero)
    for row in 0..<cells.count {
      guard let place = grid.find(cells.i[row] &+ Int32(nearest.i), cells.j[row] &+ Int32(nearest.j)) else { continue }
      let memory = grid.places[place]
      let known = memory.information .> 0
      // A value that says next to nothing may be anywhere, and counts for as little.
      let variance = memory.variance
      let weight = (1 / (variance + Self.usualVariance)).replacing(with: Float(0), where: .!known)
      let value = memory.mean
      count.replace(with: count + 1, where: known)
      weights += weight
      sum += weight * value
      squares += weight * value * value
      noise += (weight * variance).replacing(with: Float(0), where: .!known)
    }
    population = Population()
    for lane in 0..<4 where count[lane] >= Float(Self.fewestCells) {
      let mean = sum[lane] / weights[lane]
      let usual = noise[lane] / weights[lane]
      let variance = squares[lane] / weights[lane] - mean * mean - usual
      // Of a scatter that noise alone would give in one of a thousand cases nothing is made.
      population.mean[lane] = mean
      population.variance[lane] = variance > 3 * usual * (2 / count[lane]).squareRoot() ? variance : 0
    }
  }

  /// About how far values of q, c, s (degrees²) and of the gain lie apart.
  private static let usualVariance = SIMD4<Float>(25, 25, 25, 0.02)
  /// Neighbours share pixels of their patches: four rows say as much as one by itself.
  private static let independentShare: Float = 0.25
  /// Rows compared for each shift at most.
  private static let comparedRows = 512
  /// A difference of evidence within so many of its own standard errors is none.
  private static let surenessSigmas: Float = 4

  /// Log evidence of the frame's features for columns that are those remembered at `nearest` + (i, j), over that for those at
  /// `nearest`; nil stands for columns of which nothing is remembered.
  ///
  /// The cells count as drawn independently of each other. They are not, so that sums of many small chances look like certainty: only
  /// what stands out of the scatter between rows counts.
  func logEvidence(_ cells: CellTable, i: Int?, j: Int?, from nearest: CellIndex) -> Double {
    guard population.variance != .zero, cells.count == evidence.count else { return 0 }
    let step = max(1, cells.count / Self.comparedRows)
    var (sum, squares, row) = (Float(0), Float(0), 0)
    while row < cells.count {
      defer { row += step }
      guard !evidence[row].isNone else { continue }
      let (ownI, ownJ) = (cells.i[row] &+ Int32(nearest.i), cells.j[row] &+ Int32(nearest.j))
      var other: Int?
      if let i, let j { other = grid.find(ownI &+ Int32(i), ownJ &+ Int32(j)) }
      let expected = grid.find(ownI, ownJ)
      if expected == nil, other == nil { continue }
      let difference = logLikelihood(evidence[row], other) - logLikelihood(evidence[row], expected)
      sum += difference
      squares += difference * difference
    }
    let sure = max(0, sum.magnitude - Self.surenessSigmas * squares.squareRoot())
    return Double((sum < 0 ? -sure : sure) * Self.independentShare * Float(step))
  }

  /// Of what one cell shows, if it is the one remembered at `place`.
  private func logLikelihood(_ news: CellEvidence, _ place: Int?) -> Float {
    var (mean, variance) = (population.mean, population.variance)
    if let place {
      let memory = grid.places[place]
      // The remembered value, drawn towards the population as far as its own noise asks for.
      let trust = population.variance / (population.variance + memory.variance)
      let known = memory.information .> 0 .& population.variance .> 0
      mean.replace(with: mean + trust * (memory.mean - mean), where: known)
      variance.replace(with: population.variance * (1 - trust), where: known)
    }
    let counts = news.information .> 0 .& population.variance .> 0
    let spread = (news.information + news.information * news.information * variance)
      .replacing(with: Float(1), where: .!counts)
    let surprise = ((news.pull - news.information * mean) / spread.squareRoot())
      .replacing(with: Float(0), where: .!counts)
    // No single cell decides.
    let power = (surprise * surprise).clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 25))
    return -0.5 * (power.sum() + log(spread.x * spread.y) + log(spread.z * spread.w))
  }

  // MARK: Sums

  /// Takes the frame in; the rows of `cells` have the crystal's indices now. `model` writes the rows of `table`; `dosePerA2` is
  /// that of one frame. By the factors of `takeWidening` its evidence is weaker, and what the model did not know of it counts as lasting.
  mutating func add(
    _ cells: CellTable, model: TiltModel, dosePerA2: Double?, into table: inout AccumulatedCells
  ) {
    makeRoom(cells)
    widenEvidence()
    if contradictions(cells) {
      grid.removeAll()
      widenings.restart()
    }
    table.removeAll()
    readings.removeAll(keepingCapacity: true)
    summary = OverlayAccumulation(timeConstantFrames: timeConstantFrames)
    summary.resetCells = resetCells
    for row in 0..<cells.count {
      take(row, cells)
      append(row, cells, model, dosePerA2, &table)
    }
  }

  private mutating func count(_ frames: Double) {
    summary.cells += 1
    summary.largestFrames = max(summary.largestFrames, frames)
    summary.meanFrames += (frames - summary.meanFrames) / Double(summary.cells)
  }

  /// Hears what the frame at hand asks for (`RegionMap.variance`), unless it is not taken in; returns the factors that hold for it: those of the
  /// frames in the mean, of the first one its own.
  mutating func takeWidening(_ variance: SIMD3<Double>?) -> SIMD3<Double> {
    guard let variance else { return widenings.factors }
    if evidence.contains(where: { !$0.isNone }) { widenings.add(variance) }
    return widenings.isEmpty ? WideningMemory.factors(variance) : widenings.factors
  }

  private mutating func widenEvidence() {
    let factors = SIMD3<Float>(widenings.factors)
    guard factors != SIMD3(repeating: 1) else { return }
    for row in evidence.indices { evidence[row].widen(by: factors) }
  }

  private mutating func makeRoom(_ cells: CellTable) {
    guard cells.count > 0 else { return }
    var (i0, j0) = (cells.i[0], cells.j[0])
    var (i1, j1) = (i0, j0)
    for row in 0..<cells.count {
      (i0, i1) = (min(i0, cells.i[row]), max(i1, cells.i[row]))
      (j0, j1) = (min(j0, cells.j[row]), max(j1, cells.j[row]))
    }
    grid.reserve(Int(i1) - Int(i0) + 1, Int(j1) - Int(j0) + 1)
  }

  /// Marks the cells that no longer fit; true when the whole frame does not.
  private mutating func contradictions(_ cells: CellTable) -> Bool {
    isContradicted.removeAll(keepingCapacity: true)
    resetCells = 0
    var tested = 0
    for row in 0..<cells.count {
      guard !evidence[row].isNone, let place = grid.find(cells.i[row], cells.j[row]) else {
        isContradicted.append(false)
        continue
      }
      tested += 1
      let contradicted = grid.places[place].isContradicted(by: evidence[row])
      isContradicted.append(contradicted)
      if contradicted { resetCells += 1 }
    }
    guard tested >= Self.fewestCells, Double(resetCells) > Self.wholeFrameShare * Double(tested) else { return false }
    resetCells = tested
    return true
  }

  private mutating func take(_ row: Int, _ cells: CellTable) {
    guard !evidence[row].isNone else { return }
    let (i, j) = (cells.i[row], cells.j[row])
    let place = grid.place(i, j)
    if isContradicted[row] || grid.places[place].i != i || grid.places[place].j != j || grid.places[place].isEmpty {
      grid.places[place] = CellMemory(i: i, j: j, seen: clock)
    }
    grid.places[place].add(evidence[row])
    grid.places[place].seen = clock
  }

  private mutating func append(
    _ row: Int, _ cells: CellTable, _ model: TiltModel, _ dosePerA2: Double?, _ table: inout AccumulatedCells
  ) {
    var values = cells[row]
    guard let place = grid.find(values.i, values.j) else {
      table.append(values, frames: values.q.isFinite ? 1 : 0)
      readings.append(.none)
      return
    }
    let memory = grid.places[place]
    let reading = memory.reading
    readings.append(reading)
    values.flags = values.score < model.familiarity.threshold ? [.unfamiliar] : []
    (values.alpha, values.beta, values.gamma) = (.nan, .nan, .nan)
    (values.alphaSigma, values.betaSigma, values.gammaSigma) = (.nan, .nan, .nan)
    let dose = dosePerA2.map { $0 * Double(memory.effectiveFrames) }
    let together = model.together(
      reading, frames: Double(memory.effectiveFrames), unexplained: widenings.unexplained, spread: spread)
    model.write(
      together, to: &values,
      leastRhoDegrees: model.leastRhoDegrees(dosePerA2: dose) ?? 0)
    table.append(values, frames: memory.effectiveFrames)
    count(Double(memory.effectiveFrames))
  }
}
