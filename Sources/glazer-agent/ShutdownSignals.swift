// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Dispatch
import Foundation

/// Turns SIGTERM and SIGINT into a stop request, for as long as it lives.
final class ShutdownSignals {
  private let sources: [any DispatchSourceSignal]

  init(_ stop: StopRequest) {
    sources = [SIGTERM, SIGINT].map { number in
      // The default action would end the process before the source is asked.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { stop.request() }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}
