// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Synchronization

/// Answers probes and scrapes over HTTP on loopback: one thread, a few connections, one request each.
///
/// A responder of its own and not a web server: four fixed pages for programs on this machine need neither a runtime of
/// tasks nor a package on the instrument's box.
public final class MonitorServer: Sendable {
  static let mostConnections = 16

  /// With the port that 0 was resolved to.
  public let address: LoopbackAddress
  private let isStopping = Atomic(false)

  /// Listens at once and answers on a thread of its own until `stop`, or for as long as the process lives. Throws why it cannot.
  /// `warn` hears of trouble from that thread, at most once a minute.
  public convenience init(
    _ wanted: LoopbackAddress, pages: MonitorPages, warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(MonitorServerError) {
    try self.init(wanted, pages: pages, accepting: { MonitorListener.accepted($0) }, warn: warn)
  }

  init(
    _ wanted: LoopbackAddress, pages: MonitorPages, accepting: @escaping MonitorListener.Accepting,
    warn: @escaping @Sendable (String) -> Void
  ) throws(MonitorServerError) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var on: Int32 = 1
    // An agent that starts again finds its port although old connections linger.
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var bound = wanted.socketAddress
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &bound) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard listener >= 0, isListening else {
      let reason = String(cString: strerror(errno))
      if listener >= 0 { close(listener) }
      throw MonitorServerError(address: wanted, reason: reason)
    }
    address = LoopbackAddress(wanted, port: UInt16(bigEndian: bound.sin_port))
    let thread = Thread { [self] in serve(MonitorListener(listener, accepting: accepting, warn: warn), pages) }
    thread.name = "monitor"
    thread.stackSize = 256 << 10
    thread.start()
  }

  /// Ends the thread within a quarter of a second.
  public func stop() { isStopping.store(true, ordering: .relaxed) }

  private func serve(_ listener: MonitorListener, _ pages: MonitorPages) {
    var connections: [MonitorConnection] = []
    var items: [pollfd] = []
    while !isStopping.load(ordering: .relaxed) {
      listener.holdReserve()
      items.removeAll(keepingCapacity: true)
      items.append(pollfd(fd: listener.polled(atNs: SteadyClock.nowNs()), events: Int16(POLLIN), revents: 0))
      for connection in connections {
        items.append(pollfd(fd: connection.descriptor, events: connection.events, revents: 0))
      }
      let ready = poll(&items, nfds_t(items.count), 250)
      guard ready >= 0 || errno == EINTR else { return }
      let now = SteadyClock.nowNs()
      if ready > 0 {
        let isReady = items.dropFirst().map { $0.revents != 0 }
        connections = zip(connections, isReady).filter { !$1 || $0.proceed(pages.respond) }.map(\.0)
        if items[0].revents != 0, let descriptor = listener.take(atNs: now) {
          // Whoever holds connections and asks nothing does not keep a probe waiting: the oldest goes.
          if connections.count == Self.mostConnections { connections.removeFirst() }
          connections.append(MonitorConnection(descriptor, atNs: now))
        }
      }
      connections.removeAll { $0.isLate(atNs: now) }
    }
  }
}

public struct MonitorServerError: Error, CustomStringConvertible, Equatable {
  public var address: LoopbackAddress
  public var reason: String

  public var description: String { "no metrics on http://\(address): \(reason)" }
}
