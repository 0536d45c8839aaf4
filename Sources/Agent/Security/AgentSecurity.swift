// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import ZeroMQ

/// How the agent's two links are protected: the keys and lists that a configuration names, read once.
public struct AgentSecurity: Sendable {
  public let input: LinkSecurity
  public let output: LinkSecurity
  private let inputSettings: LinkSettings
  private let outputSettings: LinkSettings

  /// Reads the key files. Refuses what is half configured, and listening to other machines in plain text.
  public init(_ configuration: AgentConfiguration) throws(SecurityError) {
    let (security, binds) = (configuration.security, configuration.input.bind)
    let own = LinkSettings.Path("security.secret_key", security.secretKey)
    let server = LinkSettings.Path("security.input_server_key", security.inputServerKey)
    let senders = LinkSettings.Path("security.input_clients", security.inputClients)
    if binds, !security.inputServerKey.isEmpty {
      throw .unused(setting: server.setting, why: "input.bind is true, so senders connect; expected \(senders.setting)")
    }
    if !binds, !security.inputClients.isEmpty {
      throw .unused(
        setting: senders.setting, why: "input.bind is false, so the agent connects; expected \(server.setting)")
    }
    inputSettings = LinkSettings(own: own, peer: binds ? senders : server)
    outputSettings = LinkSettings(own: own, peer: LinkSettings.Path("security.output_clients", security.outputClients))
    let allow = "security.allow_plaintext = true"
    input =
      binds
      ? try inputSettings.listening(
        at: configuration.input.endpoint, setting: "input.endpoint", allowsPlaintext: security.allowPlaintext,
        allow: allow)
      : try inputSettings.connecting()
    output = try outputSettings.listening(
      at: configuration.output.endpoint, setting: "output.endpoint", allowsPlaintext: security.allowPlaintext,
      allow: allow)
    if !security.secretKey.isEmpty, !input.isEncrypted, !output.isEncrypted {
      throw .unused(
        setting: own.setting,
        why: "no list of clients and no server key; expected \(outputSettings.peer.setting) or \(server.setting)")
    }
  }

  /// Reads the lists of clients again, and changes nothing yet. From any thread.
  public func readLists() throws(SecurityError) -> AccessChange {
    var change = AccessChange()
    for (name, link, settings) in [("input", input, inputSettings), ("output", output, outputSettings)] {
      if let list = link.accessList { change.lists.append((name, list, try settings.clients())) }
    }
    return change
  }

  /// Whether a text is written like a key of CURVE and not like the path of its file.
  public static func isKey(_ text: String) -> Bool { CurveKeyFile.looksLikeKey(text) }

  /// One line for the log: who can listen and who can speak. No secret in it.
  public var summary: String { "input \(Self.words(input)), output \(Self.words(output))" }

  private static func words(_ link: LinkSecurity) -> String {
    switch link {
    case .plaintext: "in plain text"
    case .client(_, let server): "CURVE from server \(server)"
    case .server(let own, let list): "CURVE as \(own.publicKey) for \(list.keys.count) clients"
    }
  }
}

/// Lists of clients that were read and are good.
public struct AccessChange: Sendable {
  /// What a new list changed.
  struct Outcome {
    let link: String
    let clients: Int
    let added: Int
    let removed: Int

    /// For the log.
    var message: String {
      "\(link): \(clients) clients on the list, \(added) new, \(removed) removed"
        + (removed > 0 ? "; all connections are made anew" : "")
    }
  }

  fileprivate(set) var lists: [(name: String, list: AccessList, keys: Set<CurvePublicKey>)] = []

  /// Puts the lists into force for connections to come. Whoever was removed may be connected: where that is so, the caller
  /// drops the connections of the link.
  func apply() -> [Outcome] {
    lists.map { name, list, keys in
      let added = keys.subtracting(list.keys).count
      return Outcome(link: name, clients: keys.count, added: added, removed: list.replace(with: keys).count)
    }
  }
}
