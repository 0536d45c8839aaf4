// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Drawing

@Suite("Pictures of results")
struct PictureTests {
  private let image: Image = {
    var image = Image(width: 120, height: 90)
    for y in 0..<90 { for x in 0..<120 { image[x, y] = Float(x + y) } }
    return image
  }()
  private let lattice = Lattice(origin: Vector2(30, 20), a: Vector2(20, 1), b: Vector2(-1.4, 28))

  private func cells(q: [Float], flags: [CellFlags]) -> CellTable {
    var table = CellTable()
    for (index, value) in q.enumerated() {
      var row = CellRow(i: Int32(index), j: 0)
      let p = lattice.position(Double(index), 0)
      (row.x, row.y, row.q, row.flags) = (Float(p.x), Float(p.y), value, flags[index])
      table.append(row)
    }
    return table
  }

  @Test("q > 0 is red, q < 0 blue, doubtful cells keep the micrograph inside")
  func overlay() {
    let table = cells(q: [6, -6, 6], flags: [[], .belowDetectionLimit, .unfamiliar])
    let raster = OverlayPicture.draw(image: image, lattice: lattice, cells: table, pixelSizeNm: 0.014)
    let frame = PictureFrame(image, rightMargin: 62)
    func pixel(_ row: Int) -> RGB {
      let p = frame.position(Vector2(Double(table.x[row]), Double(table.y[row])))
      return raster[Int(p.x.rounded()), Int(p.y.rounded())]
    }
    #expect(Int(pixel(0).red) > Int(pixel(0).blue) + 30)
    #expect(Int(pixel(1).blue) > Int(pixel(1).red) + 30)
    #expect(pixel(2).red == pixel(2).green && pixel(2).green == pixel(2).blue)
    // The outline of the hollow cell is coloured.
    let corner = frame.position(lattice.position(2, 0) - 0.45 * lattice.a)
    let edge = raster[Int(corner.x.rounded()), Int(corner.y.rounded())]
    #expect(Int(edge.red) > Int(edge.blue) + 30)
  }

  @Test("a wall is drawn once, between the cells of two regions, and each region has its letter")
  func regions() {
    let table = cells(q: [6, -6, 6, -6], flags: [[], [], [], []])
    var map = RegionMap()
    (map.labels, map.walls) = ([0, 0, 1, 1], [0, 1, 1, 0])
    map.regions = [TiltRegion(), TiltRegion()]
    let plain = OverlayPicture.draw(image: image, lattice: lattice, cells: table, pixelSizeNm: 0.014)
    let raster = OverlayPicture.draw(image: image, lattice: lattice, cells: table, regions: map, pixelSizeNm: 0.014)
    let frame = PictureFrame(image, rightMargin: 62)
    func pixel(_ i: Double) -> RGB {
      let p = frame.position(lattice.position(i, 0.2))
      return raster[Int(p.x.rounded()), Int(p.y.rounded())]
    }
    #expect(pixel(1.5) == RGB(255, 214, 0) && pixel(0.5) != RGB(255, 214, 0))
    #expect(raster != plain)
    #expect([0, 1, 25, 26, 27, 702].map(OverlayPicture.letter) == ["A", "B", "Z", "AA", "AB", "AAA"])
  }

  @Test(
    "Small images are enlarged, large ones reduced, and positions follow",
    arguments: [(64, 64), (380, 400), (2048, 1024)])
  func scale(width: Int, height: Int) {
    var image = Image(width: width, height: height)
    image[width / 2, height / 2] = 1
    let grey = GreyPicture(image)
    #expect((600...1400).contains(max(grey.width, grey.height)))
    var raster = Raster(width: grey.width, height: grey.height)
    grey.draw(into: &raster, x: 0, y: 0)
    let p = grey.picture(Vector2(Double(width / 2), Double(height / 2)))
    #expect(raster[Int(p.x.rounded()), Int(p.y.rounded())].red > raster[0, 0].red)
  }

  @Test(
    "a strip of an image has a colour bar where there is room for one", arguments: [(1024, 80), (80, 1024), (600, 9)])
  func strip(width: Int, height: Int) {
    let image = Image(width: width, height: height, fill: 1)
    let raster = OverlayPicture.draw(
      image: image, lattice: lattice, cells: cells(q: [6, -6], flags: [[], []]), pixelSizeNm: 0.014)
    let frame = PictureFrame(image, rightMargin: 62)
    #expect(raster.width == frame.pageWidth && raster.height == frame.pageHeight)
    let margin = (0..<frame.bottom).flatMap { y in (frame.right..<raster.width).map { raster[$0, y] } }
    #expect(margin.contains { $0 != .white } == (height == 1024))
  }

  @Test("The colour scale is symmetric, round, at least 2 degrees, and not stretched by doubtful cells")
  func limit() {
    #expect(OverlayPicture.limit(for: CellTable()) == 2)
    #expect(OverlayPicture.limit(for: cells(q: [0.3, -0.1], flags: [[], []])) == 2)
    #expect(OverlayPicture.limit(for: cells(q: [0.3, -6.5], flags: [[], []])) == 8)
    #expect(OverlayPicture.limit(for: cells(q: [0.3, -6.5, .nan], flags: [[], .border, []])) == 2)
  }

  @Test("Constant and missing images draw too")
  func degenerate() {
    for fill in [Float.nan, 3] {
      let flat = Image(width: 70, height: 70, fill: fill)
      let raster = LatticePicture.draw(image: flat, lattice: lattice, pixelSizeNm: 0.01, title: "flat")
      #expect(raster.width > 500)
    }
  }

  @Test("Shapes beyond the edges are cut off")
  func clipping() {
    var raster = Raster(width: 20, height: 10)
    raster.fillConvex([Vector2(-50, -50), Vector2(5, -50), Vector2(5, 60), Vector2(-50, 60)], .black)
    raster.strokeLine(Vector2(-1e9, 0), Vector2(1e9, 0), thickness: 2, .black)
    raster.fillRectangle(x: 18, y: -4, width: 100, height: 8, .black)
    #expect(raster[2, 9] == .black)
    #expect(raster[10, 9] == .white)
    #expect(raster[19, 3] == .black && raster[19, 4] == .white)
  }
}
