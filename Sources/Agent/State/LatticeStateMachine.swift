// SPDX-License-Identifier: GPL-3.0-or-later

/// Where the agent stands with the lattice, and what to do with the next frame.
///
/// A pure value: it decides, the pipeline acts and reports back. One frame goes
/// `begin` → (`trackFailed`) → `found` or `notFound`.
///
/// ```
///              found                    track failed, search failed
///  searching ─────────▶ locked ───────────────────────────────────▶ lost
///      ▲                  ▲ └─ track ok, or search ok ─┘              │
///      └── new series, ───┼───────────────────────────────────────────┘ found: locked
///          new image size
/// ```
public struct LatticeStateMachine: Sendable, Equatable {
  public enum State: String, Sendable {
    /// No lattice has been found in this series.
    case searching
    /// The last frame had a lattice; the next one follows it.
    case locked
    /// There was a lattice in this series and the last frame had none.
    case lost
  }

  /// How to register the frame at hand.
  public enum Plan: Sendable, Equatable {
    /// From nothing; a cold search.
    case search
    /// From the lattice of the frame before.
    case track
  }

  /// What others should hear of.
  public enum Transition: Sendable, Equatable {
    case found
    case lost
  }

  /// What must stay the same for a lattice to be followed from frame to frame.
  public struct Scene: Sendable, Equatable {
    public var source: String
    public var series: String?
    public var width: Int
    public var height: Int

    public init(source: String, series: String?, width: Int, height: Int) {
      self.source = source
      self.series = series
      self.width = width
      self.height = height
    }
  }

  public private(set) var state: State = .searching
  private var scene: Scene?

  public init() {}

  /// The plan for a frame of `scene`. Another source, series or image size starts a new search.
  public mutating func begin(_ scene: Scene) -> Plan {
    if scene != self.scene {
      self.scene = scene
      state = .searching
    }
    return state == .locked ? .track : .search
  }

  /// The lattice could not be followed: the same frame is searched.
  public mutating func trackFailed() -> Plan { .search }

  /// The frame has a lattice.
  public mutating func found() -> Transition? {
    defer { state = .locked }
    return state == .locked ? nil : .found
  }

  /// The frame has no lattice, even from a search.
  public mutating func notFound() -> Transition? {
    guard state == .locked else { return nil }
    state = .lost
    return .lost
  }

  /// The series is over: the next frame starts afresh.
  public mutating func reset() {
    scene = nil
    state = .searching
  }
}
