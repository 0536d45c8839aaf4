// SPDX-License-Identifier: GPL-3.0-or-later

/// Work that the threads of a `WorkerPool` share. How they share it (for example by an atomic counter of parts) is the
/// work's own affair.
public protocol SharedWork: AnyObject {
  /// Called once by each worker, at the same time; `worker` is 0 for the caller of `run`, below `workerCount` for all.
  func work(worker: Int)
}

/// Threads that wait for work and do it together with the thread that asks. Running allocates nothing.
public final class WorkerPool {
  /// The caller included.
  public let workerCount: Int
  /// Threads that run wherever the system puts them, though they were to be bound.
  public let refusals: [ThreadPlacement.Refusal]
  private let state = State()
  private var threads: [JoinableThread] = []

  /// What the pool's threads and its owner share; all but the condition is touched under its lock only.
  private final class State: @unchecked Sendable {
    let condition = Condition()
    var work: (any SharedWork)?
    /// Counts the calls of `run`: a thread that sees a new number has work.
    var round = 0
    var unfinished = 0
    var isEnding = false

    func serve(worker: Int) {
      var done = 0
      while true {
        condition.locked { condition.wait { isEnding || round != done } }
        // What is read here was written before `round` was raised, and stays until this thread has finished.
        if isEnding { return }
        done = round
        work?.work(worker: worker)
        condition.locked { unfinished -= 1 }
        condition.signalAll()
      }
    }
  }

  /// Starts `workers` − 1 threads, or as many as the system gives. With `processors`, thread k (from 1) is bound to number
  /// k modulo their count of them; the caller stands for number 0 and binds itself.
  public init(workers: Int, processors: [Int] = []) {
    precondition(workers >= 1, "a pool has at least its caller")
    var refusals: [ThreadPlacement.Refusal] = []
    for worker in 1..<workers {
      guard let thread = JoinableThread({ [state] in state.serve(worker: worker) }) else { break }
      threads.append(thread)
      guard !processors.isEmpty else { continue }
      do throws(ThreadPlacement.Refusal) {
        try thread.pin(toProcessor: processors[worker % processors.count])
      } catch {
        refusals.append(error)
      }
    }
    workerCount = threads.count + 1
    self.refusals = refusals
  }

  deinit {
    state.condition.locked { state.isEnding = true }
    state.condition.signalAll()
    for thread in threads { thread.join() }
  }

  /// Has every worker do `work` and waits for all of them. From one thread at a time.
  public func run(_ work: any SharedWork) {
    guard !threads.isEmpty else { return work.work(worker: 0) }
    state.condition.locked {
      state.work = work
      state.unfinished = threads.count
      state.round += 1
    }
    state.condition.signalAll()
    work.work(worker: 0)
    state.condition.locked {
      state.condition.wait { state.unfinished == 0 }
      state.work = nil
    }
  }
}
