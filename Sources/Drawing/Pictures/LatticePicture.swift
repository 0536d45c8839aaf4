// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// The lattice of one image for a person: circles on the B columns, the axes from the origin, a scale bar.
public enum LatticePicture {
  private static let mark = RGB(255, 196, 0)
  private static let axisA = RGB(226, 60, 60)
  private static let axisB = RGB(40, 150, 240)

  /// `poor` are columns that do not follow the lattice; they are drawn as crosses. With `local` columns stand where the
  /// distorted lattice has them. `note` is the last line.
  public static func draw(
    image: Image, lattice: Lattice, local: LocalLattice? = nil, poor: Set<CellIndex> = [], pixelSizeNm: Double,
    title: String = "", note: String = "circles: B columns"
  ) -> Raster {
    let frame = PictureFrame(image, rightMargin: 8)
    var raster = frame.raster()
    let spacing = lattice.a.length * frame.grey.scale
    let radius = max(2, 0.16 * spacing)
    let line = max(1.2, 0.045 * spacing)
    for index in lattice.columns(width: image.width, height: image.height, margin: 0) {
      let (i, j) = (Double(index.i), Double(index.j))
      let p = frame.position(local?.position(i, j) ?? lattice.position(i, j))
      if poor.contains(index) {
        let (right, down) = (Vector2(radius, radius), Vector2(radius, -radius))
        raster.strokeLine(p - right, p + right, thickness: line, mark)
        raster.strokeLine(p - down, p + down, thickness: line, mark)
      } else {
        raster.strokeCircle(p, radius: radius, thickness: line, mark)
      }
    }
    drawAxes(lattice, frame: frame, into: &raster)
    frame.clip(&raster)
    frame.drawFooter(into: &raster, pixelSizeNm: pixelSizeNm, lines: [title, note])
    return raster
  }

  /// Arrows of whole cells, long enough to be seen, with their names on plates.
  private static func drawAxes(_ lattice: Lattice, frame: PictureFrame, into raster: inout Raster) {
    let wanted = 0.12 * Double(max(frame.grey.width, frame.grey.height))
    let origin = frame.position(lattice.origin)
    for (axis, colour, name) in [(lattice.a, axisA, "a [110]"), (lattice.b, axisB, "b [001]")] {
      let cells = max(1, (wanted / (axis.length * frame.grey.scale)).rounded())
      let end = frame.position(lattice.origin + cells * axis)
      raster.strokeArrow(origin, end, thickness: 5, colour)
      let beyond = end + (26 / max(1, (end - origin).length)) * (end - origin)
      let width = BitmapFont.width(of: name, scale: frame.textScale)
      // The plate keeps clear of the arrow's head on either side.
      let x = Int(beyond.x) - (abs(axis.x) > abs(axis.y) ? (axis.x > 0 ? 16 : width - 16) : width / 2)
      let y = Int(beyond.y) - BitmapFont.height(scale: frame.textScale) / 2
      raster.fillRectangle(x: x - 6, y: y - 6, width: width + 12, height: 26, .white, opacity: 0.8)
      raster.drawText(name, x: x, y: y, scale: frame.textScale, colour.covered(by: .black, opacity: 0.25))
    }
  }
}
