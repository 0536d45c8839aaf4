// SPDX-License-Identifier: GPL-3.0-or-later
import Dispatch
import Foundation
import Fourier

/// The scattering matrices of one mesh point: from every incident beam to every collected one, for each exit.
///
/// Memory: incident · collected · exits · 8 bytes.
final class ScatteringMatrices: @unchecked Sendable {
  let incidentCount: Int
  let collectedCount: Int
  /// Per exit `[incident][collected]`.
  private let matrices: [UnsafeMutablePointer<Complex32>]

  /// Runs all incident beams, split over `threads`; the result does not depend on their number.
  /// `exits[n]` is the caller's number of the n-th exit in order of depth.
  init(
    beams: BeamSet, propagation: BatchPropagation, exits: [Int], threads: Int, progress: @Sendable (Double) -> Void
  ) {
    let incident = beams.incident
    let gather = beams.collected.map(\.gridIndex)
    incidentCount = incident.count
    collectedCount = gather.count
    let size = max(1, incident.count * gather.count)
    matrices = exits.map { _ in
      let matrix = UnsafeMutablePointer<Complex32>.allocate(capacity: size)
      matrix.initialize(repeating: .zero, count: size)
      return matrix
    }
    // Beams that the band limit leaves nothing of stay 0.
    let offsets = gather.map { propagation.offset(gridIndex: $0) ?? -1 }
    let lanes = propagation.lanes
    let batches = (incident.count + lanes - 1) / lanes
    let workers = max(1, min(threads, batches))
    let run = UncheckedSendable(matrices)
    let counter = ProgressCounter(total: batches)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      let matrices = run.value
      let workspace = propagation.makeWorkspace()
      for batch in stride(from: worker, to: batches, by: workers) {
        let first = batch * lanes
        let waves = incident[first..<min(first + lanes, incident.count)]
        propagation.run(from: waves.map(\.gridIndex), in: workspace) { exit, values in
          for lane in waves.indices {
            // Each incident beam writes its own row only.
            let row = matrices[exits[exit]] + lane * offsets.count
            for n in offsets.indices where offsets[n] >= 0 {
              row[n] = values.value(lane: lane - first, offset: offsets[n])
            }
          }
        }
        if let share = counter.advance() { progress(share) }
      }
    }
  }

  deinit { for matrix in matrices { matrix.deallocate() } }

  /// `[incident][collected]`.
  func matrix(exit: Int) -> UnsafePointer<Complex32> { UnsafePointer(matrices[exit]) }
}

/// Counts finished beams and speaks up about a hundred times in all.
private final class ProgressCounter: @unchecked Sendable {
  private let lock = NSLock()
  private let total: Int
  private var done = 0

  init(total: Int) { self.total = total }

  func advance() -> Double? {
    lock.lock()
    defer { lock.unlock() }
    done += 1
    return done.isMultiple(of: max(1, total / 100)) || done == total ? Double(done) / Double(total) : nil
  }
}

/// Vouches for a value that threads only read.
struct UncheckedSendable<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
