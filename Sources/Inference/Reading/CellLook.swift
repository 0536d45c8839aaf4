// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension TiltModel {
  /// What can be said of a cell before the network is asked: whether the pixels about the B column at (`x`, `y`) of the normalised
  /// frame are all there, whether there is anything to see in them, and how familiar they look, which goes into `row`. `features`
  /// is scratch of `Familiarity.featureCount` values. Without anything to see the row is flagged and stays without numbers.
  func look(
    at x: Int, _ y: Int, of frame: LocalNormalisation, features: UnsafeMutableBufferPointer<Float>, row: inout CellRow
  ) -> (isWhole: Bool, isVisible: Bool) {
    let surroundings = frame.surroundings(x, y)
    guard surroundings.isVisible else {
      row.flags.insert(.unfamiliar)
      return surroundings
    }
    let (perA, perB) = (architecture.patch.pixelsPerA, architecture.patch.pixelsPerB)
    Familiarity.features(
      of: frame.pointer(x - perA, y - perB), rowStride: frame.rowStride, width: 2 * perA, height: 2 * perB,
      into: features)
    row.score = familiarity.score(UnsafeBufferPointer(features))
    if row.score < familiarity.threshold { row.flags.insert(.unfamiliar) }
    return surroundings
  }

  /// What the network's outputs for one cell say.
  func reading(_ outputs: UnsafePointer<Float>) -> TiltReading {
    TiltReading(
      outputs: UnsafeBufferPointer(start: outputs, count: NetworkArchitecture.outputCount),
      degreesPerUnit: architecture.degreesPerUnit, sigmaScale: sigmaScale)
  }
}
