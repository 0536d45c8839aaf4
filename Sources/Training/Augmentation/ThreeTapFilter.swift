// SPDX-License-Identifier: GPL-3.0-or-later

/// [w, 1 − 2w, w] along x, then y; the edge repeats. Adds 2w to the variance of the blur along each axis, pixels².
struct ThreeTapFilter {
  var weight: Float

  /// `scratch` holds one more image. O(pixels).
  func apply(
    _ values: UnsafeMutablePointer<Float>, width: Int, height: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let centre = 1 - 2 * weight
    for y in 0..<height {
      let row = values + y * width
      let out = scratch + y * width
      for x in 0..<width { out[x] = centre * row[x] + weight * (row[max(x - 1, 0)] + row[min(x + 1, width - 1)]) }
    }
    for y in 0..<height {
      let row = scratch + y * width
      let above = scratch + max(y - 1, 0) * width
      let below = scratch + min(y + 1, height - 1) * width
      for x in 0..<width { values[y * width + x] = centre * row[x] + weight * (above[x] + below[x]) }
    }
  }
}
