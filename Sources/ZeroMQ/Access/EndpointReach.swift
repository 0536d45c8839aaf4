// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Whom a listening socket can be reached by.
public enum EndpointReach: Sendable, Equatable {
  /// Processes of this machine alone.
  case machine
  case network

  /// Of an endpoint that is bound. What is not known to be local counts as the network.
  public init(endpoint: String) {
    self = .network
    if endpoint.hasPrefix("inproc://") || endpoint.hasPrefix("ipc://") { self = .machine }
    if endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") {
      let host = endpoint[..<colon].dropFirst("tcp://".count)
      self = Self(host: String(host))
    }
  }

  /// Of an address or name that is listened at: 127.x.x.x, ::1, `localhost` and Linux's interface `lo` are local.
  public init(host: String) {
    let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    var (v4, v6) = (in_addr(), in6_addr())
    let isLocal =
      if inet_pton(AF_INET, bare, &v4) == 1 {
        withUnsafeBytes(of: v4) { $0.first == 127 }
      } else if inet_pton(AF_INET6, bare, &v6) == 1 {
        withUnsafeBytes(of: v6) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
      } else {
        bare == "localhost" || bare == "lo"
      }
    self = isLocal ? .machine : .network
  }
}
