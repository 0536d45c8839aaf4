// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import ZeroMQ

/// Which pages may open the stream. A browser lets any page connect a WebSocket to anything that the browser's machine can
/// reach, and says only whose page it is (`Origin`): it is for the server to refuse.
struct ViewOrigin {
  /// IPv4 address that the page is served at; 0.0.0.0 is every network.
  var address: String
  /// Of this machine, lower case.
  var machineName: String

  init(address: String, machineName: String = ViewOrigin.ownName) {
    (self.address, self.machineName) = (address, machineName)
  }

  private static var ownName: String {
    let name = try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
    return name?.trimmingCharacters(in: .whitespacesAndNewlines).lowercased() ?? ""
  }

  /// From the headers of a request. Who is no browser sends no origin, and may send whatever it likes anyway.
  func admits(origin: String?, host: String?) -> Bool {
    guard let origin = origin?.lowercased() else { return true }
    // The port is compared as part of both: that of a tunnel is another one than ours.
    guard let host = host?.lowercased(), origin == "http://" + host || origin == "https://" + host else { return false }
    // A foreign name that leads here (DNS rebinding) makes its page the same as ours, but for the name.
    return isOurs(Self.name(host))
  }

  private func isOurs(_ name: String) -> Bool {
    // Whoever serves every network is reached by names that nobody knows here.
    address == "0.0.0.0" || name == address || EndpointReach(host: name) == .machine
      || !machineName.isEmpty && name == machineName
  }

  /// Without the port; IPv6 addresses stand in brackets.
  private static func name(_ host: String) -> String {
    let end = host.hasPrefix("[") ? host.firstIndex(of: "]").map { host.index(after: $0) } : host.lastIndex(of: ":")
    return String(host[..<(end ?? host.endIndex)])
  }
}
