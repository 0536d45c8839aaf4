// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import FlyingFox
import Foundation
import FrameIO
import GlazerCore
import ZeroMQ

/// `glazer view`: a live page.
struct ViewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "view", abstract: "Serves a live page that draws the latest frame with its cells coloured by angle.",
    discussion: """
      Example:
        glazer view --connect tcp://127.0.0.1:5556 --http 127.0.0.1:8080
      """)

  @Option(name: .long, help: ArgumentHelp("Where the agent publishes.", valueName: "endpoint"))
  var connect = "tcp://127.0.0.1:5556"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "IPv4 address and port of the page; 0.0.0.0 serves every network (with --allow-plaintext).",
      valueName: "address:port"))
  var http = "127.0.0.1:8080"

  @Flag(help: "Serve the page, which has no encryption and no password, to other machines too.")
  var allowPlaintext = false

  @OptionGroup(title: "Security") var security: ConnectingSecurity

  func run() async throws {
    try await reportingErrors {
      StopSignals.install()
      let address = try ViewAddress(http)
      guard allowPlaintext || EndpointReach(host: address.host) == .machine else {
        throw SecurityError.exposed(
          endpoint: http, setting: "--http", encrypt: "a tunnel (ssh -L) to it", allow: "--allow-plaintext")
      }
      let hub = ViewHub()
      let receiver = try ViewReceiver(
        connect, hub: hub, security: try security.link(), refusal: security.refusal(by: connect))
      let server = HTTPServer(
        address: try .inet(ip4: address.host, port: address.port), logger: .disabled,
        handler: ViewServer(hub: hub, origin: ViewOrigin(address: address.host)).routes())
      let serving = Task { try await server.run() }
      do {
        try await server.waitUntilListening(timeout: 5)
      } catch {
        // The reason stands with the server's own task.
        do { try await serving.value } catch { throw ViewError.cannotListen(address: http, reason: reason(error)) }
        throw ViewError.cannotListen(address: http, reason: reason(error))
      }
      FileHandle.standardError.write(Data("glazer: live page at http://\(address.host):\(address.port)/\n".utf8))
      // SIGTERM and SIGINT are how it is meant to end.
      let watching = Task {
        while !StopSignals.received { try await Task.sleep(for: .milliseconds(50)) }
        await server.stop()
      }
      defer { watching.cancel() }
      do { try await serving.value } catch  where StopSignals.received {}
      withExtendedLifetime(receiver) {}
    }
  }

  /// What a person can read of an error of the server.
  private func reason(_ error: any Error) -> String { (error as? any LocalizedError)?.errorDescription ?? "\(error)" }
}

struct ViewAddress: Equatable {
  var host: String
  var port: UInt16

  /// From "127.0.0.1:8080".
  init(_ text: String) throws(ViewError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = UInt16(parts[1]), port > 0, octets.count == 4,
      octets.allSatisfy({ UInt8($0) != nil })
    else { throw .badAddress(text) }
    (host, self.port) = (String(parts[0]), port)
  }
}

enum ViewError: DiagnosableError, Equatable {
  case badAddress(String)
  case cannotListen(address: String, reason: String)

  var category: ErrorCategory {
    switch self {
    case .badAddress: .usage
    case .cannotListen: .unavailable
    }
  }

  var description: String {
    switch self {
    case .badAddress(let text): "--http is \"\(text)\", expected an IPv4 address and a port such as 127.0.0.1:8080"
    case .cannotListen(let address, let reason): "\(address): cannot serve the page there: \(reason)"
    }
  }
}
