// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Synchronization

/// A peer that speaks just enough ZMTP 3.0 to subscribe without end, from a thread of its own until it is stopped or cut off.
final class FloodingSubscriber: Sendable {
  private let isStopped = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)
  /// Times that it has got through to subscribing.
  private let connections = Atomic(0)

  var connectionCount: Int { connections.load(ordering: .relaxed) }

  /// `endpoint` is `tcp://127.0.0.1:PORT`. Comes back when it is cut off.
  init(_ endpoint: String) {
    let port = UInt16(endpoint.split(separator: ":").last ?? "") ?? 0
    Thread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        flood(port)
        usleep(10_000)
      }
      ended.signal()
    }.start()
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    _ = ended.wait(timeout: .now() + 5)
  }

  private func flood(_ port: UInt16) {
    let peer = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(peer) }
    var patience = timeval(tv_sec: 0, tv_usec: 200_000)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(peer, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(peer, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { return }
    // Signature, version 3.0, mechanism NULL, no server, filler.
    let greeting: [UInt8] = [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
    let property: [UInt8] = [11] + Array("Socket-Type".utf8) + [0, 0, 0, 3] + Array("SUB".utf8)
    let ready: [UInt8] = [5] + Array("READY".utf8) + property
    guard send(peer, greeting + [UInt8](repeating: 0, count: 64 - greeting.count)), receive(peer, 64),
      send(peer, [4, UInt8(ready.count)] + ready), receive(peer, 2)
    else { return }
    connections.add(1, ordering: .relaxed)
    var number: UInt32 = 0
    while !isStopped.load(ordering: .relaxed) {
      var frames: [UInt8] = []
      for _ in 0..<4096 {
        number &+= 1
        frames += [0, 5, 1] + withUnsafeBytes(of: number) { Array($0) }
      }
      guard send(peer, frames) else { return }
    }
  }

  /// All of it, or false.
  private func send(_ peer: Int32, _ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count, !isStopped.load(ordering: .relaxed) {
      let count = bytes.withUnsafeBytes {
        Glibc.send(peer, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EAGAIN { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return sent == bytes.count
  }

  private func receive(_ peer: Int32, _ count: Int) -> Bool {
    var bytes = [UInt8](repeating: 0, count: count)
    return recv(peer, &bytes, count, Int32(MSG_WAITALL)) == count
  }
}
