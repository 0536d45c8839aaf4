// SPDX-License-Identifier: GPL-3.0-or-later

/// What a simulation is discretised by.
public enum DiscretisationParameter: String, Sendable, Codable, CaseIterable {
  /// Points of the wave over one cell.
  case grid
  /// Slices in one period.
  case slices
  /// Points of the Brillouin-zone mesh.
  case mesh
}

/// One simulation of a study: the chosen one, or one that is finer in a single parameter.
public struct ConvergenceStep: Sendable {
  /// nil: the chosen simulation.
  public let parameter: DiscretisationParameter?
  public let simulation: BlochPRISM

  /// Computing time, in waves · slices · points; what a transform costs on top of each point is left out.
  var cost: Double {
    let mesh = simulation.conditions.mesh
    let depth = simulation.exitSlices.max() ?? 0
    return Double(mesh.x * mesh.y) * Double(simulation.grid.count) * Double(depth)
  }

  init(chosen: BlochPRISM) {
    parameter = nil
    simulation = chosen
  }

  /// `chosen` with grids `factor` times as fine along both axes.
  static func grid(_ chosen: BlochPRISM, factor: Double) -> ConvergenceStep {
    var conditions = exact(chosen)
    let lengths = SIMD2(chosen.cell.lengthsA.x, chosen.cell.lengthsA.y)
    let sampling = lengths / SIMD2(Double(chosen.grid.nx), Double(chosen.grid.ny))
    conditions.samplingA = sampling.max() / factor
    return ConvergenceStep(.grid, BlochPRISM(cell: chosen.cell, conditions: conditions))
  }

  /// `chosen` with meshes 1.5 times and twice as dense along both axes, rounded up, each denser than the one before: a
  /// single point would become two in both.
  static func meshes(_ chosen: BlochPRISM) -> [ConvergenceStep] {
    var conditions = exact(chosen)
    return [1.5, 2].map { factor in
      for axis in 0..<2 {
        let dense = Int((Double(chosen.conditions.mesh[axis]) * factor).rounded(.up))
        conditions.mesh[axis] = max(dense, conditions.mesh[axis] + 1)
      }
      return ConvergenceStep(.mesh, BlochPRISM(cell: chosen.cell, conditions: conditions))
    }
  }

  /// `chosen` with every slice cut into `factor`.
  ///
  /// What lay in the middle of a slice has to lie in the middle of a thinner one, and waves are transmitted where a slice
  /// begins. The crystal is moved by part of a thin slice for the first, and the defocus makes up for the vacuum that
  /// comes before the first layer by the second: to the beam nothing but the heights of the atoms has changed.
  static func slices(_ chosen: BlochPRISM, factor: Int) -> ConvergenceStep {
    var conditions = exact(chosen)
    let thin = chosen.sliceThicknessA / Double(factor)
    let slicesBefore = factor / 2
    let move = (Double(slicesBefore) + 0.5) * thin - chosen.sliceThicknessA / 2
    let cell = chosen.cell.shifted(by: SIMD3(0, 0, move / chosen.cell.lengthsA.z))
    conditions.maximumSliceA = thin
    for n in conditions.probes.indices { conditions.probes[n].defocusA += Double(slicesBefore) * thin }
    return ConvergenceStep(.slices, BlochPRISM(cell: cell, conditions: conditions))
  }

  private init(_ parameter: DiscretisationParameter, _ simulation: BlochPRISM) {
    self.parameter = parameter
    self.simulation = simulation
  }

  /// Thicknesses that are already whole slices stay the same ones in thinner slices.
  private static func exact(_ chosen: BlochPRISM) -> ImagingConditions {
    var conditions = chosen.conditions
    conditions.thicknessesNm = chosen.exactThicknessesNm
    return conditions
  }
}
