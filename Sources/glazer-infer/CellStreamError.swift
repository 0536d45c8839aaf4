// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why cells were refused, or rows could not be written.
enum CellStreamError: DiagnosableError, Equatable {
  case cannotRead(file: String, reason: String)
  case cannotWrite(reason: String)
  case badHeader(file: String, expected: String, found: String)
  case truncated(file: String, cells: Int, needed: Int, found: Int)
  case tooFew(file: String, cells: Int, promised: Int)
  case excess(file: String, cells: Int)

  var category: ErrorCategory {
    switch self {
    case .cannotRead: .noInput
    case .cannotWrite: .inputOutput
    case .badHeader, .truncated, .tooFew, .excess: .badData
    }
  }

  var description: String {
    switch self {
    case .cannotRead(let file, let reason): "\(file): cannot read cells: \(reason)"
    case .cannotWrite(let reason): "cannot write: \(reason)"
    case .badHeader(let file, let expected, let found): "\(file): NumPy header: expected \(expected), found \(found)"
    case .truncated(let file, let cells, let needed, let found):
      "\(file): ends in the middle of a cell: \(cells) whole ones, then \(found) of \(needed) bytes"
    case .tooFew(let file, let cells, let promised): "\(file): \(cells) cells, its header says \(promised)"
    case .excess(let file, let cells): "\(file): more bytes than the \(cells) cells of its header"
    }
  }
}
