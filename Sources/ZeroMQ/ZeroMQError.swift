// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// What libzmq refused.
public enum ZeroMQError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Somebody else listens there.
  case endpointInUse(String)
  /// Not an endpoint of libzmq, or one it cannot resolve.
  case invalidEndpoint(String, reason: String)
  /// A valid endpoint that cannot be bound or connected.
  case endpointRefused(String, reason: String)
  /// The context was shut down.
  case terminated
  /// Anything else, with the call that failed.
  case failed(operation: String, reason: String)

  public var description: String {
    switch self {
    case .endpointInUse(let endpoint): "\(endpoint): the address is in use by another program; choose a free port"
    case .invalidEndpoint(let endpoint, let reason):
      "\(endpoint): not a usable endpoint (\(reason)); expected for example tcp://127.0.0.1:5555 or ipc:///run/frames"
    case .endpointRefused(let endpoint, let reason): "\(endpoint): cannot be used: \(reason)"
    case .terminated: "the ZeroMQ context was shut down"
    case .failed(let operation, let reason): "ZeroMQ: \(operation): \(reason)"
    }
  }

  static func last(_ operation: String) -> ZeroMQError {
    let code = zmq_errno()
    return code == ETERM ? .terminated : .failed(operation: operation, reason: String(cString: zmq_strerror(code)))
  }

  static func last(endpoint: String) -> ZeroMQError {
    let code = zmq_errno()
    let reason = String(cString: zmq_strerror(code))
    return switch code {
    case EADDRINUSE: .endpointInUse(endpoint)
    case EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO, ENODEV, ENOENT, ENAMETOOLONG:
      .invalidEndpoint(endpoint, reason: reason)
    case ETERM: .terminated
    default: .endpointRefused(endpoint, reason: reason)
    }
  }
}
