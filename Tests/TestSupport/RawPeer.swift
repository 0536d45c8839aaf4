// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// A TCP connection to this machine that speaks whatever it is told to.
public final class RawPeer {
  public struct NoConnection: Error {}
  private let descriptor: Int32

  /// Sending and waiting give up after `patienceS`.
  public init(port: UInt16, patienceS: Double = 5) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var patience = timeval(tv_sec: Int(patienceS), tv_usec: Int(patienceS.truncatingRemainder(dividingBy: 1) * 1e6))
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw NoConnection() }
  }

  deinit { close(descriptor) }

  /// How many of the bytes went out; negative when the peer is gone.
  @discardableResult
  public func send(_ bytes: some Collection<UInt8>) -> Int {
    let bytes = Array(bytes)
    return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Waits for so many bytes; false when they do not come.
  public func receive(_ count: Int) -> Bool {
    var bytes = [UInt8](repeating: 0, count: count)
    return recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count
  }

  /// What has come so far, as text.
  public func heard() -> String {
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
