// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import GlazerCore
import Testing

@testable import Multislice

/// The slow obvious reference: one converged probe after another through an M × N supercell, intensity summed over the
/// detector. It shares the potentials and the propagation of a single wave with the fast method and nothing else: no
/// mesh, no scattering matrix, no Fourier series of the image.
private struct ProbeMultislice {
  let cell: CrystalCell
  let conditions: ImagingConditions

  /// Images [thickness] at the given positions (Å).
  func image(positions: [SIMD2<Double>]) -> [[Double]] {
    let tiled = supercell()
    let small = GridSize.fitting(cell: cell, samplingA: conditions.samplingA)
    let grid = GridSize(nx: small.nx * conditions.mesh.x, ny: small.ny * conditions.mesh.y)
    let electron = Electron(voltageKV: conditions.voltageKV)
    let slices = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    let dz = cell.lengthsA.z / Double(slices)
    let lengths = SIMD2(tiled.lengthsA.x, tiled.lengthsA.y)
    let limit = BandLimit(samplingA: lengths / SIMD2(Double(grid.nx), Double(grid.ny)))
    let potential = PotentialSlices(cell: tiled, grid: grid, sliceCount: slices)
    let transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let lambda = electron.wavelengthA
    func frequency(_ n: Int) -> SIMD2<Double> {
      SIMD2(
        Double(signedFrequency(n / grid.ny, of: grid.nx)), Double(signedFrequency(n % grid.ny, of: grid.ny)))
        / lengths
    }
    let propagator = transform.makeBuffer()
    for n in 0..<grid.count {
      let k = frequency(n)
      let k2 = (k * k).sum()
      let factor = Float(limit.factor(k2: k2) / Double(grid.count))
      propagator[n] = factor * Complex32(phase: -Double.pi * lambda * dz * k2)
    }
    let propagation = WavePropagation(
      transform: transform,
      transmission: TransmissionMaker(cell: tiled, grid: grid, electron: electron, bandLimit: limit).transmission(potential),
      propagator: propagator,
      exitSlices: conditions.thicknessesNm.map { Int(($0 * 10 / dz).rounded()) })
    let aperture = conditions.semiangleMrad * 1e-3 / lambda
    var images = conditions.thicknessesNm.map { _ in [Double]() }
    let wave = transform.makeBuffer()
    for position in positions {
      var norm = 0.0
      for n in 0..<grid.count {
        let k = frequency(n)
        let k2 = (k * k).sum()
        let isInside = k2.squareRoot() < aperture
        let defocus = Double.pi * lambda * conditions.probes[0].defocusA * k2
        wave[n] = isInside ? Complex32(phase: defocus - 2 * Double.pi * (k * position).sum()) : .zero
        norm += isInside ? 1 : 0
      }
      transform.inverse(wave)
      propagation.run(wave: wave) { exit, wave in
        var sum = 0.0
        for n in 0..<grid.count {
          let k = frequency(n)
          let angle = (k * k).sum().squareRoot() * lambda * 1e3
          let detector = conditions.detectors[0]
          if angle >= detector.innerMrad, angle < detector.outerMrad { sum += Double(wave[n].squaredMagnitude) }
        }
        images[exit].append(sum / norm)
      }
    }
    return images
  }

  private func supercell() -> CrystalCell {
    let (m, n) = (conditions.mesh.x, conditions.mesh.y)
    let size = SIMD3(Double(m), Double(n), 1)
    var atoms: [Atom] = []
    for i in 0..<m {
      for j in 0..<n {
        for atom in cell.atoms {
          atoms.append(
            Atom(element: atom.element, position: (atom.position + SIMD3(Double(i), Double(j), 0)) / size))
        }
      }
    }
    return CrystalCell(lengthsA: cell.lengthsA * size, atoms: atoms)
  }
}

@Suite struct ProbeMultisliceTests {
  @Test func fastMethodEqualsProbeByProbe() throws {
    let material = try #require(Material.named("SrTiO3"))
    let tilt = TiltAngles(alpha: 5, beta: 3, gamma: -4)
    let cell = Perovskite(material: material, tilt: tilt).cell().centredInSlices(4)
    var conditions = ImagingConditions()
    conditions.mesh = SIMD2(2, 2)
    conditions.edges = .hard
    conditions.samplingA = 0.15
    conditions.thicknessesNm = [1.1, 2.2]
    conditions.probes = [ProbeConditions(defocusA: 25)]
    let (nx, ny) = (3, 4)
    var positions: [SIMD2<Double>] = []
    for i in 0..<nx {
      for j in 0..<ny {
        positions.append(
          SIMD2(Double(i) * cell.lengthsA.x / Double(nx), Double(j) * cell.lengthsA.y / Double(ny)))
      }
    }
    let slow = ProbeMultislice(cell: cell, conditions: conditions).image(positions: positions)
    let fast = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)[0]
    for t in 0..<2 {
      let image = fast[t][0].image(nx: nx, ny: ny)
      for n in positions.indices { #expect(abs(Double(image[n]) - slow[t][n]) < 2e-5) }
    }
  }

  /// To rounding: the two runs may have been given different FFTW plans.
  @Test func resultDoesNotDependOnTheNumberOfThreads() throws {
    let material = try #require(Material.named("SrTiO3"))
    let cell = Perovskite(material: material, tilt: TiltAngles(alpha: 2, beta: 0, gamma: 1)).cell().centredInSlices(4)
    var conditions = ImagingConditions()
    conditions.mesh = SIMD2(1, 1)
    conditions.samplingA = 0.2
    conditions.thicknessesNm = [2]
    let one = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 1)[0][0][0].image(nx: 8, ny: 8)
    let three = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 3)[0][0][0].image(nx: 8, ny: 8)
    for n in one.indices { #expect(abs(one[n] - three[n]) < 1e-5) }
  }
}
