// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Multislice

/// How the atoms of a simulation moved, as it is written beside the images; null for static atoms.
struct ThermalMotionReport: Encodable {
  private let rmsDisplacementA: [String: Double]
  private let seed: UInt64
  private let runs: Int
  private let supercell: [Int]
  private let standardErrorPercent: [Double]?

  enum CodingKeys: String, CodingKey {
    case rmsDisplacementA = "rms_displacement_A"
    case seed, runs, supercell
    case standardErrorPercent = "standard_error_percent_of_contrast"
  }

  init?(_ average: ThermalAverage, runs: Int, supercell: SIMD2<Int>) {
    guard let motion = average.simulation.conditions.motion else { return nil }
    rmsDisplacementA = Dictionary(uniqueKeysWithValues: motion.rmsDisplacementA.map { ($0.key.symbol, $0.value) })
    seed = motion.seed
    self.runs = runs
    self.supercell = [supercell.x, supercell.y]
    standardErrorPercent = average.standardErrorPercent?[0]
  }

  /// One line for people.
  var text: String {
    guard let standardErrorPercent else {
      return "statistical error of the thermal average: unknown from one run; give --configurations 2 or more"
    }
    let numbers = standardErrorPercent.map { String(format: "%.2f", $0) }.joined(separator: ", ")
    return "statistical error of the thermal average: \(numbers) % of contrast"
  }
}
