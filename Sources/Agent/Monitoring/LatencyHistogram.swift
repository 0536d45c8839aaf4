// SPDX-License-Identifier: GPL-3.0-or-later

/// Times by fixed buckets, as Prometheus counts them. A plain value without memory of its own: adding to it and copying it
/// allocate nothing.
public struct LatencyHistogram: Sendable {
  public static let bucketCount = 16

  /// Upper bounds, seconds, inclusive. 0.04 is a frame at 25 frames/s.
  public static let boundsS: InlineArray<16, Double> = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 10,
  ]

  /// Each bucket by itself, not cumulative.
  private var counts = InlineArray<16, UInt64>(repeating: 0)
  private var beyond: UInt64 = 0
  public private(set) var sumS = 0.0

  public init() {}

  public mutating func add(seconds: Double) {
    guard seconds.isFinite else { return }
    sumS += seconds
    for index in 0..<Self.bucketCount where seconds <= Self.boundsS[index] {
      counts[index] += 1
      return
    }
    beyond += 1
  }

  /// Times up to bound `index`, those of all lower buckets included.
  public func cumulativeCount(upTo index: Int) -> UInt64 { (0...index).reduce(0) { $0 + counts[$1] } }

  public var count: UInt64 { cumulativeCount(upTo: Self.bucketCount - 1) + beyond }
}
