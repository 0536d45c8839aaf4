// SPDX-License-Identifier: GPL-3.0-or-later

/// The tilt systems that the readings of one [1-10] image can tell from each other, as Glazer symbols.
///
/// A reading is q and the headless split of a column whose octahedra turn alike about a and b. A field of them shows: whether
/// q alternates; the size of the split and its direction; whether that direction changes from row to row (`+` about c) or
/// not (`-`). Two symbols that (α, β, γ) and (−β, −α, −γ) exchange are one system here, for no image tells them apart. What
/// `+` about a or b leaves (no q, a split along an axis) is one system: `inPhaseAB`.
public enum TiltSystem: UInt8, Sendable, CaseIterable, CustomStringConvertible {
  case abcMinus, abcPlus, abbMinus, abbPlus, abcZero
  case aacMinus, aacPlus, aaaMinus, aaaPlus, aacZero
  case zeroBCMinus, zeroBCPlus, zeroBBMinus, zeroBBPlus, zeroBZero
  case cMinus, cPlus
  case none
  case inPhaseAB

  /// Glazer symbols in normal form (`GlazerSymbol`); for `inPhaseAB` the one that stands for all of its kind.
  public var symbols: [String] { description.split(separator: "|").map(String.init) }

  /// Symbols with a bar between those that fit equally.
  public var description: String { Self.table[Int(rawValue)].text }

  /// How the rotations about the axes alternate: patterns that one image does not tell apart are one.
  public var senses: TiltSenses { Self.table[Int(rawValue)].senses }

  private static let table: [(text: String, senses: TiltSenses)] = [
    ("a-b-c-", .mmm), ("a-b-c+", .mmp), ("a-b-b-|a-b-a-", .mmm), ("a-b-b+|a-b-a+", .mmp),
    ("a-b-c0", .mm0),
    ("a-a-c-", .mmm), ("a-a-c+", .mmp), ("a-a-a-", .mmm), ("a-a-a+", .mmp), ("a-a-c0", .mm0),
    ("a0b-c-|a-b0c-", .mmm), ("a0b-c+|a-b0c+", .mmp), ("a0b-b-|a-b0a-", .mmm),
    ("a0b-b+|a-b0a+", .mmp), ("a0b-a0|a-b0b0", .mm0),
    ("a0a0c-", .zeroZeroM), ("a0a0c+", .zeroZeroP),
    ("a0a0a0", .none),
    ("a+b+c*", .inPhaseAB),
  ]
}

/// How the rotations about a, b and c alternate, as far as one image tells it. Axes without rotation are a matter of sizes and
/// not of phases: where one of a and b does not turn, the senses are those of the other.
public enum TiltSenses: UInt8, Sendable, CaseIterable, CustomStringConvertible {
  case mmm, mmp, mm0, zeroZeroM, zeroZeroP, none, inPhaseAB

  /// Senses about a, b, c; `*` stands for any.
  public var description: String {
    switch self {
    case .mmm: "---"
    case .mmp: "--+"
    case .mm0: "--0"
    case .zeroZeroM: "00-"
    case .zeroZeroP: "00+"
    case .none: "000"
    case .inPhaseAB: "++*"
    }
  }

  /// The senses of a crystal with this pattern; nil for `+` about one of a and b and `-` about the other, whose readings are
  /// those of other tilts.
  public init?(_ pattern: TiltPattern) {
    let ab = [pattern.a, pattern.b]
    if ab.contains(.inPhase) {
      guard !ab.contains(.outOfPhase) else { return nil }
      self = .inPhaseAB
      return
    }
    let turns = ab.contains(.outOfPhase)
    switch pattern.c {
    case .outOfPhase: self = turns ? .mmm : .zeroZeroM
    case .inPhase: self = turns ? .mmp : .zeroZeroP
    case .none: self = turns ? .mm0 : .none
    }
  }
}
