// SPDX-License-Identifier: GPL-3.0-or-later

/// A point or displacement in an image: x to the right, y down, in pixels unless a name says otherwise.
public struct Vector2: Sendable, Hashable, Codable {
  public var x: Double
  public var y: Double

  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }

  public static let zero = Vector2(0, 0)

  public static func + (l: Vector2, r: Vector2) -> Vector2 { Vector2(l.x + r.x, l.y + r.y) }
  public static func - (l: Vector2, r: Vector2) -> Vector2 { Vector2(l.x - r.x, l.y - r.y) }
  public static func * (s: Double, v: Vector2) -> Vector2 { Vector2(s * v.x, s * v.y) }
  public static prefix func - (v: Vector2) -> Vector2 { Vector2(-v.x, -v.y) }

  public func dot(_ other: Vector2) -> Double { x * other.x + y * other.y }

  /// The third component of the cross product: positive when `other` is clockwise of `self` on the screen (y down).
  public func cross(_ other: Vector2) -> Double { x * other.y - y * other.x }

  public var length: Double { (x * x + y * y).squareRoot() }
}
