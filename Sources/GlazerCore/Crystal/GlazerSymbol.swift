// SPDX-License-Identifier: GPL-3.0-or-later

/// Glazer's symbol of a tilt system, for example a-a-c+ or a0a0c+: a letter and a sense for each pseudo-cubic axis, equal
/// letters for equal angles (Glazer, Acta Cryst. B 28, 3384 (1972)).
///
/// Letters are in normal form: an axis has the letter of the first axis with the same angle, otherwise its own (a, b or c).
/// Axes without rotation all have the angle zero, hence the same letter: a0a0c+, a-b0b0.
public struct GlazerSymbol: Sendable, Hashable, CustomStringConvertible {
  public let pattern: TiltPattern
  /// For each axis the first axis of the same angle: 0, 1 or 2.
  private let first: [Int]

  /// `toleranceDeg` is how far apart angles may be that still count as equal, and how large one that counts as zero.
  public init(pattern: TiltPattern, tilt: TiltAngles, toleranceDeg: Double = 0.1) {
    let pattern = pattern.active(tilt, toleranceDeg: toleranceDeg)
    let sizes = zip(pattern.senses, [tilt.alpha, tilt.beta, tilt.gamma]).map { $0 == .none ? 0 : abs($1) }
    self.init(pattern: pattern) { later, earlier in
      // Zero equals zero only: a small angle that counts as a rotation is not the angle of an axis without one.
      (pattern.senses[later] == .none) == (pattern.senses[earlier] == .none)
        && abs(sizes[later] - sizes[earlier]) <= toleranceDeg
    }
  }

  /// Reads a symbol such as "a-b+a-"; letters need not be in normal form. nil for anything else, and for a letter that
  /// stands for a rotated axis and for one that is not.
  public init?(_ text: some StringProtocol) {
    let characters = Array(text)
    guard characters.count == 6, let pattern = TiltPattern(String([characters[1], characters[3], characters[5]])) else {
      return nil
    }
    let letters = [characters[0], characters[2], characters[4]]
    let senses = pattern.senses
    guard letters.allSatisfy({ "abc".contains($0) }) else { return nil }
    for (letter, sense) in zip(letters, senses) {
      guard zip(letters, senses).allSatisfy({ $0 != letter || ($1 == .none) == (sense == .none) }) else { return nil }
    }
    self.init(pattern: pattern) { later, earlier in
      letters[later] == letters[earlier] || (senses[later] == .none && senses[earlier] == .none)
    }
  }

  private init(pattern: TiltPattern, areEqual: (_ later: Int, _ earlier: Int) -> Bool) {
    self.pattern = pattern
    var first: [Int] = []
    for axis in 0..<3 { first.append(first.indices.first { areEqual(axis, $0) }.map { first[$0] } ?? axis) }
    self.first = first
  }

  public var description: String {
    zip(first, pattern.senses).map { "\(["a", "b", "c"][$0])\($1.rawValue)" }.joined()
  }
}
