// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ
import Glibc
import Synchronization

/// Decides which connections to the CURVE servers of a context are let in, on a thread of its own that waits for nobody: the
/// ZAP handler of RFC 27, and the monitors that tell of handshakes that never got so far.
///
/// libzmq lets every key in where nobody answers for the list. So the handler is there before the first server is, and ends
/// with the context alone; should it ever fail to answer, connections hang in the handshake and are dropped.
final class Gatekeeper: Sendable {
  private static let endpoint = "inproc://zeromq.zap.01"

  private struct State {
    var lists: [String: AccessList] = [:]
    var nextDomain = 1
    /// Monitors that the thread has yet to take over.
    var arrivals: [Watch] = []
  }

  private let state = Mutex(State())

  /// A monitored socket. Goes over to the gatekeeper's thread.
  private final class Watch: @unchecked Sendable {
    var monitor: ConnectionMonitor
    let domain: String
    let list: AccessList

    init(_ monitor: consuming ConnectionMonitor, domain: String, list: AccessList) {
      self.monitor = monitor
      self.domain = domain
      self.list = list
    }
  }

  /// Carries the handler's socket to the thread.
  private final class Handler: @unchecked Sendable {
    let socket: Socket
    init(_ socket: consuming Socket) { self.socket = socket }
  }

  /// Starts the thread. `context` is not kept: its end, which waits for the thread's sockets, is what ends the thread.
  init(of context: borrowing Context) throws(ZeroMQError) {
    let socket = try Socket(.rep, inside: context)
    try socket.bind(Self.endpoint)
    let handler = Handler(socket)
    try startThread("answer for the access list") { [self] in run(handler) }
  }

  /// A domain under which `list` decides, for the life of `socket`, whose failed handshakes count for the list.
  func guards(_ socket: borrowing Socket, by list: AccessList) throws(ZeroMQError) -> String {
    let monitor = try ConnectionMonitor(socket, of: .handshakes)
    let domain = state.withLock { state in
      defer { state.nextDomain += 1 }
      state.lists["\(state.nextDomain)"] = list
      return "\(state.nextDomain)"
    }
    let watch = Watch(monitor, domain: domain, list: list)
    state.withLock { $0.arrivals.append(watch) }
    return domain
  }

  private func run(_ handler: Handler) {
    var message = Multipart()
    var watches: [Watch] = []
    while true {
      do throws(ZeroMQError) {
        watches += state.withLock { state in
          defer { state.arrivals = [] }
          return state.arrivals
        }
        try wait(handler, watches)
        while try handler.socket.receive(into: &message, waits: false) == .message {
          if let answer = message.withParts(answer) { try handler.socket.send(answer, waits: false) }
        }
        var ended: [String] = []
        for watch in watches {
          if try !count(watch) { ended.append(watch.domain) }
        }
        if !ended.isEmpty {
          watches.removeAll { ended.contains($0.domain) }
          state.withLock { state in for domain in ended { state.lists[domain] = nil } }
        }
      } catch .terminated {
        // The context waits for each of our sockets, also for those that never got here.
        state.withLock { $0.arrivals = [] }
        return
      } catch {
        // The socket stays, so that nobody is let in unasked.
        usleep(10_000)
      }
    }
  }

  /// Until something happens, or for the time in which a new monitor can wait.
  private func wait(_ handler: Handler, _ watches: [Watch]) throws(ZeroMQError) {
    try Socket.waitForAny(milliseconds: 100, count: watches.count + 1) { index in
      index == 0 ? handler.socket.raw : watches[index - 1].monitor.raw
    }
  }

  /// Always an answer: the handler's socket takes no request before it has answered the last.
  private func answer(_ parts: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> [[UInt8]]? {
    guard let request = ZapRequest(parts) else {
      return [Array("1.0".utf8), parts.count > 1 ? Array(parts[1].prefix(255)) : [], Array("500".utf8), [], [], []]
    }
    let list = state.withLock { $0.lists[request.domain] }
    guard let list, let key = request.key, list.admits(key, from: request.address) else {
      return request.answer(admitted: nil)
    }
    return request.answer(admitted: key)
  }

  /// Counts what the monitor has to tell; false when its socket is closed.
  private func count(_ watch: Watch) throws(ZeroMQError) -> Bool {
    while let event = try watch.monitor.next() {
      switch event {
      case .handshakeFailed: watch.list.handshakeFailed()
      case .ended: return false
      default: break
      }
    }
    return true
  }
}
