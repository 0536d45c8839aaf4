// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

@testable import Multislice

/// The slow obvious reference: one converged probe after another through a supercell, intensity summed over detectors.
///
/// It shares the projected potentials, the band limit and the two-dimensional transform with the fast method and nothing
/// else: transmission functions, propagator, loop over slices, probe and detectors are its own.
struct ProbeMultislice {
  /// Size of the supercell along x and y, Å.
  let lengthsA: SIMD2<Double>
  let grid: GridSize
  let sliceThicknessA: Double
  let electron: Electron
  private let transform: ComplexTransform2D
  /// Real space, `[slice][x][y]`.
  private let transmission: [[Complex32]]
  /// Reciprocal space, `[x][y]`, divided by the grid count.
  private let propagator: [Complex32]

  /// `potentialVA` is `[slice][x][y]` over the supercell, V Å, one period.
  init(
    potentialVA: [[Float]], lengthsA: SIMD2<Double>, grid: GridSize, sliceThicknessA: Double, voltageKV: Double
  ) {
    (self.lengthsA, self.grid, self.sliceThicknessA) = (lengthsA, grid, sliceThicknessA)
    let electron = Electron(voltageKV: voltageKV)
    let transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let limit = BandLimit(samplingA: lengthsA / SIMD2(Double(grid.nx), Double(grid.ny)))
    let k2 = (0..<grid.count).map { n in
      let k = Self.frequency(n, grid: grid, lengthsA: lengthsA)
      return (k * k).sum()
    }
    let limits = k2.map { Float(limit.factor(k2: $0) / Double(grid.count)) }
    let wave = transform.makeBuffer()
    transmission = potentialVA.map { slice in
      for n in 0..<grid.count { wave[n] = Complex32(phase: electron.interactionConstant * Double(slice[n])) }
      transform.forward(wave)
      for n in 0..<grid.count { wave[n] = limits[n] * wave[n] }
      transform.inverse(wave)
      return (0..<grid.count).map { wave[$0] }
    }
    propagator = (0..<grid.count).map {
      limits[$0] * Complex32(phase: -Double.pi * electron.wavelengthA * sliceThicknessA * k2[$0])
    }
    (self.electron, self.transform) = (electron, transform)
  }

  /// `cell` tiled m × n times, sampled and sliced as the fast method samples and slices the cell with `conditions`.
  init(cell: CrystalCell, tiling: SIMD2<Int>, conditions: ImagingConditions) {
    let small = GridSize.fitting(cell: cell, samplingA: conditions.samplingA)
    let tiled = Self.tiled(cell, tiling)
    let slices = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    let grid = GridSize(nx: small.nx * tiling.x, ny: small.ny * tiling.y)
    let potential = PotentialSlices(cell: tiled, grid: grid, sliceCount: slices)
    self.init(
      potentialVA: (0..<slices).map { Array(potential.voltAngstrom[$0 * grid.count..<($0 + 1) * grid.count]) },
      lengthsA: SIMD2(tiled.lengthsA.x, tiled.lengthsA.y), grid: grid,
      sliceThicknessA: potential.sliceThicknessA, voltageKV: conditions.voltageKV)
  }

  /// The probe at `position` (Å) in real space, Σ|ψ|² = 1. A hard aperture; `phase` is −χ in radians at k (1/Å).
  func probe(
    at position: SIMD2<Double>, semiangleMrad: Double, phase: (SIMD2<Double>) -> Double = { _ in 0 }
  ) -> FourierBuffer {
    let wave = transform.makeBuffer()
    let aperture = semiangleMrad * 1e-3 / electron.wavelengthA
    var beams = 0.0
    for n in 0..<grid.count {
      let k = frequency(n)
      guard (k * k).sum().squareRoot() < aperture else { continue }
      wave[n] = Complex32(phase: phase(k) - 2 * Double.pi * (k * position).sum())
      beams += 1
    }
    transform.inverse(wave)
    let scale = Float(1 / (beams * Double(grid.count)).squareRoot())
    for n in 0..<grid.count { wave[n] = scale * wave[n] }
    return wave
  }

  /// Carries `wave` (real space) through `exits.last` slices: transmit, then propagate. At each of `exits` (ascending)
  /// `atExit` gets the number of the exit and the wave in reciprocal space, Σ|ψ|² as in real space.
  func run(_ wave: FourierBuffer, exits: [Int], atExit: (Int, [Complex32]) -> Void) {
    let scale = Float(Double(grid.count).squareRoot())
    for slice in 1...exits.last! {
      let factors = transmission[(slice - 1) % transmission.count]
      for n in 0..<grid.count { wave[n] = factors[n] * wave[n] }
      transform.forward(wave)
      for n in 0..<grid.count { wave[n] = propagator[n] * wave[n] }
      for (number, exit) in exits.enumerated() where exit == slice {
        atExit(number, (0..<grid.count).map { scale * wave[$0] })
      }
      transform.inverse(wave)
    }
  }

  /// The wave in real space after `slices` slices, Σ|ψ|² as before.
  func exitWave(_ wave: FourierBuffer, slices: Int) -> [Complex32] {
    run(wave, exits: [slices]) { _, _ in }
    return (0..<grid.count).map { wave[$0] }
  }

  /// Images `[detector][thickness][position]`, fractions of the beam. Hard edges; an inner edge belongs to its detector.
  func images(
    detectors: [AnnularDetector], exits: [Int], positions: [SIMD2<Double>], semiangleMrad: Double,
    phase: (SIMD2<Double>) -> Double = { _ in 0 }
  ) -> [[[Double]]] {
    let anglesMrad = (0..<grid.count).map { n in
      let k = frequency(n)
      return (k * k).sum().squareRoot() * electron.wavelengthA * 1e3
    }
    var images = detectors.map { _ in exits.map { _ in [Double]() } }
    for position in positions {
      run(probe(at: position, semiangleMrad: semiangleMrad, phase: phase), exits: exits) { exit, wave in
        for (d, detector) in detectors.enumerated() {
          var sum = 0.0
          for n in wave.indices where anglesMrad[n] >= detector.innerMrad && anglesMrad[n] < detector.outerMrad {
            sum += Double(wave[n].squaredMagnitude)
          }
          images[d][exit].append(sum)
        }
      }
    }
    return images
  }

  /// Spatial frequency of a point of the grid, 1/Å.
  func frequency(_ n: Int) -> SIMD2<Double> { Self.frequency(n, grid: grid, lengthsA: lengthsA) }

  private static func frequency(_ n: Int, grid: GridSize, lengthsA: SIMD2<Double>) -> SIMD2<Double> {
    func signed(_ index: Int, _ count: Int) -> Double { Double(2 * index < count ? index : index - count) }
    return SIMD2(signed(n / grid.ny, grid.nx), signed(n % grid.ny, grid.ny)) / lengthsA
  }

  private static func tiled(_ cell: CrystalCell, _ tiling: SIMD2<Int>) -> CrystalCell {
    let size = SIMD3(Double(tiling.x), Double(tiling.y), 1)
    var atoms: [Atom] = []
    for i in 0..<tiling.x {
      for j in 0..<tiling.y {
        for atom in cell.atoms {
          atoms.append(
            Atom(element: atom.element, position: (atom.position + SIMD3(Double(i), Double(j), 0)) / size))
        }
      }
    }
    return CrystalCell(lengthsA: cell.lengthsA * size, atoms: atoms)
  }
}
