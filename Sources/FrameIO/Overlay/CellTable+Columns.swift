// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

#if _endian(big)
  #error("columns go to the wire as they lie in memory, which must be little-endian")
#endif

extension CellTable {
  /// Columns on the wire: i, j, the float columns, flags.
  public static var columnCount: Int { floatColumns.count + 3 }

  /// Hands out the bytes of each column in the order of the wire, with whether more follow. Copies nothing.
  public func forEachColumnBytes<Failure: Error>(
    _ body: (_ bytes: UnsafeRawBufferPointer, _ moreFollow: Bool) throws(Failure) -> Void
  ) throws(Failure) {
    try Self.visit(i, true, body)
    try Self.visit(j, true, body)
    for column in Self.floatColumns { try Self.visit(self[keyPath: column.path], true, body) }
    try Self.visit(flags, false, body)
  }

  private static func visit<Element, Failure: Error>(
    _ values: [Element], _ moreFollow: Bool,
    _ body: (_ bytes: UnsafeRawBufferPointer, _ moreFollow: Bool) throws(Failure) -> Void
  ) throws(Failure) {
    // A typed throw does not pass through `withUnsafeBytes`, which rethrows any error.
    let result: Result<Void, Failure> = values.withUnsafeBytes { bytes in
      do throws(Failure) { return .success(try body(bytes, moreFollow)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
