// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension Raster {
  /// A convex polygon with smooth edges: opacity falls to 0 over one pixel across an edge.
  public mutating func fillConvex(_ corners: [Vector2], _ colour: RGB, opacity: Double = 1) {
    paint(around: corners, reach: 1) { p in
      opacity * min(1, max(0, 0.5 - Self.distanceOutside(p, corners)))
    } with: { _ in
      colour
    }
  }

  /// The outline of a convex polygon, `thickness` pixels wide, drawn inside its edges.
  public mutating func strokeConvex(_ corners: [Vector2], thickness: Double, _ colour: RGB, opacity: Double = 1) {
    paint(around: corners, reach: 1) { p in
      let outside = Self.distanceOutside(p, corners)
      return opacity * min(min(1, max(0, 0.5 - outside)), min(1, max(0, outside + thickness + 0.5)))
    } with: { _ in
      colour
    }
  }

  public mutating func strokeCircle(
    _ centre: Vector2, radius: Double, thickness: Double, _ colour: RGB, opacity: Double = 1
  ) {
    paint(around: [centre], reach: radius + thickness + 1) { p in
      opacity * min(1, max(0, thickness / 2 + 0.5 - abs((p - centre).length - radius)))
    } with: { _ in
      colour
    }
  }

  public mutating func strokeLine(
    _ start: Vector2, _ end: Vector2, thickness: Double, _ colour: RGB, opacity: Double = 1
  ) {
    let along = end - start
    let square = max(along.dot(along), 1e-12)
    paint(around: [start, end], reach: thickness + 1) { p in
      let t = min(1, max(0, (p - start).dot(along) / square))
      return opacity * min(1, max(0, thickness / 2 + 0.5 - (p - start - t * along).length))
    } with: { _ in
      colour
    }
  }

  /// A line with a head at its end.
  public mutating func strokeArrow(_ start: Vector2, _ end: Vector2, thickness: Double, _ colour: RGB) {
    let length = (end - start).length
    guard length > 0 else { return }
    let forward = (1 / length) * (end - start)
    let side = Vector2(-forward.y, forward.x)
    let head = min(length, 4.5 * thickness)
    let neck = end - head * forward
    strokeLine(start, end - (head / 2) * forward, thickness: thickness, colour)
    fillConvex([end, neck + (head / 2) * side, neck - (head / 2) * side], colour)
  }

  /// Blends every pixel in the bounding box of `points`, grown by `reach`, with the opacity that it is given.
  private mutating func paint(
    around points: [Vector2], reach: Double, opacity: (Vector2) -> Double, with colour: (Vector2) -> RGB
  ) {
    guard points.allSatisfy({ $0.x.magnitude < 1e6 && $0.y.magnitude < 1e6 }), !points.isEmpty else { return }
    let left = max(0, Int(points.map(\.x).min()! - reach))
    let right = min(width - 1, Int(points.map(\.x).max()! + reach + 1))
    let top = max(0, Int(points.map(\.y).min()! - reach))
    let bottom = min(height - 1, Int(points.map(\.y).max()! + reach + 1))
    for y in stride(from: top, through: bottom, by: 1) {
      for x in stride(from: left, through: right, by: 1) {
        let p = Vector2(Double(x), Double(y))
        blend(colour(p), x: x, y: y, opacity: opacity(p))
      }
    }
  }

  /// Distance from `p` to a convex polygon, negative inside: the largest over its edges (exact but near corners outside).
  private static func distanceOutside(_ p: Vector2, _ corners: [Vector2]) -> Double {
    var area = 0.0
    for index in corners.indices { area += corners[index].cross(corners[(index + 1) % corners.count]) }
    let turn: Double = area < 0 ? -1 : 1
    var largest = -Double.infinity
    for index in corners.indices {
      let edge = corners[(index + 1) % corners.count] - corners[index]
      let length = edge.length
      guard length > 0 else { continue }
      largest = max(largest, -turn * edge.cross(p - corners[index]) / length)
    }
    return largest
  }
}
