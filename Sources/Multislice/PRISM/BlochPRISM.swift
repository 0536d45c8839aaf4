// SPDX-License-Identifier: GPL-3.0-or-later
import Dispatch
import Foundation
import Fourier
import GlazerCore

/// Images of a periodic crystal by Bloch-decomposed PRISM.
///
/// Each incident plane wave k0 + G, k0 a point of an M × N mesh of the Brillouin zone, runs on the small cell by itself;
/// diffraction keeps k0, so the wave that leaves in a beam is a sum over G alone and its intensity a quadratic form in
/// the probe's aberration phases. One run gives every thickness, probe and detector, at any scan point. It equals a
/// scattering matrix (Ophus, Adv. Struct. Chem. Imaging 3, 13 (2017)) on an M × N tiling of the cell.
public struct BlochPRISM: Sendable {
  public let cell: CrystalCell
  public let conditions: ImagingConditions
  public let grid: GridSize
  public let sliceCount: Int
  public let electron: Electron

  /// `cell` must have its atomic layers where its slices want them (`CrystalCell.centredInSlices`).
  public init(cell: CrystalCell, conditions: ImagingConditions) {
    self.cell = cell
    self.conditions = conditions
    grid = GridSize.fitting(cell: cell, samplingA: conditions.sufficientSamplingA(cell: cell))
    sliceCount = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    electron = Electron(voltageKV: conditions.voltageKV)
  }

  public var sliceThicknessA: Double { cell.lengthsA.z / Double(sliceCount) }

  /// Slices to each exit thickness.
  public var exitSlices: [Int] {
    conditions.thicknessesNm.map { max(1, Int(($0 * 10 / sliceThicknessA).rounded())) }
  }

  /// The thicknesses that are really computed, nm: whole slices.
  public var exactThicknessesNm: [Double] { exitSlices.map { Double($0) * sliceThicknessA / 10 } }

  /// Largest |h| and |k| in the series of an image, which ends at twice the aperture.
  public var largestHarmonic: SIMD2<Int> {
    let reach = 2 * conditions.semiangleMrad * 1e-3 / electron.wavelengthA
    return SIMD2(Int(reach * cell.lengthsA.x) + 1, Int(reach * cell.lengthsA.y) + 1)
  }

  /// Image spectra `[detector][thickness][probe]`, as fractions of the beam.
  ///
  /// Cost: incident beams over all mesh points · slices · two transforms of the grid, and little for each detector,
  /// thickness and probe. Memory: threads · incident · collected beams · thicknesses · 8 bytes (`ScatteringMatrices`): 11 MB for
  /// 30 thicknesses of the 20-atom SrTiO3 cell at 200 kV with detectors up to 30 mrad, 90 MB up to 90 mrad. `progress` hears the finished share 0…1 and may
  /// run on any of the `threads`.
  ///
  /// With thermal motion every point of the mesh has displacements of its own: the points' images add up without
  /// interference, so the sum over the mesh is at the same time an average over configurations and costs nothing more.
  public func spectra(threads: Int = 1, progress: @Sendable (Double) -> Void = { _ in }) -> [[[ImageSpectrum]]] {
    let sampling = SIMD2(cell.lengthsA.x / Double(grid.nx), cell.lengthsA.y / Double(grid.ny))
    let bandLimit = BandLimit(samplingA: sampling)
    let meshCount = conditions.mesh.x * conditions.mesh.y
    let crystal = ShakenCrystal(
      cell: cell, grid: grid, sliceCount: sliceCount, depth: exitSlices.max() ?? 0, electron: electron,
      bandLimit: bandLimit, motion: conditions.motion, configurations: meshCount)
    let ascending = exitSlices.enumerated().sorted { $0.element < $1.element }
    let totals = SpectrumTotals(
      conditions: conditions, exits: exitSlices.count, wavelengthA: electron.wavelengthA, maximum: largestHarmonic)
    let shares = SharesOfPoints(count: meshCount)
    let source = UncheckedSendable(crystal)
    // As many points of the mesh at a time as there are threads: points have nothing to do with each other, so this shares
    // the work more evenly than the few batches of waves of one point. They are added in order, whoever was first.
    for first in stride(from: 0, to: meshCount, by: max(1, threads)) {
      let points = first..<min(first + max(1, threads), meshCount)
      let finished = FinishedPoints(count: points.count)
      DispatchQueue.concurrentPerform(iterations: points.count) { n in
        let point = points.lowerBound + n
        let beams = BeamSet(
          meshPoint: SIMD2(point / conditions.mesh.y, point % conditions.mesh.y), cell: cell, grid: grid,
          conditions: conditions, mistiltsMrad: totals.mistiltsMrad, electron: electron,
          sliceThicknessA: sliceThicknessA, bandLimit: bandLimit)
        let propagation = BatchPropagation(
          grid: grid, transmission: source.value.transmission(configuration: point), propagator: beams.propagator,
          exitSlices: ascending.map(\.element))
        let scattering = ScatteringMatrices(
          beams: beams, propagation: propagation, exits: ascending.map(\.offset), threads: threads / points.count
        ) { progress(shares.update(point, $0)) }
        finished.store((scattering, beams), at: n)
      }
      for (scattering, beams) in finished.inOrder() { totals.add(scattering, beams: beams, threads: threads) }
    }
    return totals.spectra()
  }
}

/// Finished share of each point of the mesh, for one figure of progress.
private final class SharesOfPoints: @unchecked Sendable {
  private let lock = NSLock()
  private var shares: [Double]

  init(count: Int) { shares = Array(repeating: 0, count: count) }

  func update(_ point: Int, _ share: Double) -> Double {
    lock.lock()
    defer { lock.unlock() }
    shares[point] = share
    return shares.reduce(0, +) / Double(shares.count)
  }
}

/// What several threads have made of some points of the mesh, each under its own number.
private final class FinishedPoints: @unchecked Sendable {
  typealias Point = (scattering: ScatteringMatrices, beams: BeamSet)

  private let lock = NSLock()
  private var points: [Point?]

  init(count: Int) { points = Array(repeating: nil, count: count) }

  func store(_ point: Point, at index: Int) {
    lock.lock()
    points[index] = point
    lock.unlock()
  }

  func inOrder() -> [Point] { points.compactMap(\.self) }
}
