// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier

@testable import Multislice

/// One aberrated, tilted probe after another through an M × N supercell, with hard edges: what the weights of pairs of
/// beams are held to. Aberrations are written out as polynomials in the two angles.
struct SlowProbe {
  let cell: CrystalCell
  let conditions: ImagingConditions
  let probe: ProbeConditions

  /// `isSeen` gets the angle from the optical axis, mrad. Fractions of the beam at the exit, one for each position (Å).
  func signal(at positions: [SIMD2<Double>], isSeen: (SIMD2<Double>) -> Bool) -> [Double] {
    let small = GridSize.fitting(cell: cell, samplingA: conditions.samplingA)
    let grid = GridSize(nx: small.nx * conditions.mesh.x, ny: small.ny * conditions.mesh.y)
    let tiled = supercell()
    let lengths = SIMD2(tiled.lengthsA.x, tiled.lengthsA.y)
    let lambda = Electron(voltageKV: conditions.voltageKV).wavelengthA
    let slices = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    let dz = cell.lengthsA.z / Double(slices)
    let limit = BandLimit(samplingA: lengths / SIMD2(Double(grid.nx), Double(grid.ny)))
    let transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let frequencies = (0..<grid.count).map {
      SIMD2(
        Double(signedFrequency($0 / grid.ny, of: grid.nx)), Double(signedFrequency($0 % grid.ny, of: grid.ny)))
        / lengths
    }
    let propagator = transform.makeBuffer()
    for (n, k) in frequencies.enumerated() {
      let k2 = (k * k).sum()
      propagator[n] =
        Float(limit.factor(k2: k2) / Double(grid.count)) * Complex32(phase: -Double.pi * lambda * dz * k2)
    }
    let propagation = WavePropagation(
      transform: transform,
      transmission: TransmissionMaker(
        cell: tiled, grid: grid, electron: Electron(voltageKV: conditions.voltageKV), bandLimit: limit
      ).transmission(PotentialSlices(cell: tiled, grid: grid, sliceCount: slices)),
      propagator: propagator, exitSlices: [Int((conditions.thicknessesNm[0] * 10 / dz).rounded())])
    let angles = frequencies.map { $0 * lambda - probe.mistiltMrad * 1e-3 }
    let semiangle = conditions.semiangleMrad * 1e-3
    let inside = angles.map { ($0 * $0).sum().squareRoot() < semiangle }
    let seen = angles.map { isSeen($0 * 1e3) }
    let norm = Double(inside.count { $0 })
    let wave = transform.makeBuffer()
    return positions.map { position in
      for n in 0..<grid.count {
        let phase = -pathLength(angles[n]) / lambda - (frequencies[n] * position).sum()
        wave[n] = inside[n] ? Complex32(phase: 2 * Double.pi * phase) : .zero
      }
      transform.inverse(wave)
      var sum = 0.0
      propagation.run(wave: wave) { _, wave in
        for n in 0..<grid.count where seen[n] { sum += Double(wave[n].squaredMagnitude) }
      }
      return sum / norm
    }
  }

  /// χ λ/2π, Å, at an angle in radians.
  private func pathLength(_ a: SIMD2<Double>) -> Double {
    func turned(_ aberration: ProbeConditions.Astigmatic, _ fold: Double) -> SIMD2<Double> {
      let angle = fold * aberration.azimuthDeg * Double.pi / 180
      return aberration.sizeA * SIMD2(cosine(angle), cosine(angle - Double.pi / 2))
    }
    let r2 = (a * a).sum()
    let (a1, b2, a2) = (turned(probe.astigmatism, 2), turned(probe.coma, 1), turned(probe.threefold, 3))
    let twofold = SIMD2(a.x * a.x - a.y * a.y, 2 * a.x * a.y)
    let threefold = SIMD2(a.x * (a.x * a.x - 3 * a.y * a.y), a.y * (3 * a.x * a.x - a.y * a.y))
    return -probe.defocusA * r2 / 2 + probe.sphericalMm * 1e7 * r2 * r2 / 4 + (a1 * twofold).sum() / 2
      + r2 * (b2 * a).sum() / 3 + (a2 * threefold).sum() / 3
  }

  private func cosine(_ angle: Double) -> Double { Double(Complex32(phase: angle).re) }

  private func supercell() -> CrystalCell {
    let size = SIMD3(Double(conditions.mesh.x), Double(conditions.mesh.y), 1)
    var atoms: [Atom] = []
    for i in 0..<conditions.mesh.x {
      for j in 0..<conditions.mesh.y {
        atoms += cell.atoms.map {
          Atom(element: $0.element, position: ($0.position + SIMD3(Double(i), Double(j), 0)) / size)
        }
      }
    }
    return CrystalCell(lengthsA: cell.lengthsA * size, atoms: atoms)
  }
}
