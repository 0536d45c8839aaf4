// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The rotation of one octahedron of a structure.
public struct OctahedronRotation: Sendable, Hashable {
  /// Steps from the first octahedron along pseudo-cubic a, b and c.
  public var indices: SIMD3<Int>
  /// Linear rotation vector about pseudo-cubic a, b and c.
  public var tilt: TiltAngles
}

/// Rotations of all octahedra, and the pattern that they follow.
public struct RotationAnalysis: Sendable, Hashable {
  /// One for each octahedron of the crystal's cell; the first one is at the origin of the pattern.
  public let octahedra: [OctahedronRotation]
  public let pattern: TiltPattern
  /// Of the octahedron at the origin, as the pattern has it: the mean over all octahedra of rotation times sign.
  public let tilt: TiltAngles
  /// Root mean square of what the pattern does not explain, over octahedra and components, degrees. Near zero for
  /// Glazer's systems; larger where octahedra are distorted or alternate in another way.
  public let residualDeg: Double

  let cellSteps: [SIMD3<Int>]

  /// Components below this are no rotation, degrees.
  public static let thresholdDeg = 0.3

  public var symbol: GlazerSymbol { GlazerSymbol(pattern: pattern, tilt: tilt) }

  /// `cellSteps` are the edges of the crystal's cell in steps along the pseudo-cubic axes: a sense that changes sign across
  /// an edge is no pattern of this crystal.
  init(_ octahedra: [OctahedronRotation], cellSteps: [SIMD3<Int>]) {
    self.octahedra = octahedra
    self.cellSteps = cellSteps
    var senses: [TiltPattern.Sense] = []
    var angles: [Double] = []
    for axis in 0..<3 {
      let possible = [TiltPattern.Sense.outOfPhase, .inPhase].filter { sense in
        cellSteps.allSatisfy { Self.sign(sense, axis: axis, at: $0) > 0 }
      }
      let best = possible.map { sense in
        let signed = octahedra.map { $0.tilt.vector[axis] * Self.sign(sense, axis: axis, at: $0.indices) }
        return (sense: sense, angle: signed.reduce(0, +) / Double(octahedra.count))
      }.max { abs($0.angle) < abs($1.angle) }
      let isRotated = abs(best?.angle ?? 0) >= Self.thresholdDeg
      senses.append(isRotated ? best?.sense ?? .none : .none)
      angles.append(isRotated ? best?.angle ?? 0 : 0)
    }
    let pattern = TiltPattern(a: senses[0], b: senses[1], c: senses[2])
    let tilt = TiltAngles(alpha: angles[0], beta: angles[1], gamma: angles[2])
    (self.pattern, self.tilt) = (pattern, tilt)
    let squares = octahedra.map { octahedron in
      let i = octahedron.indices
      let expected = pattern.rotation(of: tilt, i: i.x, j: i.y, k: i.z)
      let d = octahedron.tilt.vector - expected.vector
      return dot(d, d)
    }
    residualDeg = (squares.reduce(0, +) / Double(3 * octahedra.count)).squareRoot()
  }

  private static func sign(_ sense: TiltPattern.Sense, axis: Int, at indices: SIMD3<Int>) -> Double {
    let sum = indices.x + indices.y + indices.z
    return (sense == .inPhase ? sum - indices[axis] : sum).isMultiple(of: 2) ? 1 : -1
  }

  /// The same rotations about axes that are changed by `turn`.
  func turned(_ turnIndices: (SIMD3<Int>) -> SIMD3<Int>, _ turnTilt: (TiltAngles) -> TiltAngles) -> RotationAnalysis {
    RotationAnalysis(
      octahedra.map { OctahedronRotation(indices: turnIndices($0.indices), tilt: turnTilt($0.tilt)) },
      cellSteps: cellSteps.map(turnIndices))
  }

  /// The linear rotation ω that fits d_m = h_m (e_m + ω × e_m) best, d_m being the half vectors between opposite oxygens,
  /// e_m the axes made orthogonal and h_m half the pseudo-cubic edges. Off-centring of B cancels in d_m; a symmetric
  /// distortion (stretch or shear of octahedron or cell) cancels in ω.
  static func rotation(halfBonds: Basis, axes: Basis) -> TiltAngles {
    let e = axes.nearestOrthonormal
    let half = axes.lengths / 2
    // Entry (m, n): component of d_m along e_n in units of h_m.
    func entry(_ bond: SIMD3<Double>, _ direction: SIMD3<Double>, _ h: Double) -> Double { dot(bond, direction) / h }
    let omega = SIMD3(
      entry(halfBonds.b, e.c, half.y) - entry(halfBonds.c, e.b, half.z),
      entry(halfBonds.c, e.a, half.z) - entry(halfBonds.a, e.c, half.x),
      entry(halfBonds.a, e.b, half.x) - entry(halfBonds.b, e.a, half.y))
    let degrees = omega * (90 / Double.pi)
    return TiltAngles(alpha: degrees.x, beta: degrees.y, gamma: degrees.z)
  }
}

extension TiltAngles {
  var vector: SIMD3<Double> { SIMD3(alpha, beta, gamma) }

  init(vector: SIMD3<Double>) { self.init(alpha: vector.x, beta: vector.y, gamma: vector.z) }
}

extension Basis {
  /// The right-handed orthonormal axes nearest to these: repeated mean of the axes and their inverse transpose (the polar
  /// decomposition by Newton's method); a handful of steps for axes near right angles.
  var nearestOrthonormal: Basis {
    let l = lengths
    var m = Basis(a / l.x, b / l.y, c / l.z)
    for _ in 0..<20 {
      let v = m.volume
      m = Basis((m.a + cross(m.b, m.c) / v) / 2, (m.b + cross(m.c, m.a) / v) / 2, (m.c + cross(m.a, m.b) / v) / 2)
    }
    return m
  }
}
