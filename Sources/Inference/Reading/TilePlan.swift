// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// How the cells of an image are divided into tiles that go through the network's trunk at once. The memory is kept from image
/// to image; making a plan allocates only when there are more cells than before.
struct TilePlan {
  struct Part {
    var first: CellIndex
    var tile: CellTile
    /// Into `order`.
    var places: Range<Int>
  }

  /// Tiles that hold cells.
  private(set) var parts: [Part] = []
  /// Numbers of the columns, tile by tile, each tile in the order of the columns.
  private(set) var order: [Int32] = []
  private var tileOf: [Int32] = []
  private var everything: [Int32] = []
  private var counts: [Int] = []

  /// All `columns` in tiles of at most `largest`.
  mutating func divide(_ columns: [PlacedColumn], largest: CellTile) {
    everything.removeAll(keepingCapacity: true)
    everything.append(contentsOf: (0..<Int32(columns.count)))
    divide(columns, places: everything[...], largest: largest)
  }

  /// The columns at `places` in tiles of at most `largest`, all of about one size, so that threads have equal parts.
  /// O(places + tiles).
  mutating func divide(_ columns: [PlacedColumn], places: ArraySlice<Int32>, largest: CellTile) {
    parts.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    tileOf.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    guard let any = places.first else { return }
    var low = columns[Int(any)].index
    var high = low
    for place in places {
      let index = columns[Int(place)].index
      (low.i, low.j) = (min(low.i, index.i), min(low.j, index.j))
      (high.i, high.j) = (max(high.i, index.i), max(high.j, index.j))
    }
    let across = Division(low.i, high.i, largest: largest.columns)
    let down = Division(low.j, high.j, largest: largest.rows)
    counts.append(contentsOf: repeatElement(0, count: across.count * down.count + 1))
    for place in places {
      let index = columns[Int(place)].index
      let tile = down.part(index.j) * across.count + across.part(index.i)
      tileOf.append(Int32(tile))
      counts[tile + 1] += 1
    }
    for tile in 1..<counts.count { counts[tile] += counts[tile - 1] }
    order.append(contentsOf: repeatElement(0, count: places.count))
    for tile in 0..<across.count * down.count where counts[tile] < counts[tile + 1] {
      parts.append(
        Part(
          first: CellIndex(i: across.first(tile % across.count), j: down.first(tile / across.count)),
          tile: CellTile(columns: across.size(tile % across.count), rows: down.size(tile / across.count)),
          places: counts[tile]..<counts[tile + 1]))
    }
    for (place, tile) in zip(places, tileOf) {
      order[counts[Int(tile)]] = place
      counts[Int(tile)] += 1
    }
  }

  /// A range of whole numbers in parts of nearly one size.
  private struct Division {
    let low: Int
    let length: Int
    let count: Int

    init(_ low: Int, _ high: Int, largest: Int) {
      self.low = low
      length = high - low + 1
      count = (length + largest - 1) / largest
    }

    func first(_ part: Int) -> Int { low + start(part) }
    func size(_ part: Int) -> Int { start(part + 1) - start(part) }
    func part(_ index: Int) -> Int { ((index - low + 1) * count - 1) / length }
    private func start(_ part: Int) -> Int { part * length / count }
  }
}
