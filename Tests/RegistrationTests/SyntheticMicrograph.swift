// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// An image of Gaussian columns whose positions are known exactly: what registration is measured against.
struct SyntheticMicrograph {
  var width = 512
  var height = 512
  /// Pixels per pseudo-cubic cell.
  var pseudoCubicPx = 28.0
  /// Angle of [110] from image x, degrees, clockwise on the screen.
  var rotationDegrees = 0.0
  /// Fraction by which x is stretched, and by which x grows with y (drift).
  var stretch = 0.0
  var drift = 0.0
  /// Darkness of B, A-O and O columns, share of the ground.
  var depths = (b: 0.45, a: 0.50, o: 0.25)
  /// Standard deviation of a column, pseudo-cubic cells.
  var columnWidth = 0.10
  /// Shift of oxygen columns along [001], alternating between neighbours, pseudo-cubic cells (q of 10° is 0.062).
  var oxygenShift = 0.0
  var ground = 1000.0
  /// Slope of the ground over the image, share of it.
  var slope = 0.1
  /// Standard deviation of noise, share of the ground.
  var noise = 0.02
  /// Columns bright on dark instead.
  var isDarkField = false
  var seed: UInt64 = 1
  /// Position of a B column relative to the middle of the image, pixels.
  var offset = Vector2(3.3, -5.7)

  /// The exact lattice; its origin is the B column near the middle.
  var lattice: Lattice {
    let angle = rotationDegrees * .pi / 180
    let a = pseudoCubicPx * Double(0.5).squareRoot()
    func distort(_ v: Vector2) -> Vector2 { Vector2((1 + stretch) * v.x + drift * v.y, v.y) }
    return Lattice(
      origin: Vector2(Double(width - 1) / 2, Double(height - 1) / 2) + offset,
      a: distort(a * Vector2(cos(angle), sin(angle))),
      b: distort(pseudoCubicPx * Vector2(-sin(angle), cos(angle)))
    ).canonical
  }

  /// O(pixels · columns within reach of a pixel).
  func render() -> Image {
    var random = SeededRandom(seed: seed)
    var signal = Image(width: width, height: height)
    let lattice = lattice
    let sigma = columnWidth * pseudoCubicPx
    let reach = Int(4 * sigma) + 1
    for index in lattice.columns(width: width, height: height, margin: -2 * pseudoCubicPx) {
      let (i, j) = (Double(index.i), Double(index.j))
      let sign = (index.i + index.j).isMultiple(of: 2) ? 1.0 : -1.0
      let columns = [
        (lattice.position(i, j), depths.b), (lattice.position(i, j + 0.5), depths.a),
        (lattice.position(i + 0.5, j + sign * oxygenShift), depths.o),
      ]
      for (centre, depth) in columns {
        let (cx, cy) = (Int(centre.x.rounded()), Int(centre.y.rounded()))
        for y in stride(from: max(0, cy - reach), through: min(height - 1, cy + reach), by: 1) {
          for x in stride(from: max(0, cx - reach), through: min(width - 1, cx + reach), by: 1) {
            let r = Vector2(Double(x), Double(y)) - centre
            signal[x, y] += Float(depth * exp(-r.dot(r) / (2 * sigma * sigma)))
          }
        }
      }
    }
    for y in 0..<height {
      for x in 0..<width {
        let tilt = 1 + slope * (Double(x) / Double(width) + 0.5 * Double(y) / Double(height))
        let depth = Double(signal[x, y])
        let value = isDarkField ? 0.2 + depth : 1 - depth
        signal[x, y] = Float(ground * (tilt * value + noise * random.gaussian()))
      }
    }
    return signal
  }
}

extension Lattice {
  /// Largest distance, pixels, between B columns of this lattice inside the image and the nearest B column of `truth`.
  func largestError(against truth: Lattice, width: Int, height: Int) -> Double {
    columns(width: width, height: height, margin: 0).map { index in
      let p = position(Double(index.i), Double(index.j))
      let c = truth.coordinates(of: p)
      return (p - truth.position(c.x.rounded(), c.y.rounded())).length
    }.max() ?? .infinity
  }
}
