// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import GlazerCore
import Testing

@testable import Inference

@Suite struct LocalNormalisationTests {
  static let lattice = Lattice(origin: Vector2(120, 130), a: Vector2(24.4, 3.1), b: Vector2(-4.3, 34.6))

  /// Resampled and normalised for a tile of one cell and of many, against the definition.
  @Test func everyTileGivesThePatchOfTheDefinition() throws {
    var image = PatchSamplerTests.noise(width: 330, height: 300)
    image[160, 165] = .nan
    let geometry = try #require(NormalisationGeometry(.standard))
    let expected = PlainPatch(image: image, lattice: Self.lattice, column: CellIndex(i: 2, j: 1)).normalised()
    var patches: [[Float]] = []
    for (first, tile) in [
      (CellIndex(i: 2, j: 1), CellTile.single), (CellIndex(i: 0, j: 0), CellTile(columns: 4, rows: 3)),
    ] {
      let (resampled, normalisation) = (ResampledFrame(geometry), LocalNormalisation(geometry))
      resampled.prepare(first: first, tile: tile)
      normalisation.prepare(tile)
      let scratch = AlignedMemory<glazer_block>(count: normalisation.scratchCount)
      image.pixels.withUnsafeBufferPointer { pixels in
        let scene = ScenePixels(pixels: pixels, width: image.width, height: image.height, saturationLevel: nil)
        let sampler = resampled.sampler(Self.lattice, kernels: .best)
        for row in 0..<resampled.rowCount {
          resampled.sample(scene, lattice: LocalLattice(Self.lattice), sampler: sampler, row: row)
        }
      }
      for strip in 0..<normalisation.stripCount {
        normalisation.normalise(
          resampled.region, rowStride: resampled.rowStride, strip: strip, scratch: scratch.base)
      }
      let (x, y) = ((2 - first.i) * 16, (1 - first.j) * 24)
      patches.append((-37...37).flatMap { dy in (-29...29).map { normalisation.pointer(x + $0, y + dy).pointee } })
      let around = normalisation.surroundings(x, y)
      #expect(around.isVisible && !around.isWhole)
    }
    #expect(patches[0] == patches[1])
    let worst = zip(patches[0], expected).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-3, "off by \(worst)")
    #expect(patches[0].contains { $0 == 0 })
  }

  @Test func nothingToSeeIsNothing() throws {
    let geometry = try #require(NormalisationGeometry(.standard))
    let region = geometry.region
    for value in [0, 1e4, Float.nan, .infinity] {
      let normalisation = LocalNormalisation(geometry)
      var patch = [Float](repeating: 5, count: geometry.patch.count)
      normalisation.patch(
        ofRegion: [Float](repeating: value, count: region.width * region.height), into: &patch)
      #expect(patch.allSatisfy { $0 == 0 || !value.isFinite })
      #expect(!normalisation.surroundings(0, 0).isVisible)
    }
  }

  @Test func whatIsNoFrameIsRefused() {
    func geometry(_ width: Int, _ height: Int, _ a: Int, _ b: Int) -> NormalisationGeometry? {
      NormalisationGeometry(PatchGeometry(width: width, height: height, pixelsPerA: a, pixelsPerB: b))
    }
    #expect(geometry(59, 75, 16, 24) != nil)
    #expect(geometry(58, 75, 16, 24) == nil && geometry(59, 74, 16, 24) == nil)
    #expect(geometry(59, 75, 12, 24) == nil && geometry(59, 75, 16, 20) == nil)
    #expect(geometry(31, 75, 16, 24) == nil && geometry(59, 47, 16, 24) == nil)
  }
}

@Suite struct TilePlanTests {
  /// Every column once, in its tile, and no tile beyond the largest.
  @Test(arguments: [CellTile.single, CellTile(columns: 3, rows: 2), CellTile(columns: 16, rows: 8)])
  func everyColumnHasItsPlace(largest: CellTile) {
    var plan = TilePlan()
    for size in [0, 1, 7, 23] {
      // A turned lattice: columns fill a band of the index plane.
      let columns = (0..<size).flatMap { j in
        (j - 5..<j + 9).map { PlacedColumn(index: CellIndex(i: $0 - 3, j: j - 11), position: .zero) }
      }
      plan.divide(columns, largest: largest)
      #expect(plan.order.map(Int.init).sorted() == Array(columns.indices))
      for part in plan.parts {
        #expect(!part.places.isEmpty)
        #expect(part.tile.columns <= largest.columns && part.tile.rows <= largest.rows)
        for place in plan.order[part.places] {
          let index = columns[Int(place)].index
          #expect((part.first.i..<part.first.i + part.tile.columns).contains(index.i))
          #expect((part.first.j..<part.first.j + part.tile.rows).contains(index.j))
        }
      }
    }
  }
}
