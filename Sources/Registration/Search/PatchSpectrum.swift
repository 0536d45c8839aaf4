// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import GlazerCore

/// Mean power spectrum of windowed patches of an image (Welch, IEEE Trans. Audio Electroacoust. 15 (1967) 70).
///
/// Every patch loses its mean plane and gets a Hann window, so that background and edges do not leak into the lattice
/// peaks; averaging over patches keeps the power of a lattice and evens out noise, at a cost that does not grow with the
/// image. Smaller images are padded with zeros. 10 ms for 512 × 512, 40 ms at most; no allocation after the first use.
final class PatchSpectrum {
  /// Points of the transform along each axis.
  static let size = 512
  static let columns = size / 2 + 1
  /// Patches along each axis at most: nine patches of 512² see most of a 1024² image.
  private static let patchesPerAxis = 3

  /// Mean power [row][column], the half spectrum of `RealTransform2D`.
  private(set) var power = [Float](repeating: 0, count: size * columns)
  private(set) var patchCount = 0
  /// Pixels of a patch along the shorter axis: peaks are about 2 / patchSide cycles per pixel wide.
  private(set) var patchSide = 0

  private let transform = RealTransform2D(rows: size, columns: size)

  /// Fills `power` from the valid part of `image`.
  func compute(_ image: Image, survey: ImageSurvey) {
    let width = min(Self.size, survey.columns.count)
    let height = min(Self.size, survey.rows.count)
    patchSide = min(width, height)
    patchCount = 0
    for index in power.indices { power[index] = 0 }
    let windowX = Self.hann(width)
    let windowY = Self.hann(height)
    for y in Self.starts(survey.rows, patch: height) {
      for x in Self.starts(survey.columns, patch: width) {
        guard fill(image, x: x, y: y, windowX: windowX, windowY: windowY) else { continue }
        transform.forward()
        for index in power.indices { power[index] += transform.spectrum[index].squaredMagnitude }
        patchCount += 1
      }
    }
  }

  /// Power at row `k` and column `l`, both signed (|k|, |l| ≤ size/2).
  func value(_ k: Int, _ l: Int) -> Float {
    let (k, l) = l < 0 ? (-k, -l) : (k, l)
    return power[(k < 0 ? k + Self.size : k % Self.size) * Self.columns + l]
  }

  /// Copies one patch into the transform; false if it is mostly missing.
  private func fill(_ image: Image, x x0: Int, y y0: Int, windowX: [Float], windowY: [Float]) -> Bool {
    let (width, height) = (windowX.count, windowY.count)
    let target = transform.real
    let (centreX, centreY) = (Float(width - 1) / 2, Float(height - 1) / 2)
    return image.pixels.withUnsafeBufferPointer { pixels in
      var count = 0
      var (sum, sumX, sumY) = (0.0, 0.0, 0.0)
      for y in 0..<height {
        var (rowSum, rowX) = (Float(0), Float(0))
        let row = (y0 + y) * image.width + x0
        for x in 0..<width where pixels[row + x].isFinite {
          rowSum += pixels[row + x]
          rowX += pixels[row + x] * (Float(x) - centreX)
          count += 1
        }
        sum += Double(rowSum)
        sumX += Double(rowX)
        sumY += Double(rowSum * (Float(y) - centreY))
      }
      guard count > width * height * 2 / 5 else { return false }
      // Least squares for a full patch; where pixels are missing the slope is only roughly right, as it need be.
      let mean = Float(sum / Double(count))
      let full = count == width * height
      let slopeX = full ? Float(sumX / (Double(count) * Double(width * width - 1) / 12)) : 0
      let slopeY = full ? Float(sumY / (Double(count) * Double(height * height - 1) / 12)) : 0
      target.update(repeating: 0)
      for y in 0..<height {
        let row = (y0 + y) * image.width + x0
        let rowMean = mean + slopeY * (Float(y) - centreY)
        for x in 0..<width {
          let flat = pixels[row + x] - rowMean - slopeX * (Float(x) - centreX)
          target[y * Self.size + x] = flat.isFinite ? flat * windowX[x] * windowY[y] : 0
        }
      }
      return true
    }
  }

  /// Where patches begin so that they cover `range` evenly, overlapping by half where that takes few enough of them.
  private static func starts(_ range: Range<Int>, patch: Int) -> [Int] {
    let room = range.count - patch
    guard room > 0 else { return [range.lowerBound] }
    let count = min(patchesPerAxis, (2 * room + patch - 1) / patch + 1)
    return (0..<count).map { range.lowerBound + room * $0 / (count - 1) }
  }

  private static func hann(_ count: Int) -> [Float] {
    (0..<count).map { Float(0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / Double(count))) }
  }
}
