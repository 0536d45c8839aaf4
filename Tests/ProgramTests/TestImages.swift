// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Images with a lattice that `register` must find, and without.
enum TestImages {
  /// Dark Gaussian columns of B, A-O and O on a bright ground, 24 pixels per cell, `[110]` along x.
  static func perovskite(side: Int = 200, seed: UInt64 = 3) -> Image {
    var random = SeededRandom(seed: seed)
    var image = Image(width: side, height: side)
    let lattice = Lattice(origin: Vector2(101.3, 97.8), a: Vector2(24 / 2.0.squareRoot(), 0), b: Vector2(0, 24))
    for y in 0..<side {
      for x in 0..<side {
        let c = lattice.coordinates(of: Vector2(Double(x), Double(y)))
        func column(_ u: Double, _ v: Double) -> Double {
          let (du, dv) = (c.x - u - (c.x - u).rounded(), c.y - v - (c.y - v).rounded())
          let r = Vector2(du * lattice.a.x, dv * lattice.b.y)
          return exp(-r.dot(r) / (2 * 2.3 * 2.3))
        }
        let dark = 0.45 * column(0, 0) + 0.5 * column(0, 0.5) + 0.25 * column(0.5, 0)
        image[x, y] = Float((20000 * (1 - dark + 0.02 * random.gaussian())).rounded())
      }
    }
    return image
  }

  static func noise(side: Int = 200) -> Image {
    var random = SeededRandom(seed: 9)
    var image = Image(width: side, height: side)
    for index in image.pixels.indices { image.pixels[index] = Float((10000 + 500 * random.gaussian()).rounded()) }
    return image
  }
}
