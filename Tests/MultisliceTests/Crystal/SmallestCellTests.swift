// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Multislice

/// Positions in Å on a grid of 1e-6 Å, with their elements: equal for equal crystals.
private func fingerprint(_ cell: CrystalCell) -> Set<SIMD4<Int>> {
  Set(
    cell.atoms.map { atom in
      var grid = SIMD4<Int>(0, 0, 0, atom.element.atomicNumber)
      for axis in 0..<3 {
        let steps = Int((cell.lengthsA[axis] * 1e6).rounded())
        grid[axis] = Int((atom.position[axis] * cell.lengthsA[axis] * 1e6).rounded()) % steps
      }
      return grid
    })
}

/// Whether every atom moved by a lattice vector (in cells of the cell, fractions) lies on one of its kind within 1e-4 Å.
private func repeats(_ cell: CrystalCell, after shift: SIMD3<Double>) -> Bool {
  let moved = cell.shifted(by: shift)
  return moved.atoms.allSatisfy { atom in
    cell.atoms.contains { other in
      guard other.element == atom.element else { return false }
      var d = other.position - atom.position
      d -= d.rounded(.toNearestOrEven)
      d *= cell.lengthsA
      return (d * d).sum() < 1e-8
    }
  }
}

@Suite struct SmallestCellTests {
  /// Every pattern, with general angles and with angles of zero, against the cell that holds all of them.
  @Test func smallestCellTiledIsTheLargeOneAndNoSmallerOneIs() throws {
    let material = try #require(Material.named("CaTiO3"))
    let large = Perovskite.Periods(across: 2, up: 2)
    var counts: [Int: Int] = [:]
    for pattern in TiltPattern.all {
      for tilt in [
        TiltAngles(alpha: 5, beta: 3, gamma: -4), TiltAngles(alpha: 5, beta: 0, gamma: 2),
        TiltAngles(alpha: 0, beta: 0, gamma: 3), .zero,
      ] {
        let crystal = Perovskite(material: material, tilt: tilt, pattern: pattern)
        let periods = crystal.smallestPeriods
        let small = crystal.cell(periods)
        let reference = crystal.cell(large)
        counts[small.atoms.count, default: 0] += 1
        #expect(small.atoms.count == periods.atomCount)
        let factor = SIMD3(2 / periods.across, 2 / periods.up, 2 / periods.across)
        let tiled = small.tiled(factor)
        #expect(tiled.atoms.count == reference.atoms.count)
        #expect(fingerprint(tiled) == fingerprint(reference), "\(pattern) \(tilt)")
        // Brute force: the shortest step along each axis that repeats the large cell is the small cell's edge.
        for (axis, wanted) in [(0, periods.across), (1, periods.up), (2, periods.across)] {
          var half = SIMD3<Double>.zero
          half[axis] = 0.5
          #expect(repeats(reference, after: half) == (wanted == 1), "\(pattern) \(tilt) axis \(axis)")
          // Half of the smallest conceivable edge never repeats an orthogonal perovskite cell.
          half[axis] = 0.25
          #expect(!repeats(reference, after: half))
        }
      }
    }
    #expect(Set(counts.keys) == [10, 20, 80])
  }

  @Test func commonCellDependsOnThePatternAlone() throws {
    let material = try #require(Material.named("SrTiO3"))
    for pattern in TiltPattern.all {
      let tilted = Perovskite(material: material, tilt: TiltAngles(alpha: 1, beta: 2, gamma: 3), pattern: pattern)
      let flat = Perovskite(material: material, tilt: .zero, pattern: pattern)
      #expect(tilted.cell().lengthsA == flat.cell().lengthsA)
      #expect(tilted.cell().atoms.count == (pattern.a == .inPhase || pattern.b == .inPhase ? 80 : 20))
    }
  }

  /// The same crystal in a cell of half the height, on a mesh of twice the points along y: the same image, to rounding.
  @Test func smallestCellGivesTheSameImage() throws {
    let material = try #require(Material.named("SrTiO3"))
    let crystal = Perovskite(
      material: material, tilt: TiltAngles(alpha: 0, beta: 0, gamma: 6),
      pattern: TiltPattern(a: .none, b: .none, c: .inPhase))
    #expect(crystal.smallestPeriods == Perovskite.Periods(across: 1, up: 1))
    func image(_ periods: Perovskite.Periods, mesh: SIMD2<Int>, ny: Int) -> [Float] {
      var conditions = ImagingConditions()
      conditions.mesh = mesh
      // 36 points for a and 72 for 2 a: the same sampling, hence the same band limit.
      conditions.samplingA = 0.109
      conditions.thicknessesNm = [2]
      let cell = crystal.cell(periods).centredInSlices(4)
      return BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 1)[0][0][0].image(nx: 6, ny: ny)
    }
    let small = image(crystal.smallestPeriods, mesh: SIMD2(2, 4), ny: 5)
    let common = image(crystal.commonPeriods, mesh: SIMD2(2, 2), ny: 10)
    for i in 0..<6 {
      for j in 0..<10 { #expect(abs(common[i * 10 + j] - small[i * 5 + j % 5]) < 1e-5) }
    }
  }

  @Test func startingLayerTurnsTheOrderAndKeepsTheRest() throws {
    let material = try #require(Material.named("BiFeO3"))
    let crystal = Perovskite(material: material, tilt: TiltAngles(alpha: 5, beta: 3, gamma: -4))
    let slices = crystal.cell().sliceCount(maximumSliceA: 1.4)
    #expect(slices == 4)
    let cell = crystal.cell().centredInSlices(slices)
    func layers(_ cell: CrystalCell) -> [[String]] {
      (0..<slices).map { n in
        cell.atoms.filter { Int($0.position.z * Double(slices)) == n }.map(\.element.symbol).sorted()
      }
    }
    #expect(layers(cell).map(\.count) == [6, 4, 6, 4])
    for start in 0..<slices {
      let turned = cell.startingAtLayer(start, of: slices)
      #expect(layers(turned) == (0..<slices).map { layers(cell)[($0 + start) % slices] })
      for (before, after) in zip(cell.atoms, turned.atoms) {
        #expect(abs(before.position.x - after.position.x) < 1e-12 && abs(before.position.y - after.position.y) < 1e-12)
        let layer = after.position.z * Double(slices)
        #expect(abs(layer - layer.rounded(.down) - 0.5) < 0.2)
      }
    }
    #expect(cell.startingAtLayer(4, of: 4).atoms.map(\.element) == cell.atoms.map(\.element))
  }
}

@Suite struct MaterialTests {
  @Test func dataAreThereAndPlausible() throws {
    let wanted = ["SrTiO3", "CaTiO3", "LaAlO3", "BiFeO3", "LaFeO3", "LaMnO3", "SrRuO3", "NdGaO3", "YAlO3", "NdAlO3"]
    #expect(Set(wanted).isSubset(of: Set(Material.known.map(\.name))))
    for material in Material.known {
      #expect((3.7...4.1).contains(material.pseudoCubicA))
      for u2 in [material.meanSquareDisplacements.a, material.meanSquareDisplacements.b] {
        #expect((0.002...0.02).contains(u2))
      }
      #expect((0.005...0.015).contains(material.meanSquareDisplacements.oxygen))
      #expect(material.meanSquareDisplacement(of: material.a) == material.meanSquareDisplacements.a)
      #expect(material.meanSquareDisplacement(of: .oxygen) == material.meanSquareDisplacements.oxygen)
    }
    let titanate = try #require(Material.named("srtio3"))
    #expect(titanate.pseudoCubicA == 3.905 && titanate.rotation.symbol.description == "a0a0a0")
    #expect(Material.named("CaTiO3")?.rotation.symbol.description == "a-a-c+")
    #expect(Material.named("BiFeO3")?.rotation.symbol.description == "a-a-a-")
    #expect(titanate.meanSquareDisplacement(of: try #require(ChemicalElement(symbol: "La"))) == nil)
  }

  @Test func displacementsFollowTheTemperature() throws {
    let material = try #require(Material.named("SrTiO3"))
    let room = material.meanSquareDisplacements
    #expect(material.meanSquareDisplacements(temperatureK: room.temperatureK) == room)
    let hot = material.meanSquareDisplacements(temperatureK: 2 * room.temperatureK)
    let cold = material.meanSquareDisplacements(temperatureK: 0)
    // Well above Θ the motion is classical, proportional to T; at 0 K the zero point is left.
    #expect(abs(hot.a / room.a - 2) < 0.05)
    #expect(hot.oxygen / room.oxygen > 1.5 && hot.oxygen / room.oxygen < 2)
    #expect(cold.a > 0 && cold.a < 0.35 * room.a && cold.oxygen < room.oxygen)
    // The oscillator itself, carried to another temperature and back.
    let theta = EinsteinOscillator.thetaK(meanSquareDisplacement: 0.0079, massU: 87.62, temperatureK: 293)
    let back = EinsteinOscillator.meanSquareDisplacement(thetaK: theta, massU: 87.62, temperatureK: 293)
    #expect(abs(back - 0.0079) < 1e-9)
    #expect((50...200).contains(theta))
  }
}
