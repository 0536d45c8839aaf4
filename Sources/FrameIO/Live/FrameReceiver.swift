// SPDX-License-Identifier: GPL-3.0-or-later
import Synchronization
import Threading
import ZeroMQ

/// A thread that always empties the input socket into a mailbox: the one arrangement in which a slow consumer sees fresh
/// frames (queues inside ZeroMQ and the kernel fall seconds behind otherwise).
///
///     let receiver = try FrameReceiver(InputEndpoint("tcp://127.0.0.1:5555"), context: context)
///     var message = ReceivedMessage()
///     while receiver.take(into: &message, milliseconds: 100) != .closed { … }
public final class FrameReceiver: Sendable {
  /// The endpoint in use, a wildcard port resolved.
  public let endpoint: String
  private let state: State
  private let thread: JoinableThread

  /// What the thread and its owner share.
  private final class State: Sendable {
    let mailbox = Mailbox()
    let isStopping = Atomic(false)
    let dropsConnections = Atomic(false)
    let received = Atomic<UInt64>(0)
    let refused = Atomic<UInt64>(0)
    let cutOff = Atomic<UInt64>(0)
    let failedHandshakes = Atomic<UInt64>(0)
    let failure = Mutex<ZeroMQError?>(nil)
  }

  /// Carries the socket to the thread that owns it from then on.
  private final class Loop: @unchecked Sendable {
    let socket: InputSocket
    let state: State
    let recorder: BackgroundRecorder?

    init(_ socket: InputSocket, _ state: State, _ recorder: BackgroundRecorder?) {
      (self.socket, self.state, self.recorder) = (socket, state, recorder)
    }

    func run() {
      var message = ReceivedMessage()
      while !state.isStopping.load(ordering: .relaxed) {
        do throws(ZeroMQError) {
          if state.dropsConnections.exchange(false, ordering: .relaxed) { try socket.dropConnections() }
          switch try socket.receive(into: &message.parts) {
          case .nothing:
            state.cutOff.store(socket.cutOffs, ordering: .relaxed)
            state.failedHandshakes.store(socket.failedHandshakes, ordering: .relaxed)
          case .tooManyParts: state.refused.add(1, ordering: .relaxed)
          case .message:
            message.receivedNs = WallClock.nowNs()
            state.received.add(1, ordering: .relaxed)
            recorder?.offer(message)
            let isMark = SeriesMark.isMark(message.parts)
            state.mailbox.put(&message, keeps: isMark)
          }
        } catch {
          state.failure.withLock { $0 = error }
          break
        }
      }
      state.mailbox.close()
    }
  }

  /// Opens the socket on the caller's thread, so that a busy port or a bad endpoint is known at once, and starts to receive.
  /// `recorder` gets every message, also those that the mailbox replaces.
  public init(
    _ input: InputEndpoint, context: Context, recorder: BackgroundRecorder? = nil
  ) throws(ZeroMQError) {
    let state = State()
    let socket = try input.open(in: context)
    endpoint = socket.endpoint
    let loop = Loop(socket, state, recorder)
    guard let thread = JoinableThread({ loop.run() }) else {
      throw .failed(operation: "start the receive thread", reason: "the system has no more threads")
    }
    self.state = state
    self.thread = thread
  }

  deinit { stop() }

  /// The latest frame, or the end of a series, in order; see `Mailbox.take`. From one consumer thread.
  public func take(into message: inout ReceivedMessage, milliseconds: Int) -> Mailbox.Delivery {
    state.mailbox.take(into: &message, milliseconds: milliseconds)
  }

  /// Ends the thread and closes the socket, within 50 ms. What waits can still be taken. A second call does nothing.
  public func stop() {
    state.isStopping.store(true, ordering: .relaxed)
    thread.join()
  }

  /// Where it listens: ends every connection within 50 ms; senders that may still connect come back by themselves.
  public func dropConnections() { state.dropsConnections.store(true, ordering: .relaxed) }

  /// Messages received since the start.
  public var receivedCount: UInt64 { state.received.load(ordering: .relaxed) }

  /// Messages dropped for having too many parts.
  public var refusedCount: UInt64 { state.refused.load(ordering: .relaxed) }

  /// Times that the source was cut off for a part larger than `InputEndpoint.largestMessage`, or for breaking ZeroMQ's
  /// protocol; not known of sources that connect to us.
  public var cutOffCount: UInt64 { state.cutOff.load(ordering: .relaxed) }

  /// Connections to the source that ended in the handshake: keys that do not fit, or no ZeroMQ there.
  public var failedHandshakeCount: UInt64 { state.failedHandshakes.load(ordering: .relaxed) }

  /// Why the thread ended by itself; nil while it runs and after `stop`.
  public var failure: ZeroMQError? { state.failure.withLock { $0 } }
}
