// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import TestSupport
import Testing

@testable import Inference

@Suite struct CutCellReaderTests {
  /// The surroundings of a column of `CellReaderTests.image()`, resampled as the frame is.
  static func cut(_ index: CellIndex, from image: Image, model: TiltModel) -> [Float] {
    let resampled = ResampledFrame(model.normalisation)
    resampled.prepare(first: index, tile: .single)
    image.pixels.withUnsafeBufferPointer { pixels in
      let scene = ScenePixels(pixels: pixels, width: image.width, height: image.height, saturationLevel: nil)
      let sampler = resampled.sampler(CellReaderTests.lattice, kernels: .best)
      for row in 0..<resampled.rowCount {
        resampled.sample(scene, lattice: LocalLattice(CellReaderTests.lattice), sampler: sampler, row: row)
      }
    }
    let shape = model.surroundings
    return (0..<shape.height).flatMap { y in
      (0..<shape.width).map { resampled.region[y * resampled.rowStride + $0] }
    }
  }

  @Test(arguments: [1, 3, 16]) func aCellThatIsCutReadsAsInItsFrame(batch: Int) throws {
    let model = try CellReaderTests.model(threshold: 0.05)
    var image = CellReaderTests.image(width: 400, height: 360)
    image[150, 140] = .nan
    let table = CellReaderTests.read(image, model: model)
    let rows = (0..<table.count).map { table[$0] }.filter { !$0.flags.contains(.border) }
    try #require(rows.count > 3 && rows.contains { $0.flags.contains(.badPixels) })
    let cells = rows.flatMap { Self.cut(CellIndex(i: Int($0.i), j: Int($0.j)), from: image, model: model) }
    var found: [CellRow] = []
    CutCellReader(model: model, batchCapacity: batch).read(cells, count: rows.count) { number, row, reading in
      #expect(number == found.count && Float(reading.q).bitPattern == row.q.bitPattern)
      found.append(row)
    }
    try #require(found.count == rows.count)
    for (expected, var row) in zip(rows, found) {
      (row.i, row.j, row.x, row.y) = (expected.i, expected.j, expected.x, expected.y)
      for column in CellTable.floatColumns {
        #expect(row[keyPath: column.rowPath].bitPattern == expected[keyPath: column.rowPath].bitPattern)
      }
      #expect(row.flags == expected.flags)
    }
  }

  @Test func whatIsMissingIsFlaggedAndNothingToSeeHasNoNumbers() throws {
    let model = try CellReaderTests.model()
    let size = model.surroundings.count
    let good = Self.cut(CellIndex(i: 4, j: 3), from: CellReaderTests.image(width: 400, height: 360), model: model)
    try #require(good.allSatisfy { $0.isFinite })
    var spoilt = good
    spoilt[size / 2 + model.surroundings.columnX] = -.infinity
    let largest = good.max() ?? 0
    let cells = good + spoilt + [Float](repeating: .nan, count: size) + [Float](repeating: 7, count: size)
    func flags(saturation: Float?) -> [CellFlags] {
      var flags: [CellFlags] = []
      CutCellReader(model: model).read(cells, count: 4, saturationLevel: saturation) { number, row, reading in
        #expect(row.q.isFinite == (number < 2) && reading.q.isFinite == (number < 2))
        flags.append(row.flags)
      }
      return flags
    }
    let free = flags(saturation: nil)
    #expect(!free[0].contains(.badPixels) && free[1].contains(.badPixels))
    #expect(free[2].isSuperset(of: [.badPixels, .unfamiliar]) && free[3].contains(.unfamiliar))
    #expect(flags(saturation: largest)[0].contains(.badPixels))
  }
}
