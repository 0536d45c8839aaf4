// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Where the lattice goes from frame to frame, and which of its columns has which indices. Pure.
///
/// A lattice looks the same after a shift by one of its own vectors. Between two frames the shift that lies nearest to the expected
/// movement is taken: the drift of the frames before, smoothed. `ShiftDecision` says how far that can be trusted.
public struct LatticeMotion: Sendable, Equatable {
  /// Of the last frame that had one; its origin is a column near the middle of the image.
  public private(set) var lattice: Lattice?
  /// Indices of the column at the origin of `lattice`.
  public private(set) var originIndex = CellIndex(i: 0, j: 0)
  /// Pixels per frame.
  public private(set) var velocityPx = Vector2.zero
  /// Movement since the frame before, pixels; zero where it is not known.
  public private(set) var driftPx = Vector2.zero
  /// Counts the times that indices began anew, from 1.
  public private(set) var epoch = 0
  /// The last lattice began an epoch in the middle of a series.
  public private(set) var isShiftAmbiguous = false

  private var frame: Int64?
  private var isPartial = false
  private var foundFrame: Int64?
  /// The last lattice is that of a frame whose scan was under way.
  private var foundInPart = false
  /// Frames of this series had indices before.
  private var hasHistory = false

  /// Share of a new movement in the velocity: a constant drift is followed closely after five frames, and a movement there
  /// and back is not taken for one.
  static let velocityGain = 0.3
  /// Axes that differ by more than this fraction are another lattice, or another magnification.
  static let axisTolerance = 0.06
  /// Columns farther than this from where an epoch began begin another: their indices are on the wire in 32 bits. No stage goes so far, but
  /// a source may claim it.
  static let farthest = 1 << 30

  public init() {}

  /// A frame of this number is at hand, `isPartial` while its scan is under way.
  mutating func arrive(_ number: Int64, isPartial: Bool = false) { (frame, self.isPartial) = (number, isPartial) }

  /// Frames since the last lattice: 0 for the rest of a scan that was seen in part, else at least 1, for a source that counts anew
  /// says nothing.
  var elapsed: Int {
    if foundInPart, frame == foundFrame { return 0 }
    guard let frame, let foundFrame, frame > foundFrame else { return 1 }
    let jump = frame.subtractingReportingOverflow(foundFrame)
    return jump.overflow ? 1000 : Int(min(jump.partialValue, 1000))
  }

  /// Where the lattice of the frame at hand is expected.
  var predicted: Lattice? {
    lattice.map { Lattice(origin: $0.origin + Double(elapsed) * velocityPx, a: $0.a, b: $0.b) }
  }

  /// The last lattice with column (0, 0) at its origin, wherever that is by now.
  public var indexedLattice: Lattice {
    guard let lattice else { return Lattice(origin: .zero, a: .zero, b: .zero) }
    return Lattice(
      origin: lattice.position(Double(-originIndex.i), Double(-originIndex.j)), a: lattice.a, b: lattice.b)
  }

  /// Indices of the column at the origin of `found`, the same lattice as the last with another origin.
  func index(of found: Lattice) -> CellIndex {
    guard let lattice else { return CellIndex(i: 0, j: 0) }
    let c = lattice.coordinates(of: found.origin)
    return CellIndex(i: originIndex.i + Int(c.x.rounded()), j: originIndex.j + Int(c.y.rounded()))
  }

  /// True when `other` is this lattice with both axes turned about: a search takes them as they come.
  func isTurnedAbout(_ other: Lattice) -> Bool {
    lattice.map { isAlike(Lattice(origin: other.origin, a: -other.a, b: -other.b), $0) } ?? false
  }

  private func isAlike(_ l: Lattice, _ r: Lattice) -> Bool {
    (l.a - r.a).length <= Self.axisTolerance * r.a.length && (l.b - r.b).length <= Self.axisTolerance * r.b.length
  }

  func question(_ found: Lattice, followed: Bool) -> ShiftQuestion {
    guard let predicted, isAlike(found, predicted) else {
      return ShiftQuestion(kind: .unrelated, nearest: CellIndex(i: 0, j: 0), offset: .zero, elapsed: elapsed)
    }
    let at = predicted.coordinates(of: found.origin)
    let whole = Vector2(at.x.rounded(), at.y.rounded())
    let reach = Vector2(1e6, 1e6)
    guard abs(whole.x) < reach.x, abs(whole.y) < reach.y else {
      return ShiftQuestion(kind: .unrelated, nearest: CellIndex(i: 0, j: 0), offset: .zero, elapsed: elapsed)
    }
    let nearest = CellIndex(i: originIndex.i + Int(whole.x), j: originIndex.j + Int(whole.y))
    guard abs(nearest.i) <= Self.farthest, abs(nearest.j) <= Self.farthest else {
      return ShiftQuestion(kind: .unrelated, nearest: CellIndex(i: 0, j: 0), offset: .zero, elapsed: elapsed)
    }
    return ShiftQuestion(kind: followed ? .followed : .searched, nearest: nearest, offset: at - whole, elapsed: elapsed)
  }

  mutating func settle(_ found: Lattice, _ question: ShiftQuestion, _ shift: Shift, centre: Vector2) {
    var index = question.nearest
    // More rows of one scan: what they add goes to the drift since the frame before.
    let before = question.elapsed == 0 ? driftPx : .zero
    driftPx = .zero
    if case .known(let di, let dj) = shift, let lattice, epoch > 0 {
      index = CellIndex(i: index.i + di, j: index.j + dj)
      driftPx = found.origin - lattice.position(Double(index.i - originIndex.i), Double(index.j - originIndex.j))
      isShiftAmbiguous = false
      // A jump says nothing of the drift after it.
      if question.kind == .followed, di == 0, dj == 0, question.elapsed > 0 {
        let observed = (1 / Double(question.elapsed)) * driftPx
        velocityPx = velocityPx + Self.velocityGain * (observed - velocityPx)
      }
      driftPx = driftPx + before
    } else {
      epoch += 1
      isShiftAmbiguous = hasHistory
      velocityPx = .zero
    }
    let c = found.coordinates(of: centre)
    let (i, j) = (c.x.rounded(), c.y.rounded())
    lattice = Lattice(origin: found.position(i, j), a: found.a, b: found.b)
    originIndex = CellIndex(i: index.i + Int(i), j: index.j + Int(j))
    (foundFrame, foundInPart) = (frame, isPartial)
    hasHistory = true
  }

  /// The crystal of the last lattice is out of sight: what comes next has indices of its own.
  mutating func leave(keepsHistory: Bool) {
    lattice = nil
    originIndex = CellIndex(i: 0, j: 0)
    velocityPx = .zero
    (foundFrame, foundInPart) = (nil, false)
    hasHistory = hasHistory && keepsHistory
  }
}
