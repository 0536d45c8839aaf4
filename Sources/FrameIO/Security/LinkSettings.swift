// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// What an operator says about the protection of one link, in a file or on a command line, with the words to name it in
/// messages. Paths that are nil or empty were not given.
public struct LinkSettings: Sendable {
  public struct Path: Sendable {
    public var setting: String
    public var path: String?

    public init(_ setting: String, _ path: String?) { (self.setting, self.path) = (setting, path) }

    var given: String? { path.flatMap { $0.isEmpty ? nil : $0 } }
  }

  /// Secret file of the own key pair.
  public var own: Path
  /// Public file of the server, for a link that connects; folder or file of the clients for one that listens.
  public var peer: Path

  public init(own: Path, peer: Path) { (self.own, self.peer) = (own, peer) }

  /// For a link that connects.
  public func connecting() throws(SecurityError) -> LinkSecurity {
    guard let peerPath = peer.given else { return .plaintext }
    let pair = try ownPair()
    return .client(
      pair, server: try load(peer) { () throws(CurveKeyError) in try CurveKeyFile.publicKey(at: peerPath) })
  }

  /// For a link that listens at `endpoint` (`setting` names it). Without encryption that is refused where other machines
  /// reach it, unless the operator says that it is meant; `allow` is how.
  public func listening(
    at endpoint: String, setting: String, allowsPlaintext: Bool, allow: String
  ) throws(SecurityError) -> LinkSecurity {
    guard peer.given != nil else {
      guard allowsPlaintext || EndpointReach(endpoint: endpoint) == .machine else {
        throw .exposed(endpoint: endpoint, setting: setting, encrypt: peer.setting, allow: allow)
      }
      return .plaintext
    }
    return .server(try ownPair(), admits: AccessList(try clients()))
  }

  /// The allow-list as it stands on disk now.
  public func clients() throws(SecurityError) -> Set<CurvePublicKey> {
    let path = peer.given ?? ""
    return try load(peer) { () throws(CurveKeyError) in try CurveKeyFile.publicKeys(at: path) }
  }

  private func ownPair() throws(SecurityError) -> CurveKeyPair {
    guard let path = own.given else { throw .missing(setting: own.setting, neededBy: peer.setting) }
    return try load(own) { () throws(CurveKeyError) in try CurveKeyFile.keyPair(at: path) }
  }

  private func load<Value>(_ path: Path, _ body: () throws(CurveKeyError) -> Value) throws(SecurityError) -> Value {
    do throws(CurveKeyError) { return try body() } catch { throw .key(error, setting: path.setting) }
  }
}
