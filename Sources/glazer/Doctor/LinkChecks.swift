// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import FrameIO
import ZeroMQ

/// Encryption, and the ports that the agent uses.
enum LinkChecks {
  /// A message over CURVE from a client on the list arrives, and a stranger's does not.
  static func curve() -> Finding {
    guard ZeroMQLibrary.hasCurve else {
      return .warn(
        "curve", "libzmq \(ZeroMQLibrary.version) was built without it", "endpoints must stay on loopback; use Debian's"
      )
    }
    do {
      let (server, friend, stranger) = (
        try CurveKeyPair.generate(), try CurveKeyPair.generate(), try CurveKeyPair.generate()
      )
      let context = try Context()
      let list = AccessList([friend.publicKey])
      let sink = try Socket(.pull, in: context)
      try sink.secure(.server(server, admits: list))
      try sink.setReceiveTimeout(milliseconds: 3000)
      try sink.bind("tcp://127.0.0.1:*")
      let endpoint = try sink.lastEndpoint()
      let sources = [stranger, friend]
      for (index, pair) in sources.enumerated() {
        let source = try Socket(.push, in: context)
        try source.secure(.client(pair, server: server.publicKey))
        try source.setLinger(milliseconds: index == 0 ? 0 : 3000)
        try source.connect(endpoint)
        // A stranger's waits in its socket until it goes.
        _ = try source.send([[UInt8(index)]], waits: false)
        // Until it has knocked: on a busy machine later than at once.
        let deadline = ContinuousClock.now + .seconds(3)
        while index == 0, list.counts.unknownKeys == 0, ContinuousClock.now < deadline {
          Thread.sleep(forTimeInterval: 0.02)
        }
      }
      var message = Multipart()
      guard try sink.receive(into: &message) == .message, message.withParts({ $0.first?.first }) == 1 else {
        return .fail("curve", "a message of a client on the list did not arrive", "reinstall libzmq and libsodium")
      }
      guard list.counts.unknownKeys > 0 else {
        return .fail("curve", "a stranger was not refused", "reinstall libzmq and libsodium")
      }
      return .ok("curve", "libzmq \(ZeroMQLibrary.version): a listed client gets through, a stranger is refused")
    } catch {
      return .fail("curve", "\(error)", "reinstall libzmq and libsodium")
    }
  }

  /// Where frames come from: free to listen at, or somebody there who speaks ZeroMQ.
  static func input(_ configuration: AgentConfiguration, isAgentRunning: Bool) -> Finding {
    let endpoint = configuration.input.endpoint
    if configuration.input.bind { return listening("input", endpoint, isAgentRunning: isAgentRunning) }
    do {
      let security = try AgentSecurity(configuration).input
      let socket = try Socket(configuration.input.socket == .sub ? .sub : .pull, in: try Context())
      try socket.secure(security)
      var monitor = try ConnectionMonitor(socket)
      try socket.connect(endpoint)
      let deadline = ContinuousClock.now + .seconds(1.5)
      while ContinuousClock.now < deadline {
        switch try monitor.next() {
        case .established: return .ok("input", "somebody answers at \(endpoint)")
        case .handshakeFailed:
          return .fail(
            "input", "\(endpoint) answers, and does not come to terms",
            "compare keys (security.input_server_key) with the publisher's, and whether it encrypts at all")
        default: Thread.sleep(forTimeInterval: 0.02)
        }
      }
      return .warn("input", "nobody answers at \(endpoint)", "the agent waits for it: start the publisher")
    } catch {
      return .fail("input", "\(error)", "put input.endpoint and [security] right")
    }
  }

  static func output(_ configuration: AgentConfiguration, isAgentRunning: Bool) -> Finding {
    listening("output", configuration.output.endpoint, isAgentRunning: isAgentRunning)
  }

  static func monitor(_ configuration: AgentConfiguration) -> (isAgentRunning: Bool, Finding) {
    guard let address = LoopbackAddress(configuration.monitor.http) else {
      return (
        false,
        .warn(
          "monitor", "[monitor] http is \"\"", "without it nobody sees how the agent is; 127.0.0.1:9464 is the default")
      )
    }
    if let answer = LoopbackHTTP.get("/readyz", at: address) {
      let words = String(decoding: answer.body.prefix(80), as: UTF8.self).trimmingCharacters(
        in: .whitespacesAndNewlines)
      return answer.code == 200
        ? (true, .ok("monitor", "an agent is running at http://\(address): \(words)"))
        : (
          false,
          .warn(
            "monitor", "\(address) answers \(answer.code): \(words)", "another program, or an agent that is starting")
        )
    }
    do throws(MonitorServerError) {
      let server = try MonitorServer(address, pages: MonitorPages(MonitorBoard(), stallS: 10))
      server.stop()
      return (false, .ok("monitor", "\(address) is free"))
    } catch {
      return (
        false,
        .warn("monitor", error.description, "the agent runs without metrics then; set [monitor] http to another port")
      )
    }
  }

  private static func listening(_ check: String, _ endpoint: String, isAgentRunning: Bool) -> Finding {
    do throws(ZeroMQError) {
      let socket = try Socket(check == "input" ? .sub : .xpub, in: try Context())
      try socket.bind(endpoint)
      return .ok(check, "\(endpoint) is free")
    } catch {
      guard case .endpointInUse = error else {
        return .fail(check, "\(error)", "put \(check).endpoint right")
      }
      return isAgentRunning
        ? .ok(check, "\(endpoint) is in use, and an agent is running")
        : .fail(check, "\(endpoint) is in use by another program", "find it with ss -ltnp, or choose another port")
    }
  }
}
