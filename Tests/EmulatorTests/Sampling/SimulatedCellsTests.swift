// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice
import Synchronization
import Testing

@testable import Emulator

/// Simulations as a source of images, on the least crystal that diffracts.
@Suite struct SimulatedCellsTests {
  static let family = CrystalFamily(material: "SrTiO3", pattern: "---", temperatureK: nil)
  static let tilt = TiltAngles(alpha: 8, beta: 3, gamma: -6)

  static func cells(_ onSimulation: @escaping @Sendable (Int) -> Void = { _ in }) throws -> SimulatedCells {
    var design = EmulatorDesign()
    (design.meshX, design.meshY) = (1, 1)
    return try SimulatedCells(
      family, design: design, thicknessesNm: [1.1045, 2.209], defociA: [-30, 0], repeats: 2, threads: 1,
      onSimulation: onSimulation)
  }

  static func image(_ cells: SimulatedCells, _ tilt: TiltAngles, nm: Double = 1.1, defocusA: Double = 0) -> [Float] {
    var grid = [Float](repeating: 0, count: cells.gridWidth * cells.gridHeight)
    var workspace: Void = ()
    cells.render(
      ImagingState(tilt: tilt, thicknessNm: nm, defocusA: defocusA, sourceFWHMA: 0), into: &grid, workspace: &workspace)
    return grid
  }

  @Test("images are those of the simulator, row by row")
  func sameAsSimulator() throws {
    let cells = try Self.cells()
    let crystal = Perovskite(material: try #require(Material.named("SrTiO3")), tilt: Self.tilt, pattern: cells.pattern)
    let cell = crystal.cell()
    var conditions = ImagingConditions()
    conditions.detectors = [AnnularDetector(innerMrad: 11, outerMrad: 30)]
    conditions.thicknessesNm = [1.1045]
    conditions.mesh = SIMD2(1, 1)
    let layers = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    let expected = BlochPRISM(cell: cell.centredInSlices(layers), conditions: conditions).spectra()[0][0][0]
      .image(nx: cells.gridWidth, ny: cells.gridHeight)
    let found = Self.image(cells, Self.tilt)
    for y in 0..<cells.gridHeight {
      for x in 0..<cells.gridWidth {
        #expect(abs(found[y * cells.gridWidth + x] - expected[x * cells.gridHeight + y]) < 1e-5)
      }
    }
  }

  @Test("a tilt is simulated once, for all thicknesses and defoci, which are told apart")
  func simulatedOnce() throws {
    let count = Atomic(0)
    let cells = try Self.cells { count.store($0, ordering: .relaxed) }
    let first = Self.image(cells, Self.tilt)
    #expect(Self.image(cells, Self.tilt, nm: 2.2) != first && Self.image(cells, Self.tilt, defocusA: -28) != first)
    #expect(Self.image(cells, Self.tilt, nm: 1.2, defocusA: 3) == first)
    #expect(count.load(ordering: .relaxed) == 1)
    _ = Self.image(cells, .zero)
    #expect(count.load(ordering: .relaxed) == 2)
  }

  @Test("what cannot be simulated is refused")
  func refusals() {
    func refusal(_ nm: [Double], _ defociA: [Double], _ repeats: Int, pattern: String = "---") -> Bool {
      let family = CrystalFamily(material: "SrTiO3", pattern: pattern, temperatureK: nil)
      return
        (try? SimulatedCells(family, thicknessesNm: nm, defociA: defociA, repeats: repeats, threads: 1)) == nil
    }
    #expect(refusal([0], [0], 1) && refusal([1e9], [0], 1))
    #expect(refusal([], [0], 1) && refusal([5], [], 1) && refusal([.nan], [0], 1) && refusal([5], [0], 0))
    #expect(refusal([5], [0], 1, pattern: "-+?") && !refusal([5], [0], 1))
  }
}
