// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// A slow detector: each value keeps a part of the one before it on the scan line. Its noise is streaks along the scan, weaker from
/// pixel to pixel and as strong as ever over a cell, so that who judges noise by neighbouring pixels takes an image for better
/// than it is. Scan lines of images that somebody has turned run across the pixels at any angle.
struct DetectorLag {
  /// Rows (or columns) that the scan crosses with each column (or row), -1 to 1.
  private let slope: Double
  private let isAlongX: Bool
  /// What is kept over one pixel along the axis that the scan runs along.
  private let kept: Float

  /// `lengthA` (Å): how far the detector remembers, to 1/e; `direction` (radians) that of the scan; `pixelA` size of a pixel.
  init(lengthA: Double, direction: Double, pixelA: SIMD2<Double>) {
    let step = SIMD2(cos(direction), sin(direction)) / pixelA
    isAlongX = abs(step.x) >= abs(step.y)
    let unit = step / (isAlongX ? step.x : step.y)
    slope = isAlongX ? unit.y : unit.x
    let distance = unit * pixelA
    kept = lengthA > 0 ? Float(exp(-(distance * distance).sum().squareRoot() / lengthA)) : 0
  }

  /// Replaces values by their running means along the scan; the mean of many stays. The first column (or row) stands for the past, with
  /// the variance that the others end at.
  func smear(_ values: UnsafeMutablePointer<Float>, width: Int, height: Int) {
    let (length, breadth) = isAlongX ? (width, height) : (height, width)
    let (along, across) = isAlongX ? (1, width) : (width, 1)
    let settled = ((1 - kept) / (1 + kept)).squareRoot()
    for n in 0..<breadth { values[n * across] *= settled }
    for k in 1..<max(1, length) {
      let (row, before) = (values + k * along, values + (k - 1) * along)
      for n in 0..<breadth {
        let place = min(max(Double(n) - slope, 0), Double(breadth - 1))
        let low = min(Int(place), max(0, breadth - 2))
        let share = Float(place - Double(low))
        let past = (1 - share) * before[low * across] + share * before[min(low + 1, breadth - 1) * across]
        row[n * across] = (1 - kept) * row[n * across] + kept * past
      }
    }
  }
}
