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

  private var rowSums: [Float] = []
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
    if rowSums.count < width * scale { rowSums = [Float](repeating: 0, count: width * scale) }
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
      if scale == 1 {
        (target.baseAddress! + row).update(from: source.baseAddress! + y * stride, count: width)
      } else {
        addRows(source.baseAddress! + y * scale * stride, stride: stride, into: target.baseAddress! + row)
      }
      let blockRow = (y * blocksY / height) * blocksX
      for block in 0..<blocksX {
        let first = (block * width + blocksX - 1) / blocksX
        let last = ((block + 1) * width + blocksX - 1) / blocksX
        var sum: Float = 0
        var count: Int32 = 0
        // Four sums side by side: one would wait for itself at every pixel.
        var sums = SIMD4<Float>.zero
        var counts = SIMD4<Int32>.zero
        var x = first
        while x + 4 <= last {
          let at = UnsafeMutableRawPointer(target.baseAddress! + row + x)
          let value = at.loadUnaligned(as: SIMD4<Float>.self) * norm
          at.storeBytes(of: value, as: SIMD4<Float>.self)
          // x − x is 0 for every finite number and NaN for the others.
          let isFinite = (value - value) .== 0
          sums.replace(with: sums + value, where: isFinite)
          counts.replace(with: counts &+ 1, where: isFinite)
          x += 4
        }
        sum = sums.sum()
        count = counts.wrappedSum()
        while x < last {
          let value = target[row + x] * norm
          target[row + x] = value
          if value.isFinite {
            sum += value
            count += 1
          }
          x += 1
        }
        blockSums[blockRow + block] += sum
        blockCounts[blockRow + block] += count
      }
    }
  }

  /// Sums of `scale` × `scale` pixels: rows first, many pixels at a time.
  private func addRows(_ source: UnsafePointer<Float>, stride: Int, into target: UnsafeMutablePointer<Float>) {
    let count = width * scale
    rowSums.withUnsafeMutableBufferPointer { sums in
      let sums = sums.baseAddress!
      sums.update(from: source, count: count)
      for dy in 1..<scale {
        let line = source + dy * stride
        for x in 0..<count { sums[x] += line[x] }
      }
      if scale == 2 {
        for x in 0..<width { target[x] = sums[2 * x] + sums[2 * x + 1] }
      } else if scale == 3 {
        for x in 0..<width { target[x] = sums[3 * x] + sums[3 * x + 1] + sums[3 * x + 2] }
      } else {
        for x in 0..<width {
          var sum: Float = 0
          for dx in 0..<scale { sum += sums[x * scale + dx] }
          target[x] = sum
        }
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
    for y in 0..<height {
      let v = min(max((Float(y) + 0.5) * Float(blocksY) / Float(height) - 0.5, 0), Float(blocksY) - 1.001)
      subtractRow(target.baseAddress! + y * width, upper: Int(v), share: v - v.rounded(.down))
    }
  }

  /// One row: between the centres of two blocks the background is a straight line, beyond the outer ones it is level.
  private func subtractRow(_ row: UnsafeMutablePointer<Float>, upper: Int, share: Float) {
    func mean(_ block: Int) -> Float {
      let index = upper * blocksX + block
      return blockSums[index] + share * (blockSums[index + blocksX] - blockSums[index])
    }
    let blockWidth = Float(width) / Float(blocksX)
    var start = 0
    for segment in 0...blocksX {
      // Centres of the blocks on either side, in pixels.
      let left = (Float(segment) - 0.5) * blockWidth - 0.5
      let end = segment == blocksX ? width : min(width, Int((left + blockWidth).rounded(.up)))
      let value = mean(max(0, segment - 1))
      let slope = (mean(min(blocksX - 1, segment)) - value) / blockWidth
      var x = start
      while x < end {
        let flat = row[x] - value - slope * (Float(x) - left)
        row[x] = flat.magnitude < .infinity ? flat : 0
        x += 1
      }
      start = max(start, end)
    }
  }
}
