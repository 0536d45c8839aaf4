// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Pseudo-cubic ⟨110⟩ direction that the beam runs along: the six variants of the same view.
public enum ZoneAxis: String, Sendable, CaseIterable {
  case z1m10 = "1-10"
  case z110 = "110"
  case z10m1 = "10-1"
  case z101 = "101"
  case z01m1 = "01-1"
  case z011 = "011"

  /// The crystal's axes that become a, b and c of the view, in which the beam runs along [1-10]: index 0, 1, 2 and sign.
  /// A rotation in every case, never a mirror; c of the view is the positive axis that is normal to the beam.
  var view: [(axis: Int, sign: Int)] {
    switch self {
    case .z1m10: [(0, 1), (1, 1), (2, 1)]
    case .z110: [(1, 1), (0, -1), (2, 1)]
    case .z10m1: [(2, -1), (0, -1), (1, 1)]
    case .z101: [(0, 1), (2, -1), (1, 1)]
    case .z01m1: [(1, 1), (2, 1), (0, 1)]
    case .z011: [(2, 1), (1, -1), (0, 1)]
    }
  }

  /// The pseudo-cubic axes as the view names them.
  func turned(_ basis: Basis) -> Basis {
    let axes = [basis.a, basis.b, basis.c]
    let new = view.map { axes[$0.axis] * Double($0.sign) }
    return Basis(new[0], new[1], new[2])
  }

  func turned(_ v: SIMD3<Int>) -> SIMD3<Int> {
    let new = view.map { v[$0.axis] * $0.sign }
    return SIMD3(new[0], new[1], new[2])
  }

  /// A rotation vector is a vector under rotations of the axes.
  func turned(_ tilt: TiltAngles) -> TiltAngles {
    let new = view.map { tilt.vector[$0.axis] * Double($0.sign) }
    return TiltAngles(alpha: new[0], beta: new[1], gamma: new[2])
  }
}
