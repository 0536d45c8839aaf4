// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Places for the columns in sight, by their indices. Column (i, j) has the place (i mod countI, j mod countJ), so that nothing
/// is moved when the crystal drifts: a column that comes into sight takes the place of one that has left.
///
/// Bounded by the index range of one frame, whatever the drift.
struct CellGrid: Sendable {
  private(set) var countI = 0
  private(set) var countJ = 0
  /// Read and written in place: an accessor in between would allocate for every access.
  var places: [CellMemory] = []

  /// Makes room for frames with index ranges of these lengths; forgets everything when it has to grow.
  mutating func reserve(_ i: Int, _ j: Int) {
    guard i > countI || j > countJ else { return }
    // An eighth more, so that a lattice that turns or shrinks a little stays within.
    countI = max(countI, i + i / 8 + 2)
    countJ = max(countJ, j + j / 8 + 2)
    places = [CellMemory](repeating: CellMemory(), count: countI * countJ)
  }

  mutating func removeAll() {
    for index in places.indices { places[index].seen = -1 }
  }

  func place(_ i: Int32, _ j: Int32) -> Int {
    func modulo(_ value: Int, _ count: Int) -> Int {
      let rest = value % count
      return rest < 0 ? rest + count : rest
    }
    return modulo(Int(j), countJ) * countI + modulo(Int(i), countI)
  }

  /// The place of column (i, j) where it holds that column; nil otherwise.
  func find(_ i: Int32, _ j: Int32) -> Int? {
    guard !places.isEmpty else { return nil }
    let index = place(i, j)
    return places[index].i == i && places[index].j == j && !places[index].isEmpty ? index : nil
  }
}
