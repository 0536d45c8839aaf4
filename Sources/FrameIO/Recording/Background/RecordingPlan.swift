// SPDX-License-Identifier: GPL-3.0-or-later

/// Where a recording goes, when a new file begins, and what it leaves free.
public struct RecordingPlan: Sendable, Equatable {
  /// The file. Where there may be several, they are numbered: `session.mcap` becomes `session-0001.mcap` and so on.
  public var path: String
  public var isNumbered: Bool
  /// A file of so many bytes is the last but one; nil for no limit.
  public var rotateByteCount: Int?
  /// A file ends so long after its beginning; nil for no limit.
  public var rotateAfterS: Double?
  /// Recording stops when the disk has less than this left.
  public var keepFreeByteCount: Int

  /// Files are numbered where a limit makes several of them, or `isNumbered` says so.
  public init(
    path: String, isNumbered: Bool = false, rotateByteCount: Int? = nil, rotateAfterS: Double? = nil,
    keepFreeByteCount: Int = 0
  ) {
    self.path = path
    self.isNumbered = isNumbered || rotateByteCount != nil || rotateAfterS != nil
    self.rotateByteCount = rotateByteCount
    self.rotateAfterS = rotateAfterS
    self.keepFreeByteCount = keepFreeByteCount
  }

  /// The path of file `number`, from 1.
  func path(of number: Int) -> String {
    guard isNumbered else { return path }
    let digits = String(number)
    let name = path.hasSuffix(".mcap") ? String(path.dropLast(5)) : path
    return "\(name)-\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).mcap"
  }

  /// The folder that the files are in.
  var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
