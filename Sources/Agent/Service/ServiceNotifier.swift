// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Tells the service manager how the agent is: systemd's notification protocol, by hand, one datagram a message.
///
/// Without NOTIFY_SOCKET in the environment nobody listens, and nothing is sent. Nothing here waits or fails: a service
/// manager that does not listen must not stop frames. Safe to use from any thread.
public final class ServiceNotifier: Sendable {
  /// Time between two signs of life that the watchdog wants, half of its limit; nil without a watchdog.
  public let watchdogIntervalNs: UInt64?
  private let descriptor: Int32
  private let address: sockaddr_un
  private let length: socklen_t

  /// From the environment of the process. Nil where there is no service manager; throws where its socket has an address
  /// that cannot be one.
  public convenience init?(environment: [String: String] = ProcessInfo.processInfo.environment) throws(NotifyError) {
    guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty else { return nil }
    // Set where the watchdog is another process's.
    let isOurs = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
    let limitUs = environment["WATCHDOG_USEC"].flatMap { UInt64($0) }.flatMap { $0 > 0 && isOurs ? $0 : nil }
    try self.init(socket: path, watchdogLimitUs: limitUs)
  }

  /// `path` as in NOTIFY_SOCKET: a file, or an abstract name after "@".
  public init(socket path: String, watchdogLimitUs: UInt64? = nil) throws(NotifyError) {
    var name = Array(path.utf8)
    guard name.first == UInt8(ascii: "/") || name.first == UInt8(ascii: "@"), name.count > 1 else {
      throw .badAddress(path)
    }
    let isAbstract = name[0] == UInt8(ascii: "@")
    if isAbstract { name[0] = 0 }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // A file's path ends with a zero byte; an abstract name ends where the length says.
    let room = MemoryLayout.size(ofValue: address.sun_path) - (isAbstract ? 0 : 1)
    guard name.count <= room else { throw .badAddress(path) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let header = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    length = socklen_t(header + name.count + (isAbstract ? 0 : 1))
    self.address = address
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .noSocket(String(cString: strerror(errno))) }
    watchdogIntervalNs = watchdogLimitUs.map { $0 > .max / 500 ? .max : $0 * 500 }
  }

  deinit { close(descriptor) }

  /// True when the message was handed over.
  @discardableResult
  func send(_ message: String) -> Bool {
    var (message, address) = (message, address)
    return message.withUTF8 { text in
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          sendto(descriptor, text.baseAddress, text.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), $0, length)
        }
      } == text.count
    }
  }
}

extension ServiceNotifier {
  public func ready() { send("READY=1") }

  public func stopping() { send("STOPPING=1") }

  func isAlive() { send("WATCHDOG=1") }

  /// One line for `systemctl status`. Names in it come from frames, and each line of a message is another word to the service
  /// manager.
  func status(_ text: String) { send("STATUS=\(text.onOneLine)") }

  /// A reload begins; `ready` ends it.
  public func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(SteadyClock.nowNs() / 1000)") }
}

public enum NotifyError: DiagnosableError, Equatable {
  case badAddress(String)
  case noSocket(String)

  public var category: ErrorCategory { .configuration }

  public var description: String {
    switch self {
    case .badAddress(let path):
      "NOTIFY_SOCKET is \"\(path.prefix(120))\", expected a path or an abstract name after @, of at most 107 bytes"
    case .noSocket(let reason): "no socket for the service manager: \(reason)"
    }
  }
}
