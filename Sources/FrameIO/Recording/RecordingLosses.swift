// SPDX-License-Identifier: GPL-3.0-or-later

/// What of a damaged recording could not be read.
public struct RecordingLosses: Sendable, Equatable {
  public struct Loss: Sendable, Equatable {
    /// Bytes of the file.
    public var range: Range<Int>
    public var reason: String
  }

  /// The first of them, in the order of the file.
  public private(set) var first: [Loss] = []
  public private(set) var count = 0
  public private(set) var byteCount = 0

  static let largestKept = 100

  mutating func add(_ range: Range<Int>, _ reason: String) {
    count += 1
    byteCount += range.count
    if first.count < Self.largestKept { first.append(Loss(range: range, reason: reason)) }
  }
}
