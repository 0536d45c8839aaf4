// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// The I/O threads and sockets of a program. Safe to share between threads. Ends when its last socket and holder are
/// gone; unsent messages of sockets with a linger time delay that by at most this time.
public final class Context: @unchecked Sendable {
  let raw: UnsafeMutableRawPointer

  public init() throws(ZeroMQError) {
    guard let raw = zmq_ctx_new() else { throw .last("create a context") }
    self.raw = raw
  }

  deinit {
    // Every socket holds its context, so none is open here and this does not block on one.
    while zmq_ctx_term(raw) != 0 && zmq_errno() == EINTR {}
  }
}
