// SPDX-License-Identifier: GPL-3.0-or-later

/// An answer to a probe: yes or no, and one line that says why.
public struct Health: Sendable, Equatable {
  public var isGood: Bool
  public var reason: String

  /// Does the agent's loop turn? It does a few dozen times a second without frames, and once a frame at least.
  public static func alive(_ board: MonitorBoard, limitS: Double) -> Health {
    guard let idleS = board.idleS() else {
      // Nothing to complain of: a start that hangs is for the service manager's start timeout.
      return Health(isGood: true, reason: "starting")
    }
    let shown = (idleS * 100).rounded() / 100
    return idleS <= limitS
      ? Health(isGood: true, reason: "the loop turned \(shown) s ago")
      : Health(isGood: false, reason: "the loop has not turned for \(shown) s, expected at most \(limitS) s")
  }

  /// Would a frame be read? Sockets are open and the model is loaded; whether frames come is the source's affair.
  public static func ready(_ board: MonitorBoard) -> Health {
    switch board.phase {
    case .starting: Health(isGood: false, reason: "starting: sockets and model are not there yet")
    case .ready: Health(isGood: true, reason: "sockets open, model loaded")
    case .ending: Health(isGood: false, reason: "ending")
    }
  }
}
