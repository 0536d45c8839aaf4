// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The service manager's end of sd_notify: a bound unix datagram socket.
public final class NotifySocket: Sendable {
  private let descriptor: Int32

  /// `path` as in NOTIFY_SOCKET: a file, or an abstract name after "@".
  public init(_ path: String) throws {
    struct NotBound: Error { var reason: String }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isAbstract = path.hasPrefix("@")
    let name = (isAbstract ? [0] : []) + Array(path.utf8.dropFirst(isAbstract ? 1 : 0))
    let isNamed = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard name.count < room.count else { return false }
      room.copyBytes(from: name)
      return true
    }
    guard isNamed else { throw NotBound(reason: "expected fewer than 108 bytes: \(path)") }
    let length = socklen_t(2 + name.count + (isAbstract ? 0 : 1))
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
    }
    guard isBound else { throw NotBound(reason: String(cString: strerror(errno))) }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The next message; nil when none comes in time.
  public func next(seconds: Double = 10) -> String? {
    var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&item, 1, Int32(seconds * 1000)) == 1 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  /// Reads on until a message for which `isWanted` holds.
  public func next(seconds: Double = 10, where isWanted: (String) -> Bool) -> String? {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if let message = next(seconds: 0.1), isWanted(message) { return message }
    }
    return nil
  }

  /// What has arrived and was not read.
  public func drain() -> [String] {
    var messages: [String] = []
    while let message = next(seconds: 0) { messages.append(message) }
    return messages
  }
}
