// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

#if _endian(big)
  #error("columns go to the wire as they lie in memory, which must be little-endian")
#endif

extension CellTable {
  /// Columns on the wire: i, j, the float columns, flags.
  public static var columnCount: Int { floatColumns.count + 3 }

  /// Lends the parts of one message for the time of the call: the topic, the JSON header and the bytes of every column.
  /// Copies nothing and allocates nothing.
  public func withMessage<Result, Failure: Error>(
    topic: OverlayTopic, header: [UInt8],
    _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outcome = withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: 2 + Self.columnCount) {
      parts in
      let name = topic.bytes
      parts.initializeElement(at: 0, to: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      return lend(1, header, parts) { () -> Swift.Result<Result, Failure> in
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
    _ index: Int, _ header: [UInt8], _ parts: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>,
    _ body: () -> Outcome
  ) -> Outcome {
    func keep(_ bytes: UnsafeRawBufferPointer) -> Outcome {
      parts.initializeElement(at: index, to: bytes)
      return lend(index + 1, header, parts, body)
    }
    let column = index - 2
    return switch column {
    case -1: header.withUnsafeBytes(keep)
    case 0: i.withUnsafeBytes(keep)
    case 1: j.withUnsafeBytes(keep)
    case Self.columnCount - 1: flags.withUnsafeBytes(keep)
    case Self.columnCount: body()
    default: self[keyPath: Self.floatColumns[column - 2].path].withUnsafeBytes(keep)
    }
  }
}
