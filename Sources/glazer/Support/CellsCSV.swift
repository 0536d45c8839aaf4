// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// The rows of `infer`: one line per B column, columns in the order of `header`, `nan` where there is no value.
struct CellsCSV {
  static let header =
    (["frame", "i", "j"] + CellTable.floatColumns.map(\.name) + ["flags"]).joined(separator: ",")

  private(set) var text: String

  /// Without the header it goes on where other rows end.
  init(withHeader: Bool = true) { text = withHeader ? Self.header + "\n" : "" }

  /// Appends all rows of `cells`. O(rows).
  mutating func append(_ cells: CellTable, frame: Int) {
    for row in 0..<cells.count {
      text += "\(frame),\(cells.i[row]),\(cells.j[row])"
      for column in CellTable.floatColumns { text += ",\(cells[keyPath: column.path][row])" }
      text += ",\(cells.flags[row])\n"
    }
  }

  func write(path: String) throws { try WholeFile.write(text.utf8, path: path) }
}
