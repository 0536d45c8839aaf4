// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Dispatch
import Foundation

/// Turns SIGTERM and SIGINT into a stop request and SIGHUP into a reload, for as long as it lives.
final class AgentSignals {
  private let sources: [any DispatchSourceSignal]

  /// `reload` is called on a queue of its own, never twice at a time: what comes while it runs makes one more call.
  init(_ stop: StopRequest, reload: @escaping @Sendable () -> Void) {
    // Of low priority: reading and trying a model takes no time from frames.
    let ends = [SIGTERM, SIGINT].map { Self.source($0, .global(qos: .utility)) { stop.request() } }
    sources = ends + [Self.source(SIGHUP, DispatchQueue(label: "reload", qos: .utility), reload)]
  }

  deinit { for source in sources { source.cancel() } }

  private static func source(
    _ number: Int32, _ queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void
  ) -> any DispatchSourceSignal {
    // The default action would end the process before the source is asked.
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler(handler: handler)
    source.resume()
    return source
  }
}
