// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Moves the lines of an image along x.
struct LineStraightening {
  private var line: [Float] = []

  /// Replaces every line f(x) by f(x + shift), cubic in between (Catmull-Rom), the outermost pixels going on beyond the
  /// edges. What is constant stays what it was, to the bit. A missing pixel spreads to its neighbours, and so does one at or above
  /// `saturationLevel`: whatever it has a part in has that level again. O(pixels).
  mutating func undo(_ shifts: [Float], in image: inout Image, saturationLevel: Float? = nil) {
    let width = image.width
    guard shifts.count == image.height, width > 3 else { return }
    // The line with room on either side.
    let reach = Int((shifts.lazy.map { $0.magnitude }.max() ?? 0).rounded(.up)) + 3
    let needed = width + 2 * reach
    if line.count < needed { line = [Float](repeating: 0, count: needed) }
    line.withUnsafeMutableBufferPointer { line in
      image.pixels.withUnsafeMutableBufferPointer { pixels in
        for y in 0..<shifts.count where shifts[y] != 0 {
          let row = pixels.baseAddress! + y * width
          for x in 0..<reach {
            line[x] = row[0]
            line[reach + width + x] = row[width - 1]
          }
          (line.baseAddress! + reach).update(from: row, count: width)
          let whole = shifts[y].rounded(.down)
          let source = UnsafePointer(line.baseAddress! + reach + Int(whole))
          Self.interpolate(source, at: shifts[y] - whole, into: row, count: width)
          if let saturationLevel { Self.mark(source, from: saturationLevel, in: row, count: width) }
        }
      }
    }
  }

  /// Gives the level to every target that an element of `source` at or above it has a part in.
  private static func mark(
    _ source: UnsafePointer<Float>, from level: Float, in target: UnsafeMutablePointer<Float>, count: Int
  ) {
    for x in -1..<count + 2 where source[x] >= level {
      for reached in max(0, x - 2)..<max(0, min(count, x + 2)) { target[reached] = level }
    }
  }

  private static func interpolate(
    _ source: UnsafePointer<Float>, at t: Float, into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    // Catmull-Rom as the nearer value plus weighted differences, which vanish where nothing changes.
    let before = ((-0.5 * t + 1) * t - 0.5) * t
    let next = ((-1.5 * t + 2) * t + 0.5) * t
    let after = (0.5 * t - 0.5) * t * t
    var x = 0
    while x < count {
      let here = source[x]
      target[x] =
        here + before * (source[x - 1] - here) + next * (source[x + 1] - here) + after * (source[x + 2] - here)
      x += 1
    }
  }
}
