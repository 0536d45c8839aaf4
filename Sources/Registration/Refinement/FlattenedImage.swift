// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// The image as refinement sees it: binned to about 12 to 24 pixels per cell, less its slowly varying background, missing
/// pixels at 0. The memory is kept between frames.
final class FlattenedImage {
  /// Image pixels per working pixel along each axis.
  private(set) var scale = 1
  private(set) var width = 0
  private(set) var height = 0
  /// Row-major, `width * height` of them are in use.
  private(set) var pixels: [Float] = []
  private(set) var validFraction = 0.0

  private var blocksX = 0
  private var blocksY = 0
  /// Sums and counts of blocks, then their means.
  private var blockSums: [Float] = []
  private var blockCounts: [Int32] = []

  /// Finer would cost time and tell nothing: at 12 pixels per cell the third order along [001] is at half of Nyquist.
  static func scale(pseudoCubicPx: Double) -> Int { max(1, Int(pseudoCubicPx / 12)) }

  /// Position in the image of a position in working pixels: the centre of a bin.
  func imagePosition(_ p: Vector2) -> Vector2 {
    let offset = Double(scale - 1) / 2
    return Vector2(Double(scale) * p.x + offset, Double(scale) * p.y + offset)
  }

  func workingPosition(_ p: Vector2) -> Vector2 {
    let offset = Double(scale - 1) / 2
    return Vector2((p.x - offset) / Double(scale), (p.y - offset) / Double(scale))
  }

  /// Share of valid pixels in the neighbourhood of a working position, 0 … 1.
  func validity(at p: Vector2) -> Double {
    let x = min(max(Int(p.x) * blocksX / width, 0), blocksX - 1)
    let y = min(max(Int(p.y) * blocksY / height, 0), blocksY - 1)
    let size = Double(width * height) / Double(blocksX * blocksY)
    return min(1, Double(blockCounts[y * blocksX + x]) / size)
  }

  /// Two passes over the image; allocates only when the image grows.
  func load(_ image: Image, scale: Int) {
    self.scale = scale
    width = image.width / scale
    height = image.height / scale
    if pixels.count < width * height { pixels = [Float](repeating: 0, count: width * height) }
    // Blocks hold several cells, so that their means follow the background and not the lattice.
    blocksX = max(2, width / 64)
    blocksY = max(2, height / 64)
    resetBlocks(blocksX * blocksY)
    image.pixels.withUnsafeBufferPointer { source in
      pixels.withUnsafeMutableBufferPointer { target in
        bin(source, stride: image.width, into: target)
        subtractBackground(from: target)
      }
    }
  }

  private func resetBlocks(_ count: Int) {
    if blockSums.count < count {
      blockSums = [Float](repeating: 0, count: count)
      blockCounts = [Int32](repeating: 0, count: count)
    }
    for index in 0..<count {
      blockSums[index] = 0
      blockCounts[index] = 0
    }
  }

  /// Binned pixels (NaN where any of a bin is missing) and the sums of the blocks.
  private func bin(
    _ source: UnsafeBufferPointer<Float>, stride: Int, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let norm = 1 / Float(scale * scale)
    for y in 0..<height {
      let row = y * width
      for x in 0..<width { target[row + x] = 0 }
      for dy in 0..<scale {
        let sourceRow = (y * scale + dy) * stride
        if scale == 1 {
          for x in 0..<width { target[row + x] = source[sourceRow + x] }
        } else if scale == 2 {
          for x in 0..<width { target[row + x] += source[sourceRow + 2 * x] + source[sourceRow + 2 * x + 1] }
        } else {
          for x in 0..<width {
            var sum: Float = 0
            for dx in 0..<scale { sum += source[sourceRow + x * scale + dx] }
            target[row + x] += sum
          }
        }
      }
      let blockRow = (y * blocksY / height) * blocksX
      for block in 0..<blocksX {
        let first = (block * width + blocksX - 1) / blocksX
        let last = ((block + 1) * width + blocksX - 1) / blocksX
        var sum: Float = 0
        var count: Int32 = 0
        for x in first..<last {
          let value = target[row + x] * norm
          target[row + x] = value
          if value.isFinite {
            sum += value
            count += 1
          }
        }
        blockSums[blockRow + block] += sum
        blockCounts[blockRow + block] += count
      }
    }
  }

  /// Takes away the block means, interpolated between the centres of blocks; missing becomes 0.
  private func subtractBackground(from target: UnsafeMutableBufferPointer<Float>) {
    var (total, valid) = (Float(0), 0)
    for index in 0..<(blocksX * blocksY) where blockCounts[index] > 0 {
      valid += Int(blockCounts[index])
      total += blockSums[index]
      blockSums[index] /= Float(blockCounts[index])
    }
    validFraction = width * height > 0 ? Double(valid) / Double(width * height) : 0
    let mean = valid > 0 ? total / Float(valid) : 0
    for index in 0..<(blocksX * blocksY) where blockCounts[index] == 0 { blockSums[index] = mean }
    let stepX = Float(blocksX) / Float(width)
    let stepY = Float(blocksY) / Float(height)
    blockSums.withUnsafeBufferPointer { means in
      for y in 0..<height {
        let v = min(max((Float(y) + 0.5) * stepY - 0.5, 0), Float(blocksY - 1) - 0.001)
        let top = Int(v) * blocksX
        let ty = v - v.rounded(.down)
        for x in 0..<width {
          let u = min(max((Float(x) + 0.5) * stepX - 0.5, 0), Float(blocksX - 1) - 0.001)
          let left = top + Int(u)
          let tx = u - Float(Int(u))
          let upper = means[left] + tx * (means[left + 1] - means[left])
          let lower = means[left + blocksX] + tx * (means[left + blocksX + 1] - means[left + blocksX])
          let flat = target[y * width + x] - upper - ty * (lower - upper)
          target[y * width + x] = flat.isFinite ? flat : 0
        }
      }
    }
  }
}
