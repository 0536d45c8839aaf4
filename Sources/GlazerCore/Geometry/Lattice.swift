// SPDX-License-Identifier: GPL-3.0-or-later

/// The projected pseudo-cubic lattice of B columns in one image.
///
/// Column (i, j) stands at `origin + i·a + j·b`. `a` runs along [110] (length a_pc/√2), `b` along [001] (length a_pc).
/// The beam runs into the picture along [1-10], so (a, b) is a proper rotation of (x right, y down): `a.cross(b) > 0`.
/// Turning both axes by 180° describes the same crystal; a search takes the turn with `a.x > 0`
/// (or `a.x == 0` and `a.y > 0`), and a lattice that is followed keeps its own.
public struct Lattice: Sendable, Hashable, Codable {
  /// Position of B column (0, 0), pixels; the centre of the first pixel is (0, 0).
  public var origin: Vector2
  /// Step from column (i, j) to (i+1, j), pixels.
  public var a: Vector2
  /// Step from column (i, j) to (i, j+1), pixels.
  public var b: Vector2

  public init(origin: Vector2, a: Vector2, b: Vector2) {
    self.origin = origin
    self.a = a
    self.b = b
  }

  /// Position in pixels of the (possibly fractional) lattice coordinates. O(1).
  public func position(_ i: Double, _ j: Double) -> Vector2 {
    Vector2(origin.x + i * a.x + j * b.x, origin.y + i * a.y + j * b.y)
  }

  /// Fractional lattice coordinates (i, j) of a position in pixels. O(1).
  ///
  /// `a` and `b` must not be parallel.
  public func coordinates(of position: Vector2) -> Vector2 {
    let d = position - origin
    let area = a.cross(b)
    precondition(area != 0, "a lattice has two independent axes")
    return Vector2(d.cross(b) / area, a.cross(d) / area)
  }

  /// The same crystal with `a` pointing right (see the type's documentation).
  public var canonical: Lattice {
    let pointsRight = a.x > 0 || (a.x == 0 && a.y > 0)
    return pointsRight ? self : Lattice(origin: origin, a: -a, b: -b)
  }

  /// Indices of all B columns at least `margin` pixels inside a `width` × `height` image, row by row (j, then i).
  public func columns(width: Int, height: Int, margin: Double) -> [CellIndex] {
    let last = Vector2(Double(width - 1), Double(height - 1))
    let corners = [Vector2.zero, Vector2(last.x, 0), Vector2(0, last.y), last].map(coordinates(of:))
    let iRange = Int(corners.map(\.x).min()!.rounded(.down))...Int(corners.map(\.x).max()!.rounded(.up))
    let jRange = Int(corners.map(\.y).min()!.rounded(.down))...Int(corners.map(\.y).max()!.rounded(.up))
    var found: [CellIndex] = []
    for j in jRange {
      for i in iRange {
        let p = position(Double(i), Double(j))
        if p.x >= margin, p.y >= margin, p.x <= last.x - margin, p.y <= last.y - margin {
          found.append(CellIndex(i: i, j: j))
        }
      }
    }
    return found
  }
}

/// Lattice indices of a B column: i along a_pc/√2 [110], j along a_pc [001].
public struct CellIndex: Sendable, Hashable, Codable {
  public var i: Int
  public var j: Int

  public init(i: Int, j: Int) {
    self.i = i
    self.j = j
  }
}
