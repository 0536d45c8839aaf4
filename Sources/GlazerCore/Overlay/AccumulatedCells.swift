// SPDX-License-Identifier: GPL-3.0-or-later

/// What several frames together say of the B columns of the last one: row by row beside that frame's `CellTable`.
public struct AccumulatedCells: Sendable, Equatable {
  /// i, j, x, y and score are the frame's; q, ρ, the angles, their deviations and the flags are those of all frames together.
  public var cells = CellTable()
  /// Effective number of frames that each row rests on: n for n frames of equal weight, less where old ones are forgotten;
  /// 1 where a row is the frame's own.
  public var frames: [Float] = []

  public init() {}

  public var count: Int { frames.count }

  /// Empties both and keeps the memory.
  public mutating func removeAll() {
    cells.removeAll()
    frames.removeAll(keepingCapacity: true)
  }

  public mutating func append(_ row: CellRow, frames: Float) {
    cells.append(row)
    self.frames.append(frames)
  }

  public static let framesColumn = "acc_frames"
  public static let flagsColumn = "acc_flags"

  /// The float columns that accumulation changes, under their names on the wire; paths lead into `cells`.
  public static let floatColumns: [CellTable.FloatColumn] = CellTable.floatColumns.compactMap { column in
    ["x", "y", "score"].contains(column.name)
      ? nil
      : CellTable.FloatColumn(
        name: "acc_" + column.name, unit: column.unit, path: column.path, rowPath: column.rowPath)
  }
}
