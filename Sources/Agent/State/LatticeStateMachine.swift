// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Where the agent stands with the lattice, and what to do with the next frame.
///
/// A pure value: it decides, the pipeline acts and reports back. One frame goes
/// `begin` → (`trackFailed`) → `found` → `settle`, or `notFound`.
///
/// ```
///              found                    track failed, search failed
///  searching ─────────▶ locked ───────────────────────────────────▶ lost
///      ▲                  ▲ └─ track ok, or search ok ─┘              │
///      └── new series, ───┼───────────────────────────────────────────┘ found: locked
///          size or scale
/// ```
///
/// Indices (i, j) live longer than a lock: a lattice that was lost and is found again keeps them where its shift can be told.
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
    /// From where the lattice is expected.
    case track(from: Lattice)
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
    /// As the frame says; another value is another magnification.
    public var pixelSizeNm: Double?

    public init(source: String, series: String?, width: Int, height: Int, pixelSizeNm: Double? = nil) {
      self.source = source
      self.series = series
      self.width = width
      self.height = height
      self.pixelSizeNm = pixelSizeNm
    }

    /// Nothing is known to have changed; a frame that does not tell its scale does not change it.
    func isSameView(as other: Scene) -> Bool {
      guard isSameSeries(as: other), width == other.width, height == other.height else { return false }
      guard let mine = pixelSizeNm, let theirs = other.pixelSizeNm else { return true }
      return abs(mine - theirs) <= 1e-4 * theirs
    }

    /// The same crystal may be seen in both, whatever the size and the scale.
    func isSameSeries(as other: Scene) -> Bool { source == other.source && series == other.series }
  }

  public private(set) var state: State = .searching
  /// How the crystal moves, and which column has which indices.
  public private(set) var motion = LatticeMotion()
  private var scene: Scene?

  public init() {}

  /// The plan for frame number `frame` of `scene`, `isPartial` while its scan is under way. Another source, series, image size
  /// or pixel size starts a new search.
  public mutating func begin(_ scene: Scene, frame: Int64, isPartial: Bool = false) -> Plan {
    var scene = scene
    if let last = self.scene {
      if scene.isSameView(as: last) {
        scene.pixelSizeNm = last.pixelSizeNm ?? scene.pixelSizeNm
      } else {
        state = .searching
        motion.leave(keepsHistory: scene.isSameSeries(as: last))
      }
    }
    self.scene = scene
    motion.arrive(frame, isPartial: isPartial)
    guard state == .locked, let lattice = motion.predicted else { return .search }
    return .track(from: lattice)
  }

  /// The lattice could not be followed: the same frame is searched.
  public mutating func trackFailed() -> Plan { .search }

  /// The frame has a lattice, `followed` from the plan's or found by a search. Where its columns may belong: put that before
  /// whoever knows the image, and `settle` with the answer.
  public mutating func found(_ lattice: Lattice, followed: Bool) -> ShiftQuestion {
    motion.question(lattice, followed: followed)
  }

  /// Takes the lattice over with its shift; what others should hear of.
  public mutating func settle(_ lattice: Lattice, _ question: ShiftQuestion, _ shift: Shift) -> Transition? {
    motion.settle(
      lattice, question, shift,
      centre: scene.map { Vector2(Double($0.width - 1) / 2, Double($0.height - 1) / 2) } ?? lattice.origin)
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
    motion.leave(keepsHistory: false)
  }
}
