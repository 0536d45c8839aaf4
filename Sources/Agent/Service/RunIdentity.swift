// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Who publishes: the program, and one start of it.
public struct RunIdentity: Sendable, Equatable {
  /// Program and version, for example "glazer-agent/0.1.0".
  public var agent: String
  /// A new UUID for each start.
  public var run: String

  public init(agent: String = "glazer-agent/\(Glazer.version)", run: String = UUID().uuidString.lowercased()) {
    self.agent = agent
    self.run = run
  }
}
