// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// An address and port on this machine's loopback, and nowhere else: what is served there is not protected.
public struct LoopbackAddress: Sendable, Equatable, CustomStringConvertible {
  /// 127.0.0.0/8, in the order of the text.
  public let octets: [UInt8]
  /// 0 takes a free one.
  public let port: UInt16

  /// From "127.0.0.1:9464". Nil for anything else, names and other networks included.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
    let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
    guard octets.count == 4, octets[0] == 127, parts[0].utf8.count <= 15 else { return nil }
    (self.octets, self.port) = (octets, port)
  }

  init(_ other: LoopbackAddress, port: UInt16) { (octets, self.port) = (other.octets, port) }

  public var description: String { octets.map(String.init).joined(separator: ".") + ":\(port)" }

  var socketAddress: sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = octets.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }.bigEndian
    return address
  }
}
