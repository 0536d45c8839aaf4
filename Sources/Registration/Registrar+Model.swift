// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension Registrar {
  /// The image as registration understands it: the mean cell of the last image at every place where its lattice was found,
  /// as strong as the column there; 0 elsewhere. It holds nothing else of the image. 26 sines per pixel.
  public func modelImage(width: Int, height: Int) -> Image {
    var model = Image(width: width, height: height)
    guard let cell = lastCell else { return model }
    for y in 0..<height {
      for x in 0..<width {
        let p = Vector2(Double(x), Double(y))
        let ideal = p - local.displacement(at: p).displacement
        let c = local.straight.coordinates(of: ideal)
        guard let fit = columns[Int(c.x.rounded()), Int(c.y.rounded())], !fit.isPoor else { continue }
        model[x, y] = Float(fit.gain * MeanCell.value(cell.factors, cell.siteB.u + c.x, cell.siteB.v + c.y))
      }
    }
    return model
  }
}
