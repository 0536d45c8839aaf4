// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

#if _endian(big)
  #error("columns go to the wire as they lie in memory, which must be little-endian")
#endif

extension CellTable {
  /// Columns on the wire: i, j, the float columns, flags.
  public static var columnCount: Int { floatColumns.count + 3 }

  /// Lends the parts of one message for the time of the call: the topic, the JSON header and the bytes of every column, then
  /// those of `accumulated` and of `regions` where there are any (the header has to be of the same). Copies nothing and allocates nothing.
  public func withMessage<Result, Failure: Error>(
    topic: OverlayTopic, header: [UInt8], accumulated: AccumulatedCells? = nil,
    regions: RegionMap? = nil, _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let columns =
      Self.columnCount + (accumulated == nil ? 0 : AccumulatedCells.columnCount)
      + (regions == nil ? 0 : RegionMap.columnCount)
    let outcome = withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: 2 + columns) { parts in
      let name = topic.bytes
      parts.initializeElement(at: 0, to: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      return lend(1, OverlayColumns(header: header, cells: self, accumulated: accumulated, regions: regions), parts) {
        () -> Swift.Result<Result, Failure> in
        do throws(Failure) {
          return .success(try body(UnsafeBufferPointer(parts)))
        } catch {
          return .failure(error)
        }
      }
    }
    return try outcome.get()
  }

  /// Pointers into an array hold only inside its closure, so part after part opens one closure in the other.
  private func lend<Outcome>(
    _ index: Int, _ columns: OverlayColumns, _ parts: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>,
    _ body: () -> Outcome
  ) -> Outcome {
    guard index < parts.count else { return body() }
    return columns.withBytes(of: index - 2) { bytes in
      parts.initializeElement(at: index, to: bytes)
      return lend(index + 1, columns, parts, body)
    }
  }
}

/// What the parts of a message are taken from.
private struct OverlayColumns {
  let header: [UInt8]
  let cells: CellTable
  let accumulated: AccumulatedCells?
  let regions: RegionMap?

  /// The bytes of one column; −1 is the header.
  func withBytes<Outcome>(of column: Int, _ body: (UnsafeRawBufferPointer) -> Outcome) -> Outcome {
    let own = column - CellTable.columnCount
    let region = own - (accumulated == nil ? 0 : AccumulatedCells.columnCount)
    if let regions, region >= 0 {
      return region == 0 ? regions.labels.withUnsafeBytes(body) : regions.walls.withUnsafeBytes(body)
    }
    if let accumulated, own >= 0 {
      return switch own {
      case 0: accumulated.frames.withUnsafeBytes(body)
      case AccumulatedCells.columnCount - 1: accumulated.cells.flags.withUnsafeBytes(body)
      default: accumulated.cells[keyPath: AccumulatedCells.floatColumns[own - 1].path].withUnsafeBytes(body)
      }
    }
    return switch column {
    case -1: header.withUnsafeBytes(body)
    case 0: cells.i.withUnsafeBytes(body)
    case 1: cells.j.withUnsafeBytes(body)
    case CellTable.columnCount - 1: cells.flags.withUnsafeBytes(body)
    default: cells[keyPath: CellTable.floatColumns[column - 2].path].withUnsafeBytes(body)
    }
  }
}

extension AccumulatedCells {
  /// Columns on the wire: the number of frames, the float columns, flags.
  public static var columnCount: Int { floatColumns.count + 2 }
}

extension RegionMap {
  /// Columns on the wire: labels and walls.
  public static let columnCount = 2
}
