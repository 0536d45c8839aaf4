// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

@testable import Inference

/// The resampled frame and its normalisation by their definitions, pixel by pixel in double.
struct PlainPatch {
  var image: Image
  var lattice: Lattice
  var column: CellIndex

  /// The pixel of the resampled frame (`x`, `y`) from the B column.
  func pixel(_ x: Int, _ y: Int) -> Double {
    let patch = PatchGeometry.standard
    let ex = (1 / Double(patch.pixelsPerA)) * lattice.a
    let ey = (1 / Double(patch.pixelsPerB)) * lattice.b
    let (nx, ny) = (PatchSampler.samples(ex.length), PatchSampler.samples(ey.length))
    let centre = lattice.position(Double(column.i), Double(column.j))
    var sum = 0.0
    for sy in 0..<ny {
      for sx in 0..<nx {
        let u = Double(x) + (Double(sx) + 0.5) / Double(nx) - 0.5
        let v = Double(y) + (Double(sy) + 0.5) / Double(ny) - 0.5
        sum += PatchSamplerTests.bilinear(image, centre + u * ex + v * ey, .infinity)
      }
    }
    return sum / Double(nx * ny)
  }

  /// Each pixel less the mean, over the deviation, of the 32 × 48 pixels about its 8 × 8 block: 20 and 28 pixels from the middle of
  /// the block, those of the outermost blocks with weight one half. Missing pixels count nowhere and become 0.
  func normalised() -> [Float] {
    let patch = PatchGeometry.standard
    var cache: [[Double]] = []
    let (left, top) = (64, 80)
    for y in -top..<top { cache.append((-left..<left).map { pixel($0, y) }) }
    func weight(_ distance: Int, _ reach: Int) -> Double { abs(distance) == reach ? 0.5 : 1 }
    func level(_ blockX: Int, _ blockY: Int) -> (mean: Double, deviation: Double) {
      var (count, sum, square) = (0.0, 0.0, 0.0)
      for dy in -3...3 {
        for dx in -2...2 {
          let w = weight(dx, 2) * weight(dy, 3)
          for y in 8 * (blockY + dy)..<8 * (blockY + dy + 1) {
            for x in 8 * (blockX + dx)..<8 * (blockX + dx + 1) {
              let value = cache[y + top][x + left]
              guard !value.isNaN else { continue }
              (count, sum, square) = (count + w, sum + w * value, square + w * value * value)
            }
          }
        }
      }
      return (sum / count, (square / count - sum / count * sum / count).squareRoot())
    }
    var levels: [Int: (mean: Double, deviation: Double)] = [:]
    var result: [Float] = []
    for y in -(patch.height / 2)...patch.height / 2 {
      for x in -(patch.width / 2)...patch.width / 2 {
        let (bx, by) = (Int((Double(x) / 8).rounded(.down)), Int((Double(y) / 8).rounded(.down)))
        let key = by * 1000 + bx
        let found = levels[key] ?? level(bx, by)
        levels[key] = found
        let value = cache[y + top][x + left]
        result.append(value.isNaN ? 0 : Float((value - found.mean) / found.deviation))
      }
    }
    return result
  }
}
