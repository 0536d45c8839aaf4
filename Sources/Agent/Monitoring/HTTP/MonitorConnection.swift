// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// One request and its answer on a socket that never waits.
final class MonitorConnection {
  /// A peer that has not asked, or not read the answer, after this time is cut off.
  static let patienceNs: UInt64 = 5_000_000_000

  let descriptor: Int32
  private let openedNs: UInt64
  private var request: [UInt8] = []
  private var answer: [UInt8] = []
  private var sent = 0

  /// Takes over an accepted socket.
  init(_ descriptor: Int32, atNs now: UInt64) {
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    self.descriptor = descriptor
    openedNs = now
  }

  deinit { close(descriptor) }

  /// What poll(2) should wait for.
  var events: Int16 { Int16(answer.isEmpty ? POLLIN : POLLOUT) }

  func isLate(atNs now: UInt64) -> Bool { now > openedNs && now - openedNs > Self.patienceNs }

  /// Goes on as far as the socket lets; false when the connection is over.
  func proceed(_ respond: (HTTPRequest) -> HTTPResponse) -> Bool {
    if answer.isEmpty {
      let isOpen = receive()
      switch HTTPRequest.parse(request) {
      // What a peer left unsaid when it ended its side never comes, and poll(2) would be ready for it all the time.
      case .incomplete: return isOpen
      case .refused(let status):
        answer = HTTPResponse(status: status, body: "\(status.phrase)\n").bytes()
      case .request(let request): answer = respond(request).bytes(hasBody: request.method != "HEAD")
      }
    }
    return send()
  }

  /// Takes what has come; false when nothing more can come.
  private func receive() -> Bool {
    var isOpen = true
    withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { buffer in
      // Bounded: a head that is too large is refused with what has been read.
      while request.count < HTTPRequest.maximumHeadBytes {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
          request.append(contentsOf: buffer[..<count])
        } else {
          isOpen = count < 0 && (errno == EAGAIN || errno == EINTR)
          return
        }
      }
    }
    return isOpen
  }

  /// False when all is sent, or nothing more can be.
  private func send() -> Bool {
    while sent < answer.count {
      let count = answer[sent...].withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      sent += count
    }
    shutdown(descriptor, Int32(SHUT_WR))
    return false
  }
}
