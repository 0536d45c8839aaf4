// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// What is true of one domain of a study's scene.
struct DomainTruth {
  var pattern: TiltPattern
  /// Of the octahedron at the origin of the crystal's indices.
  var tilt: TiltAngles

  /// Of the column (i, j) of B columns; where + about a or b alternates along the beam, one of its octahedra.
  func tilt(_ i: Int, _ j: Int) -> TiltAngles { pattern.rotation(of: tilt, i: i, j: 0, k: j) }

  /// The mean of the column's octahedra: what + about a or b contributes vanishes.
  func mean(_ i: Int, _ j: Int) -> TiltAngles {
    var tilt = tilt(i, j)
    if pattern.a == .inPhase { tilt.alpha = 0 }
    if pattern.b == .inPhase { tilt.beta = 0 }
    return tilt
  }

  var senses: TiltSenses? { TiltSenses(pattern.active(tilt)) }

  /// The same domain a step along [110] further: an antiphase domain.
  var shifted: DomainTruth { DomainTruth(pattern: pattern, tilt: tilt(1, 0)) }
}

/// How the second domain of a scene differs from the first.
enum WallKind: String, CaseIterable {
  case single = "one domain"
  case tilt = "another tilt"
  case antiphase = "antiphase"
  /// q stays, the direction of the split does not.
  case split = "p·r reversed"
  /// Another sense about c.
  case senses = "other senses"
}

/// Draws the domains of a scene.
struct DomainDraw {
  var kind: WallKind
  /// Patterns of the first domain, each as often.
  var patterns: [TiltPattern]
  var rho = 5.0...9.0
  var largestQ = 8.0
  /// Least size of p and of r, degrees.
  var leastSplit = 0.0
  /// Least |Δq|, or change of the split, between two domains of other tilts, degrees.
  var leastStep = 3.0

  func domains(_ number: Int, _ random: inout SeededRandom) -> [DomainTruth] {
    let first = DomainTruth(pattern: patterns[number % patterns.count], tilt: tilt(&random))
    switch kind {
    case .single: return [first]
    case .antiphase: return [first, first.shifted]
    case .split:
      return [
        first,
        DomainTruth(pattern: first.pattern, tilt: TiltAngles(p: first.tilt.p, q: first.tilt.q, r: -first.tilt.r)),
      ]
    case .senses:
      var other = first
      other.pattern.c = first.pattern.c == .inPhase ? .outOfPhase : .inPhase
      return [first, other]
    case .tilt:
      while true {
        let second = DomainTruth(pattern: first.pattern, tilt: tilt(&random))
        if abs(abs(second.tilt.q) - abs(first.tilt.q)) >= leastStep { return [first, second] }
      }
    }
  }

  private func tilt(_ random: inout SeededRandom) -> TiltAngles {
    while true {
      let angle = random.uniform(0, 2 * .pi)
      let size = random.uniform(rho.lowerBound, rho.upperBound)
      let tilt = TiltAngles(p: size * cos(angle), q: random.uniform(-largestQ, largestQ), r: size * sin(angle))
      let isInRange = max(abs(tilt.alpha), abs(tilt.beta), abs(tilt.gamma)) <= 9.4
      guard isInRange, min(abs(tilt.p), abs(tilt.r)) >= leastSplit else { continue }
      // An antiphase wall is one of q.
      if kind == .antiphase, abs(tilt.q) < leastStep / 2 { continue }
      if kind == .split || kind == .senses, min(abs(tilt.p), abs(tilt.r)) < 2.5 { continue }
      return tilt
    }
  }
}
