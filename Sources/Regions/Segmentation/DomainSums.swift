// SPDX-License-Identifier: GPL-3.0-or-later

/// What some cells say together: Q = (−1)^(i+j) q, c, and s of even and of odd rows. Silent cells are not counted: a domain beside vacuum
/// is as large as what was read of it.
struct DomainSums {
  var information = SIMD4<Float>.zero
  var pull = SIMD4<Float>.zero
  var cells: Int32 = 0

  mutating func add(_ cell: FieldCell) {
    guard !cell.isSilent else { return }
    let weights = cell.weights
    information += weights
    pull += weights * cell.lanes
    cells += 1
  }

  static func += (sum: inout DomainSums, other: DomainSums) {
    sum.information += other.information
    sum.pull += other.pull
    sum.cells += other.cells
  }

  /// 0 where nothing is known.
  var mean: SIMD4<Float> { (pull / information).replacing(with: Float(0), where: information .<= 0) }

  /// How little two sets of cells look like one domain: χ² of the differences of their means (up to four degrees of
  /// freedom), with errors that overlapping surroundings share and steps that are no wall allowed for.
  func distance(_ other: DomainSums, _ settings: RegionSettings) -> Float {
    let known = information .> 0 .& other.information .> 0
    let shared = Float(settings.usualCorrelation)
    let (q, split) = (Float(settings.leastStepQ), Float(settings.leastStepSplit))
    let variance =
      shared / information + shared / other.information + SIMD4(q * q, split * split, split * split, split * split)
    let difference = mean - other.mean
    return (difference * difference / variance).replacing(with: Float(0), where: .!known).sum()
  }

  /// Half of the χ² of a cell in a domain with this mean.
  static func misfit(_ cell: FieldCell, _ mean: SIMD4<Float>) -> Float {
    let difference = cell.lanes - mean
    return 0.5 * (cell.weights * difference * difference).sum()
  }
}
