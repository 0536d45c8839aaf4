// SPDX-License-Identifier: GPL-3.0-or-later

/// One corner of an octahedron: an oxygen that it shares with a neighbour.
struct OctahedronCorner {
  /// Index of the oxygen in the cell's atoms.
  var oxygen: Int
  /// From B to the oxygen, Å.
  var bond: SIMD3<Double>
  /// From B to the other B of the oxygen, Å.
  var step = SIMD3<Double>.zero
}

struct Octahedron {
  /// Index of B in the cell's atoms.
  var centre: Int
  var corners: [OctahedronCorner]
}

/// Finds the BO6 octahedra of a crystal and how they share corners.
enum OctahedronSearch {
  /// B–O bonds of perovskites: mean of the six, Å (1.85 for Si and Al under pressure to 2.25 for rare earths on B).
  static let meanBondA = 1.7...2.3
  /// The longest bond of a Jahn–Teller octahedron is below this, and so is the search radius.
  static let reachA = 2.9

  /// Every octahedron with its six corners and the steps across them.
  static func octahedra(_ cell: UnitCell) -> Result<[Octahedron], Refusal> {
    let oxygens = cell.atoms.indices.filter { cell.atoms[$0].element == .oxygen }
    guard !oxygens.isEmpty else { return .failure("it holds no oxygen") }
    var found: [Octahedron] = []
    for centre in cell.atoms.indices where cell.atoms[centre].element != .oxygen {
      if let corners = corners(of: centre, oxygens: oxygens, cell: cell) {
        found.append(Octahedron(centre: centre, corners: corners))
      }
    }
    guard !found.isEmpty else { return .failure("no cation has six oxygens at 1.7 to 2.3 Å around it") }
    let others = cell.atoms.count - oxygens.count - found.count
    guard oxygens.count == 3 * found.count, others == found.count else {
      return .failure("\(others) A, \(found.count) octahedra and \(oxygens.count) O in the cell instead of 1 : 1 : 3")
    }
    return connect(found)
  }

  /// A reason without the file's name, which is added by who knows it.
  struct Refusal: Error, ExpressibleByStringInterpolation {
    var reason: String
    init(stringLiteral value: String) { reason = value }
  }

  /// The six oxygens around a cation, if they form an octahedron: six near ones, then a gap, in three pairs across.
  private static func corners(of centre: Int, oxygens: [Int], cell: UnitCell) -> [OctahedronCorner]? {
    let origin = cell.atoms[centre].position
    // A lattice vector of n cells along an edge is at least n heights long.
    let heights = cell.basis.heights
    var extent = SIMD3<Int>.zero
    for axis in 0..<3 { extent[axis] = Int((reachA / heights[axis]).rounded(.up)) }
    var near: [OctahedronCorner] = []
    for oxygen in oxygens {
      var base = cell.atoms[oxygen].position - origin
      base -= base.rounded(.toNearestOrEven)
      for x in -extent.x...extent.x {
        for y in -extent.y...extent.y {
          for z in -extent.z...extent.z {
            let bond = cell.basis.cartesian(base + SIMD3<Double>(SIMD3(x, y, z)))
            if length(bond) < reachA { near.append(OctahedronCorner(oxygen: oxygen, bond: bond)) }
          }
        }
      }
    }
    near.sort { length($0.bond) < length($1.bond) }
    guard near.count >= 6, meanBondA.contains(near[..<6].map { length($0.bond) }.reduce(0, +) / 6),
      near.count == 6 || length(near[6].bond) > 1.05 * length(near[5].bond)
    else { return nil }
    let six = Array(near[..<6])
    let isOctahedron = six.allSatisfy { corner in six.count { cosine(corner.bond, $0.bond) < -0.85 } == 1 }
    return isOctahedron ? six : nil
  }

  private static func cosine(_ l: SIMD3<Double>, _ r: SIMD3<Double>) -> Double { dot(l, r) / (length(l) * length(r)) }

  /// Every oxygen must be a corner of exactly two octahedra; the step from one B to the other crosses it.
  private static func connect(_ octahedra: [Octahedron]) -> Result<[Octahedron], Refusal> {
    var bonds: [Int: [(octahedron: Int, corner: Int)]] = [:]
    for (n, octahedron) in octahedra.enumerated() {
      for (m, corner) in octahedron.corners.enumerated() { bonds[corner.oxygen, default: []].append((n, m)) }
    }
    var connected = octahedra
    // In order, so that what is said of a wrong structure is the same each time.
    for (_, shared) in bonds.sorted(by: { $0.key < $1.key }) {
      guard shared.count == 2 else {
        return .failure("an oxygen belongs to \(shared.count) octahedra instead of two")
      }
      for (this, other) in [(shared[0], shared[1]), (shared[1], shared[0])] {
        // Both bonds end on the oxygen: from B to B is one bond there and the other one back.
        let back = octahedra[other.octahedron].corners[other.corner].bond
        let there = octahedra[this.octahedron].corners[this.corner].bond
        connected[this.octahedron].corners[this.corner].step = there - back
      }
    }
    return .success(connected)
  }
}
