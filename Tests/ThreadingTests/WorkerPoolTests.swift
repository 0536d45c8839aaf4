// SPDX-License-Identifier: GPL-3.0-or-later
import Synchronization
import Testing
import Threading

@Suite struct WorkerPoolTests {
  /// Marks every part once, whoever takes it.
  final class Marks: SharedWork {
    let next = Atomic(0)
    let calls = Atomic(0)
    let partCount = 1000
    // Each part is written by the one worker that took it.
    nonisolated(unsafe) let marks: UnsafeMutablePointer<Int>

    init() {
      marks = .allocate(capacity: partCount)
      marks.initialize(repeating: 0, count: partCount)
    }
    deinit { marks.deallocate() }

    func work(worker: Int) {
      calls.add(1, ordering: .relaxed)
      while true {
        let part = next.add(1, ordering: .relaxed).oldValue
        guard part < partCount else { return }
        marks[part] += 1
      }
    }
  }

  @Test(arguments: [1, 2, 3, 8]) func everyPartIsDoneOnceInEveryRun(workers: Int) {
    let pool = WorkerPool(workers: workers)
    #expect(pool.workerCount == workers)
    let work = Marks()
    for run in 1...200 {
      work.next.store(0, ordering: .relaxed)
      pool.run(work)
      #expect(work.calls.load(ordering: .relaxed) == run * workers)
    }
    #expect((0..<work.partCount).allSatisfy { work.marks[$0] == 200 })
  }

  final class Nothing: SharedWork { func work(worker: Int) {} }

  @Test func threadsAreBoundWhereTheSystemLetsThem() throws {
    let allowed = ThreadPlacement.allowedProcessors
    #expect(!allowed.isEmpty)
    #expect(WorkerPool(workers: 3, processors: allowed).refusals.isEmpty)
    let pool = WorkerPool(workers: 3, processors: [1023, -1])
    #expect(
      pool.refusals.map(\.description) == [
        "processor -1 refused: Invalid argument", "processor 1023 refused: Invalid argument",
      ])
    pool.run(Nothing())
  }
}
