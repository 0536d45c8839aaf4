// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import FrameIO
import GlazerCore
import ZeroMQ

/// What was heard of an agent.
enum StatusNews {
  /// With the JSON as it came.
  case status(AgentStatus, json: [UInt8])
  case event(ReceivedEvent)
}

/// Hears an agent's status: over its endpoint, where it comes by itself, or from its monitor, which is asked once a second.
struct StatusSource {
  /// Holds what cannot be copied.
  private final class Ear {
    var subscriber: OverlaySubscriber

    init(_ subscriber: consuming OverlaySubscriber) { self.subscriber = subscriber }
  }

  let place: String
  private let monitor: LoopbackAddress?
  private let ear: Ear?

  init(endpoint: String, security: LinkSecurity) throws(ZeroMQError) {
    let subscriber = try OverlaySubscriber(
      endpoint, topics: [.status, .event], context: try Context(), security: security)
    ear = Ear(subscriber)
    monitor = nil
    place = endpoint
  }

  init(monitor: LoopbackAddress) {
    self.monitor = monitor
    ear = nil
    place = "http://\(monitor)"
  }

  /// True where the agent is asked and does not tell by itself.
  var isAsked: Bool { monitor != nil }

  /// True where the agent is there and does not come to terms with our keys, or with our having none.
  var isRefused: Bool { (ear?.subscriber.failedHandshakes ?? 0) > 0 }

  /// The next news; nil when there was none for a moment. What cannot be read is an error.
  func next() throws -> StatusNews? {
    if let monitor { return try ask(monitor) }
    guard let message = try ear?.subscriber.next() else { return nil }
    switch message.topic {
    case .status: return .status(try OverlayDecoder.decodeStatus(message.parts), json: message.parts[1])
    case .event: return .event(try OverlayDecoder.decodeEvent(message.parts))
    default: return nil
    }
  }

  private func ask(_ address: LoopbackAddress) throws -> StatusNews? {
    guard let answer = LoopbackHTTP.get("/status", at: address), answer.code == 200 else {
      Thread.sleep(forTimeInterval: 0.2)
      return nil
    }
    let json = Array(answer.body.prefix { $0 != 10 })
    return .status(try OverlayDecoder.decodeStatus(json: json), json: json)
  }
}
