// SPDX-License-Identifier: GPL-3.0-or-later
import Synchronization
import Threading

/// Records messages on a thread of its own, so that no disk holds up whoever receives them. When it cannot write (the disk
/// is short or fails) it finishes its file, counts what it misses, and begins another file when it can.
public final class BackgroundRecorder: Sendable {
  private let state: State
  private let thread: JoinableThread?

  private final class State: Sendable {
    let queue: MessageQueue
    let report = Mutex(RecordingReport())
    /// Attachments for a new file that is to be begun.
    let renewal = Mutex<[RecordingAttachment]?>(nil)

    init(queueByteCount: Int) {
      queue = MessageQueue(capacity: BackgroundRecorder.queueLength, byteCount: queueByteCount)
    }
  }

  /// Messages that can wait; what they are large is bounded by `queueByteCount`.
  private static let queueLength = 1024

  /// Opens the first file at once; `report` says when that failed. `freeByteCount` tells what room the disk of a folder
  /// has, nil where nobody knows.
  public init(
    _ plan: RecordingPlan, attachments: [RecordingAttachment] = [], queueByteCount: Int = 64 << 20,
    freeByteCount: @escaping @Sendable (String) -> Int? = { DiskSpace.freeByteCount(at: $0) }
  ) {
    let state = State(queueByteCount: queueByteCount)
    let loop = Loop(state, RotatingRecording(plan, attachments: attachments, freeByteCount: freeByteCount))
    loop.begin()
    self.state = state
    thread = JoinableThread { loop.run() }
    guard thread == nil else { return }
    let failure = RecordingError.cannotWrite(path: plan.path, reason: "the system has no more threads")
    state.report.withLock { ($0.state, $0.failure) = (.stopped, failure) }
  }

  deinit { finish() }

  public var report: RecordingReport { state.report.withLock { $0 } }

  /// Hands a message over, without copying it and without waiting; false, and counted, when there is no room.
  @discardableResult
  public func offer(_ message: borrowing ReceivedMessage) -> Bool {
    if state.queue.put(message) { return true }
    state.report.withLock { $0.droppedCount += 1 }
    return false
  }

  /// The same, waiting for room for as long as `shouldStop` lets it.
  public func offer(_ message: borrowing ReceivedMessage, shouldStop: () -> Bool) -> Bool {
    while !state.queue.put(message) {
      guard Pacer.sleep(untilNs: Pacer.nowNs() + 1_000_000, shouldStop: shouldStop) else { return offer(message) }
    }
    return true
  }

  /// Ends the file and begins another one with these attachments, after the message that is being written: those that
  /// wait go into the new one.
  public func beginFile(attachments: [RecordingAttachment]) { state.renewal.withLock { $0 = attachments } }

  /// Writes what waits, finishes the file and ends the thread. A second call does nothing.
  public func finish() {
    state.queue.close()
    thread?.join()
  }

  /// What runs on the thread.
  private final class Loop: @unchecked Sendable {
    let state: State
    var recording: RotatingRecording
    var retryNs: UInt64 = 0
    var takenCount: UInt64 = 0
    var byteCount: UInt64 = 0
    private static let retryIntervalNs: UInt64 = 1_000_000_000

    init(_ state: State, _ recording: consuming RotatingRecording) {
      self.state = state
      self.recording = recording
    }

    func begin() {
      do throws(RecordingError) {
        try recording.open(atNs: Pacer.nowNs())
        tell(.recording, nil)
      } catch {
        stop(error)
      }
    }

    func run() {
      var message = ReceivedMessage()
      while true {
        switch state.queue.take(into: &message, milliseconds: 50) {
        case .closed: return end()
        case .timedOut: attempt { (recording) throws(RecordingError) in try recording.tick(atNs: Pacer.nowNs()) }
        case .message: record(message)
        }
        if let attachments = state.renewal.withLock({ $0.take() }) {
          recording.attachments = attachments
          attempt { (recording) throws(RecordingError) in try recording.close() }
        }
      }
    }

    private func record(_ message: borrowing ReceivedMessage) {
      let now = Pacer.nowNs()
      takenCount += 1
      if isStopped { attemptAgain(atNs: now) }
      guard !isStopped else { return tell() }
      let receivedNs = message.receivedNs
      let failure = message.parts.withParts { parts -> RecordingError? in
        let facts = WireFacts(parts: parts)
        do throws(RecordingError) {
          try recording.append(
            parts: parts, source: facts.source ?? StreamRecorder.unknownSource, logTimeNs: receivedNs,
            publishTimeNs: facts.timeNs ?? receivedNs, atNs: now)
          return nil
        } catch {
          return error
        }
      }
      switch failure {
      case nil:
        byteCount += UInt64(message.parts.byteCount)
        tell()
      case .messageTooLarge: tell()
      case .some(let error): stop(error)
      }
    }

    private var isStopped: Bool { state.report.withLock { $0.state == .stopped } }

    private func attempt(_ body: (inout RotatingRecording) throws(RecordingError) -> Void) {
      guard !isStopped else { return attemptAgain(atNs: Pacer.nowNs()) }
      do throws(RecordingError) {
        try body(&recording)
        tell()
      } catch {
        stop(error)
      }
    }

    private func attemptAgain(atNs now: UInt64) {
      guard now >= retryNs else { return }
      retryNs = now + Self.retryIntervalNs
      if recording.hasRoomAgain { begin() }
    }

    /// Finishes what is open, as far as the disk lets it.
    private func stop(_ error: RecordingError) {
      retryNs = Pacer.nowNs() + Self.retryIntervalNs
      // Where this fails too, FILE.part stays, whole up to its last chunk.
      try? recording.close()
      tell(.stopped, error)
    }

    private func end() {
      var failure: RecordingError?
      if !isStopped {
        do throws(RecordingError) { try recording.close() } catch { failure = error }
      }
      tell(.ended, failure ?? state.report.withLock { $0.failure })
    }

    private func tell(_ now: RecordingReport.State, _ failure: RecordingError?) {
      state.report.withLock { ($0.state, $0.failure) = (now, failure) }
      tell()
    }

    private func tell() {
      state.report.withLock {
        ($0.file, $0.finishedFileCount) = (recording.file, recording.finishedFileCount)
        ($0.messageCount, $0.byteCount) = (recording.messageCount, byteCount)
        $0.missedCount = takenCount - recording.messageCount
      }
    }
  }
}
