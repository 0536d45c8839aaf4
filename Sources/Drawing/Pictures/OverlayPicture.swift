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

  /// Draws the whole picture; `pixelSizeNm` is that of the image.
  public static func draw(
    image: Image, lattice: Lattice, cells: CellTable, pixelSizeNm: Double, title: String = ""
  ) -> Raster {
    let frame = PictureFrame(image, rightMargin: 62)
    var raster = frame.raster()
    let limit = limit(for: cells)
    drawCells(cells, lattice: lattice, limit: limit, frame: frame, into: &raster)
    frame.clip(&raster)
    let text = frame.textScale
    let barHeight = min(frame.grey.height - 30 * text, 300 * text)
    raster.draw(
      ColourBar(map: .diverging, range: -limit...limit, title: "q (deg)"), x: frame.right + 10 * text,
      y: frame.top + (frame.grey.height - barHeight) / 2 + 6 * text, width: 12 * text, height: barHeight,
      textScale: text)
    let good = cells.flags.count { CellFlags(rawValue: $0).isDisjoint(with: doubtful) }
    frame.drawFooter(
      into: &raster, pixelSizeNm: pixelSizeNm,
      lines: [title, "\(good) cells" + (good < cells.count ? ", \(cells.count - good) in doubt (hollow)" : "")])
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
