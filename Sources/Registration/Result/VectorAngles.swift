// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

extension Vector2 {
  /// Angle from image x, clockwise on the screen (y is down), radians in (−π, π].
  var angle: Double { atan2(y, x) }

  /// Angle that turns `other` into the direction of this vector, radians in (−π, π].
  func angle(from other: Vector2) -> Double { atan2(other.cross(self), other.dot(self)) }
}
