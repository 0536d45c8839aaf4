// SPDX-License-Identifier: GPL-3.0-or-later

/// How the rotation about each pseudo-cubic axis alternates from octahedron to octahedron.
///
/// For octahedron (i, j, k): `-` alternates as (−1)^(i+j+k); `+` as (−1)^(sum of the two other indices);
/// `0` is not rotated about that axis.
public struct TiltPattern: Sendable, Hashable, CustomStringConvertible {
  public enum Sense: Character, Sendable, CaseIterable {
    case outOfPhase = "-"
    case inPhase = "+"
    case none = "0"
  }

  public var a: Sense
  public var b: Sense
  public var c: Sense

  public init(a: Sense, b: Sense, c: Sense) {
    self.a = a
    self.b = b
    self.c = c
  }

  /// From three characters out of `-`, `+` and `0`, for example "--+"; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let senses = text.compactMap(Sense.init(rawValue:))
    guard text.count == 3, senses.count == 3 else { return nil }
    self.init(a: senses[0], b: senses[1], c: senses[2])
  }

  public static let outOfPhase = TiltPattern(a: .outOfPhase, b: .outOfPhase, c: .outOfPhase)

  public var description: String { String([a.rawValue, b.rawValue, c.rawValue]) }

  /// About a, b and c.
  public var senses: [Sense] { [a, b, c] }

  /// All 27 of them.
  public static let all: [TiltPattern] = Sense.allCases.flatMap { a in
    Sense.allCases.flatMap { b in Sense.allCases.map { c in TiltPattern(a: a, b: b, c: c) } }
  }

  /// The pattern without the axes about which `tilt` does not turn by more than `toleranceDeg`.
  public func active(_ tilt: TiltAngles, toleranceDeg: Double = 0) -> TiltPattern {
    TiltPattern(
      a: abs(tilt.alpha) > toleranceDeg ? a : .none, b: abs(tilt.beta) > toleranceDeg ? b : .none,
      c: abs(tilt.gamma) > toleranceDeg ? c : .none)
  }

  /// Rotation of octahedron (i, j, k) when the octahedron at the origin has `tilt`. O(1).
  public func rotation(of tilt: TiltAngles, i: Int, j: Int, k: Int) -> TiltAngles {
    func sign(_ sense: Sense, _ twoOthers: Int) -> Double {
      switch sense {
      case .none: 0
      case .outOfPhase: (i + j + k).isMultiple(of: 2) ? 1 : -1
      case .inPhase: twoOthers.isMultiple(of: 2) ? 1 : -1
      }
    }
    return TiltAngles(
      alpha: sign(a, j + k) * tilt.alpha, beta: sign(b, i + k) * tilt.beta, gamma: sign(c, i + j) * tilt.gamma)
  }
}
