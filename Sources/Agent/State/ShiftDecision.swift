// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// What is known of a lattice's shift from the lattice itself, before the image is asked.
public struct ShiftQuestion: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// From the expected place, by tracking.
    case followed
    /// Found anew with the axes of the one before: it may be anywhere.
    case searched
    /// There is no lattice before it, or one of other axes.
    case unrelated
  }

  public var kind: Kind
  /// Indices of the column at the found origin if the movement is the one nearest to what was expected.
  public var nearest: CellIndex
  /// What that movement differs by from the expected one, cells along a and b, −½ … ½.
  public var offset: Vector2
  /// Frames since the last lattice; 0 for more rows of the same.
  public var elapsed: Int
}

/// The answer: indices of the column at the found origin are `nearest` + (i, j), or nobody can tell.
public enum Shift: Sendable, Equatable {
  case known(i: Int, j: Int)
  case ambiguous
}

/// Chooses among the shifts that look alike to the lattice. Pure.
///
/// The probability of a shift is that of its distance from the expected one, times that of what the image's features say (values of
/// the cells, compared with those remembered at the shifted indices). What is left out of both has a small share: a jump to
/// anywhere near, and a jump out of sight. A shift that holds 99 % of it all is known.
public enum ShiftDecision {
  /// Standard deviation of an unexpected movement in one frame, cells. Shifts by up to 0.43 of a cell from the expected one are
  /// then known without features, the third that is asked for among them; for more frames it grows as the root of their number.
  static let spreadPerFrame = 0.125
  static let required = 0.99
  /// Of a jump within the window, and of one out of sight.
  static let jumpShare = 1e-3
  static let unrelatedShare = 1e-6
  /// Shifts that are compared: −reach … reach along a and b; first near, then wide.
  static let nearReach = 1
  static let wideReach = 4

  /// Log evidence of the features for the shift (i, j) over that for (0, 0); 0 where there are no features.
  public typealias Evidence = (_ i: Int, _ j: Int) -> Double

  /// `unrelated` is the log evidence for an image that has nothing to do with what is remembered, over that for (0, 0).
  public static func decide(_ question: ShiftQuestion, unrelated: Double, evidence: Evidence) -> Shift {
    switch question.kind {
    case .unrelated: return .ambiguous
    case .followed:
      let near = decide(question, reach: nearReach, unrelated: unrelated, evidence)
      // Features that do not support what was expected may support something further away.
      if near == .known(i: 0, j: 0), unrelated <= 0 { return near }
      return decide(question, reach: wideReach, unrelated: unrelated, evidence)
    case .searched: return decide(question, reach: wideReach, unrelated: unrelated, evidence)
    }
  }

  private static func decide(
    _ question: ShiftQuestion, reach: Int, unrelated: Double, _ evidence: Evidence
  ) -> Shift {
    let spread = spreadPerFrame * Double(max(1, question.elapsed)).squareRoot()
    let count = Double((2 * reach + 1) * (2 * reach + 1))
    // Of the Gaussian over the whole numbers, so that its shares add up to 1.
    var norm = 0.0
    for i in -reach...reach {
      for j in -reach...reach { norm += gaussian(question.offset, i, j, spread) }
    }
    // Sums of exponentials about their largest exponent.
    var (best, bestI, bestJ, total) = (-Double.infinity, 0, 0, 0.0)
    func add(_ value: Double) {
      if value > best {
        total = total * exp(best - value) + 1
        best = value
      } else {
        total += exp(value - best)
      }
    }
    let isAnywhere = question.kind == .searched
    add(log(isAnywhere ? 0.5 : unrelatedShare) + unrelated)
    var isKnown = false
    for i in -reach...reach {
      for j in -reach...reach {
        let expected = isAnywhere || norm == 0 ? 0 : gaussian(question.offset, i, j, spread) / norm
        let value = log(expected + (isAnywhere ? 0.5 : jumpShare) / count) + evidence(i, j)
        if value > best { (isKnown, bestI, bestJ) = (true, i, j) }
        add(value)
      }
    }
    // The best term is 1 in `total`.
    guard isKnown, 1 / total >= required else { return .ambiguous }
    return .known(i: bestI, j: bestJ)
  }

  private static func gaussian(_ offset: Vector2, _ i: Int, _ j: Int, _ spread: Double) -> Double {
    let d = offset - Vector2(Double(i), Double(j))
    return exp(-d.dot(d) / (2 * spread * spread))
  }
}
