// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore
import ZeroMQ

/// `glazer watch`: one line per overlay.
struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Prints one line for each overlay that an agent publishes.",
    discussion: """
      Latency is from the moment the agent received a frame to the moment it published the overlay.

      Example:
        glazer watch --connect tcp://127.0.0.1:5556 --frames 20
      """)

  @Option(name: .long, help: ArgumentHelp("Where the agent publishes.", valueName: "endpoint"))
  var connect = "tcp://127.0.0.1:5556"

  @Option(name: .long, help: ArgumentHelp("End after so many overlays.", valueName: "n"))
  var frames: Int?

  @Option(name: .long, help: ArgumentHelp("Give up when no overlay comes for so long.", valueName: "seconds"))
  var timeout: Double?

  @OptionGroup(title: "Security") var security: ConnectingSecurity

  func validate() throws {
    if let frames, frames < 1 { throw ValidationError("--frames is \(frames), expected at least 1") }
    if let timeout { try Timeout.check(timeout) }
  }

  func run() async throws {
    try await reportingErrors { try watch() }
  }

  private func watch() throws {
    var subscriber = try OverlaySubscriber(
      connect, topics: [.overlay, .event], context: try Context(), security: try security.link())
    var count = 0
    var last = ContinuousClock.now
    var isRefusalTold = false
    var isDamageTold = false
    while frames.map({ count < $0 }) ?? true {
      if let timeout, last.duration(to: .now) > .seconds(timeout) {
        throw WatchError.silent(endpoint: connect, seconds: timeout, seen: count)
      }
      let next = try subscriber.next()
      if subscriber.failedHandshakes > 0, !isRefusalTold {
        isRefusalTold = true
        StreamStatus.say(security.refusal(by: connect))
      }
      guard let message = next else { continue }
      do throws(OverlayError) {
        guard try Self.show(message.topic, message.parts) else { continue }
        count += 1
        last = .now
      } catch {
        // One line for the first of them: a foreign publisher may send thousands.
        if !isDamageTold { StreamStatus.say("a message was passed over: \(error.description.onOneLine)") }
        isDamageTold = true
      }
    }
  }

  /// True for an overlay.
  private static func show(_ topic: OverlayTopic, _ parts: [[UInt8]]) throws(OverlayError) -> Bool {
    switch topic {
    case .overlay:
      print(line(try OverlayDecoder.decode(parts)))
      // Seen at once where the output is a pipe.
      fflush(nil)
    case .event: StreamStatus.say(line(try OverlayDecoder.decodeEvent(parts)))
    default: break
    }
    return topic == .overlay
  }

  static func line(_ event: ReceivedEvent) -> String {
    let place = event.frame.map { "frame \($0): " } ?? ""
    // What is new here goes by its name, too.
    let kind = event.knownKind == nil ? "\(event.kind.prefix(40)): " : ""
    return (place + kind + event.message).onOneLine + (event.count > 1 ? " (\(event.count) times)" : "")
  }

  static func line(_ overlay: Overlay) -> String {
    let (header, summary) = (overlay.header, OverlaySummary(overlay.cells))
    func number(_ value: Double?, _ format: String) -> String { value.map { String(format: format, $0) } ?? "-" }
    let received = min(header.times.received, header.times.published)
    let latencyMs = Double(header.times.published - received) / 1e6
    return "frame \(header.frame)  cells \(summary.cells)  lattice \(header.lattice.locked ? "locked" : "found")"
      + "  mean |q| \(number(summary.meanAbsQ, "%.2f")) deg  median rho \(number(summary.medianRho, "%.2f")) deg"
      + (header.regions.map { "  regions " + Self.regions($0.regions) } ?? "")
      + "  latency \(number(latencyMs, "%.1f")) ms"
  }
}

extension WatchCommand {
  /// "2: --- 208, not told 107": senses and cells of each, that with the most readable ones first.
  fileprivate static func regions(_ regions: [TiltRegion]) -> String {
    let shown = regions.prefix(4).map { "\($0.isTold ? $0.senses.description : "not told") \($0.cells)" }
    return "\(regions.count)" + (shown.isEmpty ? "" : ": ") + shown.joined(separator: ", ")
      + (regions.count > 4 ? ", …" : "")
  }
}

enum WatchError: DiagnosableError {
  case silent(endpoint: String, seconds: Double, seen: Int)

  var category: ErrorCategory { .unavailable }

  var description: String {
    switch self {
    case .silent(let endpoint, let seconds, let seen):
      "\(endpoint): no overlay for \(seconds) s after \(seen) of them; is the agent running, and does it get frames?"
    }
  }
}
