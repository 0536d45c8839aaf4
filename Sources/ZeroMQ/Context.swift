// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ
import Synchronization

/// The I/O threads and sockets of a program. Safe to share between threads. Ends when its last socket and holder are
/// gone; unsent messages of sockets with a linger time delay that by at most this time.
public final class Context: @unchecked Sendable {
  let raw: UnsafeMutableRawPointer
  private let gatekeeper = Mutex<Gatekeeper?>(nil)

  public init() throws(ZeroMQError) {
    guard let raw = zmq_ctx_new() else { throw .last("create a context") }
    self.raw = raw
  }

  /// Who decides about connections to CURVE servers of this context; made when first asked for.
  func theGatekeeper() throws(ZeroMQError) -> Gatekeeper {
    try gatekeeper.withLock { (gatekeeper) throws(ZeroMQError) -> Gatekeeper in
      if let gatekeeper { return gatekeeper }
      let new = try Gatekeeper(of: self)
      gatekeeper = new
      return new
    }
  }

  deinit {
    // Every socket holds its context, but for the gatekeeper's, which this call makes it close: it does not block.
    while zmq_ctx_term(raw) != 0 && zmq_errno() == EINTR {}
  }
}
