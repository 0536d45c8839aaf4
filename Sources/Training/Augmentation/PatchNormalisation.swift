// SPDX-License-Identifier: GPL-3.0-or-later

/// Zero mean and unit variance, as the engine normalises a patch: population variance; a patch without contrast becomes
/// zeros.
public enum PatchNormalisation {
  public static func apply(_ pixels: UnsafeMutablePointer<Float>, count: Int) {
    var sum = 0.0
    for i in 0..<count { sum += Double(pixels[i]) }
    let mean = sum / Double(count)
    var square = 0.0
    for i in 0..<count {
      let d = Double(pixels[i]) - mean
      square += d * d
    }
    let deviation = (square / Double(count)).squareRoot()
    let scale = deviation > 0 ? 1 / deviation : 0
    for i in 0..<count { pixels[i] = Float((Double(pixels[i]) - mean) * scale) }
  }
}
