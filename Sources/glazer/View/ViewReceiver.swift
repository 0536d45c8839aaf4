// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import ZeroMQ

/// The thread that receives what the agent publishes and puts it into the hub, for as long as the program runs.
final class ViewReceiver {
  /// Carries the socket to the thread that owns it from then on.
  private final class Loop: @unchecked Sendable {
    var subscriber: OverlaySubscriber
    let hub: ViewHub
    let refusal: String

    init(_ subscriber: consuming OverlaySubscriber, _ hub: ViewHub, refusal: String) {
      self.subscriber = subscriber
      self.refusal = refusal
      self.hub = hub
    }

    func run() {
      var damaged = 0
      var isRefusalTold = false
      while true {
        do {
          let next = try subscriber.next()
          if subscriber.failedHandshakes > 0, !isRefusalTold {
            isRefusalTold = true
            say(refusal)
          }
          guard let message = next else { continue }
          try hub.take(message.topic, message.parts)
        } catch let error as OverlayError {
          // One line for the first of them: a foreign publisher may send thousands.
          if damaged == 0 { say("a message was not drawn: \(error.description)") }
          damaged += 1
        } catch {
          return say("no more messages: \(error)")
        }
      }
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data("glazer: \(text.onOneLine)\n".utf8)) }
  }

  private let thread: Thread

  /// Opens the socket on the caller's thread, so that a bad endpoint is an error here.
  init(_ endpoint: String, hub: ViewHub, security: LinkSecurity, refusal: String) throws(ZeroMQError) {
    let context = try Context()
    let subscriber = try OverlaySubscriber(
      endpoint, topics: [.overlay, .status, .event, .preview], context: context, security: security)
    let loop = Loop(subscriber, hub, refusal: refusal)
    thread = Thread { loop.run() }
    thread.name = "overlays"
    thread.start()
  }
}
