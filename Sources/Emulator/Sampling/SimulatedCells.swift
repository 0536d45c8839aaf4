// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Simulations themselves as a source of images: the slow reference beside an emulator. No mistilt, no directional blur.
///
/// A tilt is simulated when it is first asked for, at all thicknesses and defoci at once, and kept; images are of the thickness and
/// defocus nearest to those asked for. The atoms of every tilt move by the same displacements, so that the images of two tilts differ by
/// little but the tilt. About 3 s of one core for each tilt, starting layer and repeat of SrTiO3 up to 20 nm.
public final class SimulatedCells: CellImageSource, @unchecked Sendable {
  public let gridWidth: Int
  public let gridHeight: Int
  public let pseudoCubicA: Double
  public let pattern: TiltPattern
  public let tiltRangeDegrees: ClosedRange<Double> = -45...45
  public let thicknessRangeNm: ClosedRange<Double>
  public let defocusRangeA: ClosedRange<Double>
  public let startingLayerCount = 2

  private let simulator: FamilySimulator
  private let thicknessesNm: [Double]
  private let defociA: [Double]
  private let repeats: Int
  private let threads: Int
  private let lengthsA: SIMD2<Double>
  private let onSimulation: @Sendable (Int) -> Void

  private struct Key: Hashable {
    var tilt: SIMD3<Double>
    var startingLayer: Int
  }
  private let lock = NSLock()
  /// [thickness][defocus], means over the repeats.
  private var known: [Key: [ImageSpectrum]] = [:]

  /// `design` says instrument and mesh; its ranges and nodes do not matter. Images are means over `repeats` sets of displacements.
  /// `onSimulation` hears how many tilts have been simulated, from whatever thread asked.
  public init(
    _ family: CrystalFamily, design: EmulatorDesign = EmulatorDesign(), thicknessesNm: [Double], defociA: [Double],
    repeats: Int, threads: Int, onSimulation: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(EmulatorError) {
    func ordered(_ values: [Double], _ what: String) throws(EmulatorError) -> ClosedRange<Double> {
      guard let least = values.min(), let largest = values.max(), values.allSatisfy(\.isFinite) else {
        throw .badDesign(what: what, expected: "finite numbers", found: "\(values)")
      }
      return least...largest
    }
    thicknessRangeNm = try ordered(thicknessesNm, "thicknesses, nm")
    guard thicknessRangeNm.lowerBound > 0, thicknessRangeNm.upperBound <= 100, thicknessesNm.count <= 1000 else {
      throw .badDesign(what: "thicknesses, nm", expected: "up to 1000 above 0, to 100", found: "\(thicknessRangeNm)")
    }
    defocusRangeA = try ordered(defociA, "defoci, Å")
    guard repeats > 0 else { throw .badDesign(what: "repeats", expected: "1 or more", found: "\(repeats)") }
    simulator = try FamilySimulator(design: design, family: family)
    (self.thicknessesNm, self.defociA) = (thicknessesNm, defociA)
    (self.repeats, self.threads, self.onSimulation) = (repeats, threads, onSimulation)
    (pseudoCubicA, pattern) = (simulator.material.pseudoCubicA, simulator.pattern)
    lengthsA = simulator.lengthsA
    (gridWidth, gridHeight) = (simulator.gridSize.x, simulator.gridSize.y)
  }

  public func makeWorkspace() {}

  public func render(_ state: ImagingState, into grid: inout [Float], workspace: inout Void) {
    precondition(grid.count == gridWidth * gridHeight, "the grid holds gridWidth · gridHeight values")
    func nearest(_ values: [Double], _ value: Double) -> Int {
      values.indices.min { abs(values[$0] - value) < abs(values[$1] - value) } ?? 0
    }
    let place = nearest(thicknessesNm, state.thicknessNm) * defociA.count + nearest(defociA, state.defocusA)
    let spectrum = spectra(state)[place].blurred(fwhmA: state.sourceFWHMA, lengthsA: lengthsA)
    let image = spectrum.image(nx: gridWidth, ny: gridHeight)
    for y in 0..<gridHeight { for x in 0..<gridWidth { grid[y * gridWidth + x] = image[x * gridHeight + y] } }
  }

  private func spectra(_ state: ImagingState) -> [ImageSpectrum] {
    let key = Key(
      tilt: SIMD3(state.tilt.alpha, state.tilt.beta, state.tilt.gamma), startingLayer: state.startingLayer)
    lock.lock()
    defer { lock.unlock() }
    if let spectra = known[key] { return spectra }
    let runs = (1...repeats).map { seed in
      simulator.spectra(
        DesignPoint(
          tilt: state.tilt, mistiltMrad: .zero, startingLayer: state.startingLayer, seed: UInt64(seed)),
        views: [.zero], thicknessesNm: thicknessesNm, defociA: defociA, threads: threads)
    }
    let mean = runs[0].indices.map { n in ImageSpectrum.mean(runs.map { $0[n] }) }
    known[key] = mean
    onSimulation(known.count)
    return mean
  }
}
