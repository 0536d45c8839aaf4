// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Which tilts belong to training and which to validation alone: the tilt cube is cut into cells of 0.25° and a hash gives
/// one cell in ten to validation, so that no validation tilt is ever drawn in training.
public enum HoldOut: Sendable {
  case training
  case validation

  /// The step of the paper's grid, degrees.
  public static let cellDegrees = 0.25

  /// The part that a tilt belongs to. Neighbouring columns have the opposite tilt or, with `+` about c, one where γ alone or α and
  /// β alone change sign, and (−β, −α, −γ) gives the same image: all eight of these tilts share one part.
  public static func part(of tilt: TiltAngles) -> HoldOut {
    func cell(_ angle: Double) -> Int64 { Int64((angle / cellDegrees).rounded()) }
    let (a, b, c) = (cell(tilt.alpha), cell(tilt.beta), abs(cell(tilt.gamma)))
    var key = (a, b, c)
    for other in [(-a, -b, c), (-b, -a, c), (b, a, c)] where other > key { key = other }
    var random = SeededRandom(seed: UInt64(bitPattern: key.0 &* 1_000_003 &+ key.1), stream: UInt64(bitPattern: key.2))
    return random.next().isMultiple(of: 10) ? .validation : .training
  }
}
