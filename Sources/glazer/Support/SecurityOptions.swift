// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import FrameIO
import ZeroMQ

/// Options of commands that connect to somebody.
struct ConnectingSecurity: ParsableArguments {
  @Option(help: ArgumentHelp("Own secret key file, as glazer keygen makes it.", valueName: "file"))
  var curveSecret: String?

  @Option(help: ArgumentHelp("Encrypt: public key file of the server to connect to.", valueName: "file"))
  var curveServer: String?

  func link() throws(SecurityError) -> LinkSecurity {
    if curveServer == nil, curveSecret != nil {
      throw .unused(setting: "--curve-secret", why: "expected --curve-server, too, to know whom to trust")
    }
    return try LinkSettings(own: .init("--curve-secret", curveSecret), peer: .init("--curve-server", curveServer))
      .connecting()
  }

  /// What to say when connections to `endpoint` end in the handshake.
  func refusal(by endpoint: String) -> String {
    curveServer == nil
      ? "\(endpoint): no connection: it wants CURVE (--curve-secret, --curve-server), or is no ZeroMQ socket"
      : "\(endpoint): no connection: it does not list our key, has another than --curve-server, or does not encrypt"
  }
}

/// Options of commands that listen.
struct ListeningSecurity: ParsableArguments {
  @Option(help: ArgumentHelp("Own secret key file, as glazer keygen makes it.", valueName: "file"))
  var curveSecret: String?

  @Option(
    help: ArgumentHelp(
      "Encrypt: folder of the public keys (*.key) that may connect, or one of them.", valueName: "path"))
  var curveClients: String?

  @Flag(help: "Listen to other machines without encryption.")
  var allowPlaintext = false

  func link(at endpoint: String) throws(SecurityError) -> LinkSecurity {
    if curveClients == nil, curveSecret != nil {
      throw .unused(setting: "--curve-secret", why: "expected --curve-clients, too, to know whom to let in")
    }
    return try LinkSettings(own: .init("--curve-secret", curveSecret), peer: .init("--curve-clients", curveClients))
      .listening(at: endpoint, setting: "--bind", allowsPlaintext: allowPlaintext, allow: "--allow-plaintext")
  }
}
