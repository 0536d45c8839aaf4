// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// The result of one image for a person: the micrograph, every cell coloured by q, a colour bar in degrees and a scale bar.
///
/// Filled cells are good; cells whose q is in doubt (border, poor lattice, unlike the training data, bad pixels) are hollow.
/// A cell below the detection limit in ρ still has a good q and stays filled.
public struct OverlayPicture {
  /// The cells whose q is in doubt.
  public static let doubtful: CellFlags = [.border, .poorLattice, .unfamiliar, .badPixels]

  /// Half of the colour scale, degrees: round, holds 98 % of the good cells, at least 2.
  public static func limit(for cells: CellTable) -> Double {
    let values = (0..<cells.count)
      .filter { CellFlags(rawValue: cells.flags[$0]).isDisjoint(with: doubtful) && cells.q[$0].isFinite }
      .map { Double(abs(cells.q[$0])) }.sorted()
    guard !values.isEmpty else { return 2 }
    let high = values[min(values.count - 1, Int(0.98 * Double(values.count)))]
    return [2, 3, 4, 5, 6, 8, 10, 12, 15].first { high <= $0 } ?? 20
  }

  /// Font pixels that a colour bar wants: beside a lower strip of an image there is none, and its ends stand in the footer.
  private static let leastBar = 20

  /// Draws the whole picture; `pixelSizeNm` is that of the image.
  public static func draw(
    image: Image, lattice: Lattice, cells: CellTable, regions: RegionMap? = nil, pixelSizeNm: Double,
    title: String = ""
  ) -> Raster {
    let frame = PictureFrame(image, rightMargin: 62)
    var raster = frame.raster()
    let limit = limit(for: cells)
    drawCells(cells, lattice: lattice, limit: limit, frame: frame, into: &raster)
    if let regions { drawRegions(regions, cells, lattice: lattice, frame: frame, into: &raster) }
    frame.clip(&raster)
    let text = frame.textScale
    let barHeight = min(frame.grey.height - 30 * text, 300 * text)
    let hasBar = barHeight >= leastBar * text
    if hasBar {
      raster.draw(
        ColourBar(map: .diverging, range: -limit...limit, title: "q (deg)"), x: frame.right + 10 * text,
        y: frame.top + (frame.grey.height - barHeight) / 2 + 6 * text, width: 12 * text, height: barHeight,
        textScale: text)
    }
    let good = cells.flags.count { CellFlags(rawValue: $0).isDisjoint(with: doubtful) }
    frame.drawFooter(
      into: &raster, pixelSizeNm: pixelSizeNm,
      lines: [
        title,
        "\(good) cells" + (good < cells.count ? ", \(cells.count - good) in doubt (hollow)" : "")
          + (hasBar ? "" : String(format: ", blue to red: q of -%g to +%g deg", limit, limit)),
      ])
    return raster
  }

  private static func drawCells(
    _ cells: CellTable, lattice: Lattice, limit: Double, frame: PictureFrame, into raster: inout Raster
  ) {
    // A little smaller than the cell, so that neighbours do not merge.
    let (a, b) = ((0.46 * frame.grey.scale) * lattice.a, (0.46 * frame.grey.scale) * lattice.b)
    let line = max(1.2, 0.03 * (a.length + b.length))
    for row in 0..<cells.count {
      let centre = frame.position(Vector2(Double(cells.x[row]), Double(cells.y[row])))
      let corners = [centre - a - b, centre + a - b, centre + a + b, centre - a + b]
      let q = Double(cells.q[row])
      let colour = q.isFinite ? ColourMap.diverging.colour(0.5 + 0.5 * q / limit) : RGB(grey: 128)
      if q.isFinite, CellFlags(rawValue: cells.flags[row]).isDisjoint(with: doubtful) {
        raster.fillConvex(corners, colour, opacity: 0.62)
        raster.strokeConvex(corners, thickness: line * 0.6, colour, opacity: 0.9)
      } else {
        // A dark hair around the outline, for a colour near white is lost on the bright ground of an ABF image.
        raster.strokeConvex(corners, thickness: line + 2, .black, opacity: 0.6)
        raster.strokeConvex(corners.map { centre + 0.985 * ($0 - centre) }, thickness: line, colour)
      }
    }
  }
}

extension OverlayPicture {
  /// A for the first region, B for the second, AA after Z.
  public static func letter(_ index: Int) -> String {
    let letter = String(UnicodeScalar(UInt8(65 + index % 26)))
    return index < 26 ? letter : Self.letter(index / 26 - 1) + letter
  }

  /// Outlines where a cell has a neighbour of another region or none, and each region's letter with its senses and symbol.
  private static func drawRegions(
    _ map: RegionMap, _ cells: CellTable, lattice: Lattice, frame: PictureFrame, into raster: inout Raster
  ) {
    guard map.count == cells.count else { return }
    var labels: [CellIndex: Int32] = [:]
    for row in 0..<map.count { labels[CellIndex(i: Int(cells.i[row]), j: Int(cells.j[row]))] = map.labels[row] }
    let (a, b) = ((0.5 * frame.grey.scale) * lattice.a, (0.5 * frame.grey.scale) * lattice.b)
    let line = max(2, 0.06 * (a.length + b.length))
    for row in 0..<map.count where map.labels[row] >= 0 {
      let centre = frame.position(Vector2(Double(cells.x[row]), Double(cells.y[row])))
      let (i, j) = (Int(cells.i[row]), Int(cells.j[row]))
      for (di, dj, from, to) in [
        (1, 0, a - b, a + b), (-1, 0, -a - b, -a + b), (0, 1, -a + b, a + b), (0, -1, -a - b, a - b),
      ] {
        let other = labels[CellIndex(i: i + di, j: j + dj)]
        guard other != map.labels[row] else { continue }
        // Walls are seen from both sides and drawn once, over a dark hair; what is no region has a thin edge.
        if let other, other >= 0 {
          guard map.labels[row] < other else { continue }
          raster.strokeLine(centre + from, centre + to, thickness: line + 3, .black, opacity: 0.7)
          raster.strokeLine(centre + from, centre + to, thickness: line, wall)
        } else {
          raster.strokeLine(centre + from, centre + to, thickness: max(1.2, 0.4 * line), .black, opacity: 0.6)
        }
      }
    }
    for (index, region) in map.regions.enumerated() where region.centre.x.isFinite && region.centre.y.isFinite {
      let place = frame.position(region.centre)
      let senses = region.isTold ? region.senses.description : "?"
      let doubt = region.probability < TiltRegion.toldProbability ? "?" : ""
      let symbol = region.isTold ? " " + (region.system.symbols.first ?? "") + doubt : ""
      let text = "\(letter(index)) \(senses)\(symbol)"
      let scale = 2
      let (width, height) = (BitmapFont.width(of: text, scale: scale), BitmapFont.height(scale: scale))
      let (x, y) = (Int(place.x) - width / 2, Int(place.y) - height / 2)
      raster.fillRectangle(x: x - 5, y: y - 5, width: width + 10, height: height + 10, .white, opacity: 0.85)
      raster.drawText(text, x: x, y: y, scale: scale)
    }
  }

  private static let wall = RGB(255, 214, 0)
}
