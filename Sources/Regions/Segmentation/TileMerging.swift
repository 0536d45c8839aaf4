// SPDX-License-Identifier: GPL-3.0-or-later

/// A first cut: square tiles of cells, merged with the neighbour that looks most like them until none look alike.
struct TileMerging {
  private struct Edge {
    var a: Int32
    var b: Int32
    var distance: Float
  }

  private var sums: [DomainSums] = []
  private var parent: [Int32] = []
  private var edges: [Edge] = []

  /// Frames of more cells are cut into larger tiles, so that merging stays cheap.
  private static let mostTiles = 256
  private static let leastSide = 3
  /// A χ² of four degrees of freedom passes this by chance in one of a thousand cases.
  static let limit: Float = 18.5

  init() {
    sums.reserveCapacity(512)
    parent.reserveCapacity(512)
    edges.reserveCapacity(1024)
  }

  /// Labels are below this.
  var count: Int { sums.count }

  /// Writes a label to every cell of `field` that says something: equal ones for tiles that were merged; −1 to the others, which
  /// look like anything and would join what has nothing in common. O(tiles²).
  mutating func label(_ field: inout TiltField, _ settings: RegionSettings) {
    let side = max(
      Self.leastSide, Int((Double(field.occupied.count) / Double(Self.mostTiles)).squareRoot().rounded(.up)))
    let across = (field.countI + side - 1) / side
    let down = (field.countJ + side - 1) / side
    sums.removeAll(keepingCapacity: true)
    sums.append(contentsOf: repeatElement(DomainSums(), count: across * down))
    for place in field.occupied {
      let (j, i) = Int(place).quotientAndRemainder(dividingBy: field.countI)
      let tile = (j / side) * across + i / side
      field.cells[Int(place)].label = field.cells[Int(place)].isSilent ? -1 : Int32(tile)
      sums[tile].add(field.cells[Int(place)])
    }
    makeEdges(across, down, settings)
    mergeAll(settings)
    for place in field.occupied where field.cells[Int(place)].label >= 0 {
      field.cells[Int(place)].label = root(field.cells[Int(place)].label)
    }
  }

  private mutating func makeEdges(_ across: Int, _ down: Int, _ settings: RegionSettings) {
    parent.removeAll(keepingCapacity: true)
    edges.removeAll(keepingCapacity: true)
    for tile in sums.indices { parent.append(Int32(tile)) }
    for tile in sums.indices where sums[tile].cells > 0 {
      for other in [tile + 1, tile + across] {
        guard other < sums.count, other != tile + 1 || other % across != 0, sums[other].cells > 0 else { continue }
        edges.append(Edge(a: Int32(tile), b: Int32(other), distance: sums[tile].distance(sums[other], settings)))
      }
    }
  }

  private func root(_ tile: Int32) -> Int32 {
    var tile = tile
    while parent[Int(tile)] != tile { tile = parent[Int(tile)] }
    return tile
  }

  private mutating func mergeAll(_ settings: RegionSettings) {
    while true {
      var best = -1
      var least = Self.limit
      for index in edges.indices where edges[index].distance < least { (best, least) = (index, edges[index].distance) }
      guard best >= 0 else { return }
      let (a, b) = (edges[best].a, edges[best].b)
      sums[Int(a)] += sums[Int(b)]
      parent[Int(b)] = a
      var index = 0
      while index < edges.count {
        if edges[index].a == b { edges[index].a = a }
        if edges[index].b == b { edges[index].b = a }
        if edges[index].a == edges[index].b {
          edges.swapAt(index, edges.count - 1)
          edges.removeLast()
          continue
        }
        if edges[index].a == a || edges[index].b == a {
          edges[index].distance = sums[Int(edges[index].a)].distance(sums[Int(edges[index].b)], settings)
        }
        index += 1
      }
    }
  }
}
