// SPDX-License-Identifier: GPL-3.0-or-later

/// Rotation of an oxygen octahedron as a linear rotation vector, degrees, about pseudo-cubic a, b and c:
/// an oxygen at r from its B site moves by ω × r.
public struct TiltAngles: Sendable, Hashable, Codable {
  public var alpha: Double
  public var beta: Double
  public var gamma: Double

  public init(alpha: Double, beta: Double, gamma: Double) {
    self.alpha = alpha
    self.beta = beta
    self.gamma = gamma
  }

  /// From the components along the axes of the [1-10] view.
  public init(p: Double, q: Double, r: Double) {
    self.init(alpha: (p + q) * Double(0.5).squareRoot(), beta: (p - q) * Double(0.5).squareRoot(), gamma: r)
  }

  public static let zero = TiltAngles(alpha: 0, beta: 0, gamma: 0)

  /// Rotation about u = [110]/√2, image x: (α + β)/√2.
  public var p: Double { (alpha + beta) * Double(0.5).squareRoot() }
  /// Rotation about the beam w = [1-10]/√2: (α − β)/√2. Positive is clockwise on the screen.
  public var q: Double { (alpha - beta) * Double(0.5).squareRoot() }
  /// Rotation about v = [001], image y: γ.
  public var r: Double { gamma }

  /// Size of the tilt that splits the oxygen columns: √(p² + r²).
  public var rho: Double { (p * p + r * r).squareRoot() }

  /// One image cannot tell (α, β, γ) from (−β, −α, −γ). This is the one of the two with p > 0, or p = 0 and r ≥ 0.
  public var representative: TiltAngles {
    p > 0 || (p == 0 && r >= 0) ? self : TiltAngles(alpha: -beta, beta: -alpha, gamma: -gamma)
  }

  /// The same octahedron seen with the opposite parity.
  public static prefix func - (t: TiltAngles) -> TiltAngles {
    TiltAngles(alpha: -t.alpha, beta: -t.beta, gamma: -t.gamma)
  }
}

/// The part of a tilt that splits the oxygen columns, without head or tail: continuous and the same for both solutions
/// (α, β, γ) and (−β, −α, −γ). `c = ρ cos 2t`, `s = ρ sin 2t` with p = ρ cos t, r = ρ sin t; degrees.
public struct HeadlessSplit: Sendable, Hashable {
  public var c: Double
  public var s: Double

  public init(c: Double, s: Double) {
    self.c = c
    self.s = s
  }

  /// O(1). At ρ = 0 both parts are 0.
  public init(_ tilt: TiltAngles) {
    let rho = tilt.rho
    guard rho > 0 else {
      self.init(c: 0, s: 0)
      return
    }
    self.init(c: (tilt.p * tilt.p - tilt.r * tilt.r) / rho, s: 2 * tilt.p * tilt.r / rho)
  }

  public var rho: Double { (c * c + s * s).squareRoot() }

  /// The representative with p ≥ 0: p = ρ cos t, r = ρ sin t, t = ½ atan2(s, c) in (−90°, 90°].
  public var pr: (p: Double, r: Double) {
    let rho = self.rho
    guard rho > 0 else { return (0, 0) }
    // Half-angle formulas: cos²t = (1 + cos 2t)/2; no trigonometric call on the per-cell path.
    let p = max(0, (rho * rho + rho * c) / 2).squareRoot()
    let r = max(0, (rho * rho - rho * c) / 2).squareRoot()
    return (p, s < 0 ? -r : r)
  }
}
