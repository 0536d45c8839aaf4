// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import Synchronization

/// Shares the state between the thread that receives and the tasks that serve pages.
final class ViewHub: Sendable {
  private struct Shared {
    var state = ViewState()
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let shared = Mutex(Shared())

  /// From the receiving thread; a damaged message is an error.
  func take(_ topic: OverlayTopic, _ parts: [[UInt8]]) throws(OverlayError) {
    // Mutex passes typed errors on.
    let waiting = try shared.withLock { (shared) throws(OverlayError) -> [CheckedContinuation<Void, Never>] in
      try shared.state.take(topic, parts)
      defer { shared.waiting.removeAll() }
      return shared.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Waits for something newer than `version`; gives the packed messages and the version they make.
  func next(after version: Int) async -> (version: Int, bundle: [UInt8]) {
    while true {
      if let found = newer(than: version) { return found }
      await withCheckedContinuation { continuation in
        let isOld = shared.withLock { shared in
          guard shared.state.version <= version else { return false }
          shared.waiting.append(continuation)
          return true
        }
        if !isOld { continuation.resume() }
      }
    }
  }

  private func newer(than version: Int) -> (version: Int, bundle: [UInt8])? {
    let (now, messages) = shared.withLock { ($0.state.version, $0.state.messages(after: version)) }
    return now > version ? (now, ViewBundle.pack(messages)) : nil
  }
}
