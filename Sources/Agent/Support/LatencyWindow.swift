// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// The last few hundred latencies, for percentiles. Memory is taken once.
public struct LatencyWindow: Sendable {
  private let capacity: Int
  private var valuesMs: [Double] = []
  private var next = 0
  private var sorted: [Double] = []

  public init(capacity: Int = 512) {
    self.capacity = max(1, capacity)
    valuesMs.reserveCapacity(self.capacity)
    sorted.reserveCapacity(self.capacity)
  }

  public mutating func add(ms: Double) {
    if valuesMs.count < capacity {
      valuesMs.append(ms)
    } else {
      valuesMs[next] = ms
      next = (next + 1) % capacity
    }
  }

  /// Percentiles by nearest rank; nil while empty. O(n log n).
  public mutating func percentiles() -> AgentStatus.LatencyMs? {
    guard !valuesMs.isEmpty else { return nil }
    sorted.removeAll(keepingCapacity: true)
    sorted.append(contentsOf: valuesMs)
    sorted.sort()
    return AgentStatus.LatencyMs(p50: rank(0.50), p95: rank(0.95), p99: rank(0.99))
  }

  private func rank(_ p: Double) -> Double { sorted[max(0, Int((p * Double(sorted.count)).rounded(.up)) - 1)] }
}
