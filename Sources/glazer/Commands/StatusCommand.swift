// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore

/// `glazer status`: what an agent does, on one screen.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows what an agent does, on one screen that follows it.",
    discussion: """
      On a terminal the screen is drawn anew with each status, until Ctrl-C; elsewhere a line is printed for each. --once \
      shows one and ends, with code 69 when none comes in time.

      Example:
        glazer status --connect tcp://127.0.0.1:5556
        glazer status --http 127.0.0.1:9464 --once --json
      """)

  @Option(name: .long, help: ArgumentHelp("Where the agent publishes.", valueName: "endpoint"))
  var connect = "tcp://127.0.0.1:5556"

  @Option(
    name: .long, help: ArgumentHelp("Ask the agent's monitor instead ([monitor] http).", valueName: "address:port"))
  var http: String?

  @Flag(name: .long, help: "Show one status and end.") var once = false
  @Flag(name: .long, help: "Print each status as the agent sent it, one JSON object a line.") var json = false

  @Option(name: .long, help: ArgumentHelp("With --once, give up after so long.", valueName: "seconds"))
  var timeout = 5.0

  @OptionGroup(title: "Security") var security: ConnectingSecurity

  func validate() throws {
    if let http, LoopbackAddress(http) == nil {
      throw ValidationError(
        "--http is \"\(http)\", expected an address on loopback with a port, such as 127.0.0.1:9464")
    }
    try Timeout.check(timeout)
  }

  func run() async throws {
    try await reportingErrors {
      StopSignals.install()
      if let address = http.flatMap({ LoopbackAddress($0) }) {
        try follow(StatusSource(monitor: address))
      } else {
        try follow(try StatusSource(endpoint: connect, security: try security.link()))
      }
    }
  }

  private func follow(_ source: StatusSource) throws {
    var screen = StatusScreen(place: source.place)
    let start = ContinuousClock.now
    var (statusAt, eventAt, drawnAt) = (start, start, start - .seconds(10))
    while !StopSignals.received {
      switch try next(source, &screen) {
      case .status(let status, let bytes):
        (screen.status, statusAt) = (status, .now)
        if json {
          print(String(decoding: bytes, as: UTF8.self))
        } else if once {
          print(screen.text, terminator: "")
        } else if !isScreen {
          print(status.line)
        }
        // Seen at once where the output is a pipe.
        fflush(nil)
        if once { return }
        if source.isAsked, !isScreen { Self.wait(seconds: 1) }
      case .event(let event): (screen.event, eventAt) = (event, .now)
      case nil: break
      }
      if source.isRefused { screen.refusal = security.refusal(by: source.place) }
      if once, start.duration(to: .now) > .seconds(timeout) {
        if let refusal = screen.refusal { throw StatusError.refused(refusal) }
        throw StatusError.silent(place: source.place, seconds: timeout)
      }
      guard isScreen, drawnAt.duration(to: .now) > .milliseconds(500) else { continue }
      drawnAt = .now
      screen.ageS = statusAt.duration(to: .now) / .seconds(1)
      screen.eventAgeS = eventAt.duration(to: .now) / .seconds(1)
      Self.draw(screen.text)
      if source.isAsked { Self.wait(seconds: 0.5) }
    }
  }

  /// What an endpoint sends and nobody can read is said once and passed over: the next status may be sound. A monitor was asked, and has
  /// to answer.
  private func next(_ source: StatusSource, _ screen: inout StatusScreen) throws -> StatusNews? {
    do {
      return try source.next()
    } catch let error as OverlayError where !source.isAsked {
      if screen.damage == nil {
        screen.damage = "a message was passed over: \(error.description.onOneLine)"
        if !isScreen, let damage = screen.damage { StreamStatus.say(damage) }
      }
      return nil
    }
  }

  private var isScreen: Bool { !once && !json && isatty(1) == 1 }

  /// From the top left, each line up to its end, and nothing below.
  private static func draw(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\u{1B}[K\r\n")
    print("\u{1B}[H" + lines + "\u{1B}[J", terminator: "")
    fflush(nil)
  }

  private static func wait(seconds: Double) {
    let end = ContinuousClock.now + .seconds(seconds)
    while !StopSignals.received, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
  }
}

enum StatusError: DiagnosableError {
  case silent(place: String, seconds: Double)
  case refused(String)

  var category: ErrorCategory { .unavailable }

  var description: String {
    switch self {
    case .silent(let place, let seconds): "\(place): no status for \(seconds) s; is the agent running?"
    case .refused(let reason): reason
    }
  }
}
