// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import GlazerCore

/// The part of a model's training configuration that a reading is held against.
struct TrainedRange: Sendable {
  /// α, β and γ were drawn within ± this.
  let tiltDegrees: Double
  /// Share of the samples whose tilt was then shrunk by a uniform factor.
  let shrunkShare: Double

  private struct Configuration: Decodable {
    struct Ranges: Decodable {
      var tiltDegrees: Double
      var shrunkShare: Double?

      enum CodingKeys: String, CodingKey {
        case tiltDegrees = "tilt_degrees"
        case shrunkShare = "shrunk_share"
      }
    }
    var ranges: Ranges
  }

  /// From the metadata entry `training`; nil when it does not tell.
  init?(trainingJSON: String?) {
    guard let trainingJSON,
      let configuration = try? JSONDecoder().decode(Configuration.self, from: Data(trainingJSON.utf8)),
      configuration.ranges.tiltDegrees > 0
    else { return nil }
    tiltDegrees = configuration.ranges.tiltDegrees
    shrunkShare = min(max(configuration.ranges.shrunkShare ?? 0, 0), 1)
  }

  /// True for angles that no training image had: such a reading is an extrapolation, whatever its stated deviation. NaN
  /// (below the detection limit) is within.
  func isExceeded(by row: CellRow) -> Bool {
    let limit = Float(tiltDegrees)
    return abs(row.alpha) > limit || abs(row.beta) > limit || abs(row.gamma) > limit
  }
}
