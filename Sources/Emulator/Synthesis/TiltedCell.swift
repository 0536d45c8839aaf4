// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Multislice

extension CellPicture {
  /// Simulates the cell of a uniformly tilted crystal (pattern `---`).
  ///
  /// `conditions` names one detector, thickness and defocus (the first of each is used); `sourceFWHMA` is the size of the
  /// electron source in the specimen plane, Å. Atoms move as the conditions say. Cost: one PRISM run, seconds on one core.
  public static func simulated(
    material: Material, tilt: TiltAngles, conditions: ImagingConditions, sourceFWHMA: Double, threads: Int = 1,
    progress: @Sendable (Double) -> Void = { _ in }
  ) -> CellPicture {
    let cell = Perovskite(material: material, tilt: tilt).cell()
    let slices = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    let prism = BlochPRISM(cell: cell.centredInSlices(slices), conditions: conditions)
    let spectrum = prism.spectra(threads: threads, progress: progress)[0][0][0]
    return CellPicture(
      tilt: tilt,
      spectrum: spectrum.blurred(fwhmA: sourceFWHMA, lengthsA: SIMD2(cell.lengthsA.x, cell.lengthsA.y)))
  }
}
