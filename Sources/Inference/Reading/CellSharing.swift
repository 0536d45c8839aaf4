// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Synchronization
import Threading

/// A B column and where it stands in the image, pixels.
struct PlacedColumn {
  var index: CellIndex
  var position: Vector2
}

/// The cells of one image, shared out among workers batch by batch. Every cell has its own place in the results, so that
/// they do not depend on who read what.
final class CellSharing: SharedWork {
  private let workers: [CellWorker]
  /// The first batch that nobody has taken yet: all that the workers have to agree on.
  private let nextBatch = Atomic(0)
  private var scene: CellWorker.Scene?
  private var columns = UnsafeBufferPointer<PlacedColumn>(start: nil, count: 0)
  private var results: UnsafeMutableBufferPointer<CellWorker.Result>

  init(workers: [CellWorker]) {
    self.workers = workers
    results = .allocate(capacity: 0)
  }

  deinit { results.deallocate() }

  /// Reads all `columns` with the threads of `pool`. What comes back is valid until the next call. Allocates when there are
  /// more columns than ever before.
  func read(
    _ columns: UnsafeBufferPointer<PlacedColumn>, of scene: CellWorker.Scene, with pool: WorkerPool
  ) -> UnsafeBufferPointer<CellWorker.Result> {
    if results.count < columns.count {
      results.deallocate()
      // Half as many again, so that a view that grows slowly does not allocate with each frame.
      results = .allocate(capacity: columns.count * 3 / 2)
    }
    (self.columns, self.scene) = (columns, scene)
    nextBatch.store(0, ordering: .relaxed)
    pool.run(self)
    self.scene = nil
    return UnsafeBufferPointer(rebasing: results[..<columns.count])
  }

  func work(worker: Int) {
    guard let scene, let base = results.baseAddress else { return }
    let size = CellWorker.batchCapacity
    while true {
      let first = nextBatch.add(1, ordering: .relaxed).oldValue * size
      guard first < columns.count else { return }
      workers[worker].read(columns[first..<min(first + size, columns.count)], of: scene, into: base + first)
    }
  }
}
