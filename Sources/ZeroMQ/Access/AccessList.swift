// SPDX-License-Identifier: GPL-3.0-or-later
import Synchronization

/// Who may connect to one of our sockets, and how many did and did not. Shared between the thread that decides
/// (`Gatekeeper`) and whoever changes or reads it.
public final class AccessList: Sendable {
  /// Connections since the start. libzmq's clients try once with a key that is not on the list, and a little later again
  /// and again where the handshake failed.
  public struct Counts: Sendable, Equatable {
    public var accepted: UInt64 = 0
    /// Strangers: connections with a key that is not on the list, and `keyless` ones.
    public var refused: UInt64 { unknownKeys + keyless }
    public var unknownKeys: UInt64 = 0
    /// Connections that ended in the handshake: no key, another server's key, or not ZeroMQ's protocol.
    public var keyless: UInt64 = 0
    /// The last refused key and where it came from; nobody's without a key is known.
    public var lastRefused: Refusal?

    public init() {}
  }

  public struct Refusal: Sendable, Equatable {
    public var key: CurvePublicKey
    /// As libzmq tells it: an IP address.
    public var address: String
  }

  private struct State {
    var keys: Set<CurvePublicKey>
    var counts = Counts()
  }

  private let state: Mutex<State>
  /// `counts.refused`, written under the lock.
  private let refusals = Atomic<UInt64>(0)

  /// An empty list lets nobody in.
  public init(_ keys: Set<CurvePublicKey>) { state = Mutex(State(keys: keys)) }

  public var keys: Set<CurvePublicKey> { state.withLock { $0.keys } }

  public var counts: Counts { state.withLock { $0.counts } }

  /// `counts.refused` alone, without the lock and without a copy: for who looks again and again whether there is more to tell.
  public var refusedCount: UInt64 { refusals.load(ordering: .relaxed) }

  /// Replaces the list for connections to come; returns the keys that are no longer on it. What is connected stays so:
  /// libzmq ends no single connection (`Socket.bind(_:inPlaceOf:)` ends all).
  public func replace(with keys: Set<CurvePublicKey>) -> Set<CurvePublicKey> {
    state.withLock { state in
      defer { state.keys = keys }
      return state.keys.subtracting(keys)
    }
  }

  /// Decides on one connection, and counts it.
  func admits(_ key: CurvePublicKey, from address: String) -> Bool {
    state.withLock { state in
      guard state.keys.contains(key) else {
        state.counts.unknownKeys += 1
        state.counts.lastRefused = Refusal(key: key, address: address)
        refusals.add(1, ordering: .relaxed)
        return false
      }
      state.counts.accepted += 1
      return true
    }
  }

  func handshakeFailed() {
    state.withLock { state in
      state.counts.keyless += 1
      refusals.add(1, ordering: .relaxed)
    }
  }
}
