// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Synchronization
import TestSupport
import ZeroMQ

/// A peer that speaks just enough ZMTP 3.0 to send subscriptions, or anything else, without end, from a thread of its own until it is stopped
/// or cut off.
final class FloodingSubscriber: Sendable {
  enum Flood: Sendable, CaseIterable {
    case subscriptions
    case foreignMessages
    /// Of more parts than are received.
    case manyParts

    /// ZMTP frames: a flag (1: more parts follow), a length, and what begins with 1 in a subscription.
    fileprivate func message(_ number: UInt32) -> [UInt8] {
      let body = withUnsafeBytes(of: number) { Array($0) }
      switch self {
      case .subscriptions: return [0, 5, 1] + body
      case .foreignMessages: return [0, 5, 7] + body
      case .manyParts: return (0..<Multipart.largestPartCount).flatMap { _ in [1, 5, 7] + body } + [0, 5, 7] + body
      }
    }
  }

  private let kind: Flood
  private let isStopped = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)
  /// Times that it has got through to subscribing.
  private let connections = Atomic(0)

  var connectionCount: Int { connections.load(ordering: .relaxed) }

  /// `endpoint` is `tcp://127.0.0.1:PORT`. Comes back when it is cut off.
  init(_ endpoint: String, _ kind: Flood) {
    self.kind = kind
    let port = UInt16(endpoint.split(separator: ":").last ?? "") ?? 0
    Thread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        if let peer = try? RawPeer(port: port, patienceS: 0.2) { flood(peer) }
        usleep(10_000)
      }
      ended.signal()
    }.start()
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    _ = ended.wait(timeout: .now() + 5)
  }

  private func flood(_ peer: RawPeer) {
    // Signature, version 3.0, mechanism NULL, no server, filler.
    let greeting: [UInt8] = [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
    let property: [UInt8] = [11] + Array("Socket-Type".utf8) + [0, 0, 0, 3] + Array("SUB".utf8)
    let ready: [UInt8] = [5] + Array("READY".utf8) + property
    guard send(greeting + [UInt8](repeating: 0, count: 64 - greeting.count), to: peer), peer.receive(64),
      send([4, UInt8(ready.count)] + ready, to: peer), peer.receive(2)
    else { return }
    connections.add(1, ordering: .relaxed)
    var number: UInt32 = 0
    while !isStopped.load(ordering: .relaxed) {
      var frames: [UInt8] = []
      for _ in 0..<4096 {
        number &+= 1
        frames += kind.message(number)
      }
      guard send(frames, to: peer) else { return }
    }
  }

  /// All of it, or false.
  private func send(_ bytes: [UInt8], to peer: RawPeer) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty, !isStopped.load(ordering: .relaxed) {
      let count = peer.send(rest)
      if count < 0, errno == EAGAIN { continue }
      guard count > 0 else { return false }
      rest.removeFirst(count)
    }
    return rest.isEmpty
  }
}
