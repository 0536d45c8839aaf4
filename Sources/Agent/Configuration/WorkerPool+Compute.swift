// SPDX-License-Identifier: GPL-3.0-or-later
import Threading

extension WorkerPool {
  /// As many threads as configured, bound to processors if that is asked for.
  convenience init(_ compute: AgentConfiguration.Compute) {
    self.init(
      workers: Self.workerCount(compute), processors: compute.pin ? ThreadPlacement.allowedProcessors : [])
  }

  /// How many threads this asks for, the caller's included.
  public static func workerCount(_ compute: AgentConfiguration.Compute) -> Int {
    let wanted = compute.threads > 0 ? compute.threads : ThreadPlacement.allowedProcessors.count
    return min(max(wanted, 1), AgentConfiguration.Compute.mostThreads)
  }
}
