// SPDX-License-Identifier: GPL-3.0-or-later

/// A lattice that a scan or a strain has bent: the straight lattice through it, and how far from that its columns stand.
///
/// Displacements are known with their slopes at the nodes of a grid over the image; without nodes the lattice is straight.
/// The memory is kept when it is filled again.
public struct LocalLattice: Sendable, Equatable {
  /// What is known at one node.
  public struct Node: Sendable, Equatable {
    /// Displacement, pixels, and its change per pixel of the straight lattice along x and along y.
    public var displacement: Vector2
    public var alongX: Vector2
    public var alongY: Vector2

    public init(displacement: Vector2 = .zero, alongX: Vector2 = .zero, alongY: Vector2 = .zero) {
      self.displacement = displacement
      self.alongX = alongX
      self.alongY = alongY
    }
  }

  public private(set) var straight: Lattice
  public private(set) var columns = 0
  public private(set) var rows = 0
  /// Distance between nodes, pixels; the first stands at (0, 0).
  public private(set) var step = Vector2(1, 1)
  /// [row][column].
  private var nodes: [Node] = []
  /// No displacement is longer, pixels.
  public private(set) var largestDisplacement = 0.0

  /// A straight lattice.
  public init(_ straight: Lattice) { self.straight = straight }

  public var isStraight: Bool { nodes.isEmpty }

  /// Becomes a straight lattice.
  public mutating func reset(_ straight: Lattice) {
    self.straight = straight
    (columns, rows, largestDisplacement) = (0, 0, 0)
    nodes.removeAll(keepingCapacity: true)
  }

  /// Becomes `straight` bent by `node`, which is asked for the displacement at each node, row by row. At least two nodes
  /// along both axes.
  public mutating func fill(
    _ straight: Lattice, columns: Int, rows: Int, step: Vector2, node: (Vector2) -> Node
  ) {
    precondition(columns >= 2 && rows >= 2, "a grid has cells")
    reset(straight)
    (self.columns, self.rows, self.step) = (columns, rows, step)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = node(Vector2(Double(column) * step.x, Double(row) * step.y))
        largestDisplacement = max(largestDisplacement, value.displacement.length)
        nodes.append(value)
      }
    }
  }

  /// Displacement, pixels, of what the straight lattice has at `p`, and its slopes. O(1).
  ///
  /// Between four nodes the mean of their straight lines, with half of their slopes: exact for parabolas.
  public func displacement(at p: Vector2) -> Node {
    guard !nodes.isEmpty else { return Node() }
    let x = min(max(p.x / step.x, 0), Double(columns - 1))
    let y = min(max(p.y / step.y, 0), Double(rows - 1))
    let (column, row) = (min(Int(x), columns - 2), min(Int(y), rows - 2))
    let (u, v) = (x - Double(column), y - Double(row))
    var sum = Node()
    for corner in 0..<4 {
      let (right, down) = (corner & 1, corner >> 1)
      let weight = (right == 1 ? u : 1 - u) * (down == 1 ? v : 1 - v)
      let node = nodes[(row + down) * columns + column + right]
      let (dx, dy) = ((u - Double(right)) * step.x, (v - Double(down)) * step.y)
      sum.displacement =
        sum.displacement + weight * (node.displacement + (0.5 * dx) * node.alongX + (0.5 * dy) * node.alongY)
      sum.alongX = sum.alongX + weight * node.alongX
      sum.alongY = sum.alongY + weight * node.alongY
    }
    return sum
  }

  /// Position in pixels of the (possibly fractional) lattice coordinates. O(1).
  public func position(_ i: Double, _ j: Double) -> Vector2 {
    let p = straight.position(i, j)
    return isStraight ? p : p + displacement(at: p).displacement
  }

  /// The lattice as it is about column (i, j): that column as its origin, the axes there. O(1).
  public func about(_ i: Double, _ j: Double) -> Lattice {
    let p = straight.position(i, j)
    guard !isStraight else { return Lattice(origin: p, a: straight.a, b: straight.b) }
    let bend = displacement(at: p)
    func bent(_ axis: Vector2) -> Vector2 { axis + axis.x * bend.alongX + axis.y * bend.alongY }
    return Lattice(origin: p + bend.displacement, a: bent(straight.a), b: bent(straight.b))
  }
}
