// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// A crystal recognised as a perovskite: its octahedra on their pseudo-cubic lattice, and their rotations.
///
/// Pseudo-cubic c is the unique axis: the one about which alone the octahedra turn in phase, or in a sense of its own, or
/// the longest by more than 0.2 %, or else the one nearest to c of the file.
public struct PerovskiteStructure: Sendable {
  /// The cell as the file has it.
  public let unitCell: UnitCell
  /// Species of the A and of the B sites; more than one in ordered crystals.
  public let a, b: [ChemicalElement]
  /// Pseudo-cubic axes, Å.
  public let axes: Basis
  public let rotations: RotationAnalysis
  /// Pseudo-cubic origin: the first B, Å.
  private let origin: SIMD3<Double>

  static let mostAtoms = 1000
  /// An atom this near to one of its kind after a shift counts as repeated, Å.
  private static let repeatToleranceA = 0.02

  init(_ unitCell: UnitCell, path: String) throws(StructureError) {
    guard unitCell.atoms.count <= Self.mostAtoms else {
      throw .notPerovskite(
        path: path, reason: "\(unitCell.atoms.count) atoms in the cell; at most \(Self.mostAtoms) are taken")
    }
    let octahedra: [Octahedron]
    switch OctahedronSearch.octahedra(unitCell) {
    case .success(let found): octahedra = found
    case .failure(let refusal): throw .notPerovskite(path: path, reason: refusal.reason)
    }
    let lattice: PseudoCubicLattice
    switch PseudoCubicLattice.find(octahedra, cell: unitCell) {
    case .success(let found): lattice = found
    case .failure(let refusal): throw .notPerovskite(path: path, reason: refusal.reason)
    }
    let file = zip(lattice.indices, lattice.halfBonds).map {
      OctahedronRotation(indices: $0, tilt: RotationAnalysis.rotation(halfBonds: $1, axes: lattice.axes))
    }
    let asInFile = RotationAnalysis(file, cellSteps: lattice.cellSteps)
    let turn = Self.turnToUniqueAxis(asInFile, edges: lattice.axes.lengths)
    axes = turn.turned(lattice.axes)
    rotations = asInFile.turned(turn.turned, turn.turned)
    self.unitCell = unitCell
    origin = unitCell.position(octahedra[0].centre)
    let centres = Set(octahedra.map(\.centre))
    func species(_ isWanted: (Int) -> Bool) -> [ChemicalElement] {
      let elements = unitCell.atoms.indices.filter { unitCell.atoms[$0].element != .oxygen && isWanted($0) }
        .map { unitCell.atoms[$0].element }
      return Set(elements).sorted { $0.atomicNumber < $1.atomicNumber }
    }
    a = species { !centres.contains($0) }
    b = species { centres.contains($0) }
  }

  /// The rotation that makes the unique axis c and keeps the cyclic order of the others.
  private static func turnToUniqueAxis(_ analysis: RotationAnalysis, edges: SIMD3<Double>) -> AxisTurn {
    let senses = analysis.pattern.senses
    let alone = (0..<3).filter { axis in (0..<3).allSatisfy { $0 == axis || senses[$0] != senses[axis] } }
    let inPhase = (0..<3).filter { senses[$0] == .inPhase }
    let longest = (0..<3).filter { axis in (0..<3).allSatisfy { $0 == axis || edges[axis] > 1.002 * edges[$0] } }
    let unique = inPhase.count == 1 ? inPhase[0] : alone.count == 1 ? alone[0] : longest.first ?? 2
    return AxisTurn(unique: unique)
  }

  /// The crystal as the beam along `zone` sees it: the smallest orthogonal cell along [110], [001] and [1-10] of the view.
  public func view(along zone: ZoneAxis = .z1m10, path: String) throws(StructureError) -> ZoneView {
    let view = zone.turned(axes)
    let steps = [SIMD3(1.0, 1, 0), SIMD3(0, 0, 1.0), SIMD3(1.0, -1, 0)].map { view.cartesian($0) }
    // Along each direction the smallest number of steps that repeats the crystal; the file's cell bounds it.
    var edges: [SIMD3<Double>] = []
    for step in steps {
      let most = rotations.octahedra.count
      guard
        let count = (1...most).first(where: {
          unitCell.repeats(after: step * Double($0), toleranceA: Self.repeatToleranceA)
        })
      else {
        throw .unsupported(path: path, what: "the crystal does not repeat along a pseudo-cubic <110> within its cell")
      }
      edges.append(step * Double(count))
    }
    let box = Basis(edges[0], edges[1], edges[2])
    let cell = try box.filled(with: unitCell, origin: origin, path: path)
    return ZoneView(
      zone: zone, cell: cell, anglesDeg: box.anglesDeg, rotations: rotations.turned(zone.turned, zone.turned))
  }
}

/// A cyclic change of axes.
private struct AxisTurn {
  /// The axis that becomes the third.
  var unique: Int
  private var order: [Int] { [(unique + 1) % 3, (unique + 2) % 3, unique] }

  func turned(_ basis: Basis) -> Basis {
    let axes = [basis.a, basis.b, basis.c]
    return Basis(axes[order[0]], axes[order[1]], axes[order[2]])
  }

  func turned(_ v: SIMD3<Int>) -> SIMD3<Int> { SIMD3(v[order[0]], v[order[1]], v[order[2]]) }

  func turned(_ tilt: TiltAngles) -> TiltAngles {
    TiltAngles(vector: SIMD3(tilt.vector[order[0]], tilt.vector[order[1]], tilt.vector[order[2]]))
  }
}
