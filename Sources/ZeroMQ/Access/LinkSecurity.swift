// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// How the connections of a socket are protected.
public enum LinkSecurity: Sendable {
  /// Not at all: for this machine alone.
  case plaintext
  /// CURVE, for a socket that connects: encrypted, and only with whoever has the secret half of `server`.
  case client(CurveKeyPair, server: CurvePublicKey)
  /// CURVE, for a socket that listens: encrypted, and only with the clients on the list.
  case server(CurveKeyPair, admits: AccessList)

  public var isEncrypted: Bool {
    if case .plaintext = self { false } else { true }
  }

  /// The list of a socket that listens with CURVE.
  public var accessList: AccessList? {
    if case .server(_, let list) = self { list } else { nil }
  }
}

extension Socket {
  /// Time for a peer's handshake; whoever says nothing must not hold a connection for long.
  static let handshakeMilliseconds: Int32 = 5000

  /// Protects the connections to come; before `bind` and `connect`.
  public func secure(_ security: LinkSecurity) throws(ZeroMQError) {
    switch security {
    case .plaintext: break
    case .client(let own, let server):
      try set(ZMQ_CURVE_SERVERKEY, of: server)
      try set(ZMQ_CURVE_PUBLICKEY, of: own.publicKey)
      try set(ZMQ_CURVE_SECRETKEY, of: own.secretKey)
    case .server(let own, let list):
      // First of all somebody who decides: libzmq lets every key in where it finds nobody to ask.
      let domain = try guarded(by: list)
      try set(ZMQ_ZAP_DOMAIN, text: domain)
      try set(ZMQ_CURVE_SERVER, Int32(1))
      try set(ZMQ_CURVE_SECRETKEY, of: own.secretKey)
      try set(ZMQ_HANDSHAKE_IVL, Self.handshakeMilliseconds)
    }
  }

  private func set(_ option: Int32, of key: CurvePublicKey) throws(ZeroMQError) {
    guard key.withRaw({ zmq_setsockopt(raw, option, $0.baseAddress, $0.count) }) == 0 else {
      throw .last("set a CURVE key")
    }
  }

  private func set(_ option: Int32, of key: CurveSecretKey) throws(ZeroMQError) {
    guard key.withRaw({ zmq_setsockopt(raw, option, $0.baseAddress, $0.count) }) == 0 else {
      throw .last("set a CURVE key")
    }
  }
}
