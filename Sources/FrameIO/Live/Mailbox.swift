// SPDX-License-Identifier: GPL-3.0-or-later
import Threading

/// One slot between a thread that receives and a thread that works: the latest frame wins, and the worker never sees an
/// older one. Messages that end a series stand in a short queue of their own, so that no frame overwrites them.
///
/// Messages are swapped, never copied: after the start nothing is allocated.
public final class Mailbox: @unchecked Sendable {
  /// Ends of series that can wait; when more come, the oldest is dropped and counted as replaced.
  public static let largestKeptCount = 8

  /// What a call to `take` brought.
  public enum Delivery: Sendable, Equatable {
    /// A message; `skipped` frames before it were replaced since the last one was taken. An end of a series skips none:
    /// a replaced frame is counted with the frame that came in its place.
    case message(skipped: UInt64)
    case timedOut
    /// Closed, and everything that was put has been taken.
    case closed
  }

  private let condition = Condition()
  private var latest = Entry()
  /// A ring of `largestKeptCount` entries.
  private let kept: UnsafeMutablePointer<Entry>
  private var keptStart = 0
  private var keptCount = 0
  private var nextOrder: UInt64 = 1
  private var replaced: UInt64 = 0
  /// What of `replaced` the frames taken so far have told.
  private var toldReplaced: UInt64 = 0
  private var isClosed = false

  private struct Entry: ~Copyable {
    var message = ReceivedMessage()
    /// When it was put, counted from 1; 0 for an empty slot.
    var order: UInt64 = 0
  }

  public init() {
    kept = .allocate(capacity: Self.largestKeptCount)
    for i in 0..<Self.largestKeptCount { (kept + i).initialize(to: Entry()) }
  }

  deinit {
    kept.deinitialize(count: Self.largestKeptCount)
    kept.deallocate()
  }

  /// Puts a message and gives back the memory of an older one in its place. A frame replaces one that waits; with `keeps`
  /// (the end of a series) it is queued. What is put after `close` is dropped.
  public func put(_ message: inout ReceivedMessage, keeps: Bool = false) {
    condition.locked {
      guard !isClosed else { return }
      if keeps {
        if keptCount == Self.largestKeptCount {
          keptStart = (keptStart + 1) % Self.largestKeptCount
          keptCount -= 1
          replaced += 1
        }
        let entry = kept + (keptStart + keptCount) % Self.largestKeptCount
        swap(&entry.pointee.message, &message)
        entry.pointee.order = nextOrder
        keptCount += 1
      } else {
        if latest.order != 0 { replaced += 1 }
        swap(&latest.message, &message)
        latest.order = nextOrder
      }
      nextOrder += 1
    }
    condition.signal()
  }

  /// Waits for a message, at most this long, and swaps it for the memory of the former one. Of a frame and an end of a
  /// series that both wait, the one that came first is taken first.
  public func take(into message: inout ReceivedMessage, milliseconds: Int) -> Delivery {
    condition.locked {
      condition.wait(milliseconds: milliseconds) { isClosed || latest.order != 0 || keptCount > 0 }
      if keptCount > 0, latest.order == 0 || kept[keptStart].order < latest.order {
        swap(&kept[keptStart].message, &message)
        kept[keptStart].order = 0
        keptStart = (keptStart + 1) % Self.largestKeptCount
        keptCount -= 1
        return .message(skipped: 0)
      }
      if latest.order != 0 {
        swap(&latest.message, &message)
        latest.order = 0
        defer { toldReplaced = replaced }
        return .message(skipped: replaced - toldReplaced)
      }
      return isClosed ? .closed : .timedOut
    }
  }

  /// No more messages will come; wakes the consumer, who can still take what waits.
  public func close() {
    condition.locked { isClosed = true }
    condition.signal()
  }

  /// Messages that were replaced before anybody took them.
  public var replacedCount: UInt64 { condition.locked { replaced } }
}
