// SPDX-License-Identifier: GPL-3.0-or-later
import Threading

extension WorkerPool {
  /// As many threads as configured, bound to processors if that is asked for.
  convenience init(_ compute: AgentConfiguration.Compute) {
    let processors = ThreadPlacement.allowedProcessors
    let most = AgentConfiguration.Compute.mostThreads
    let workers = compute.threads > 0 ? compute.threads : processors.count
    self.init(workers: min(max(workers, 1), most), processors: compute.pin ? processors : [])
  }
}
