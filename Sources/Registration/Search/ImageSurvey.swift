// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What must be known of an image before a lattice is looked for: where it is valid, and whether it says anything.
struct ImageSurvey: Equatable {
  /// Smallest rectangle that holds every valid pixel; a partial frame has valid rows only at its top.
  var columns = 0..<0
  var rows = 0..<0
  var validCount = 0
  var smallest = Float.infinity
  var largest = -Float.infinity
  /// Pixels that hold exactly `smallest`, `largest`.
  var smallestCount = 0
  var largestCount = 0
  /// Of the valid pixels.
  var mean = 0.0
  /// Every valid pixel is a whole number.
  var isWhole = true

  /// One pass over the image.
  init(_ image: Image) {
    let width = image.width
    var first = (x: width, y: image.height)
    var last = (x: -1, y: -1)
    var sum = 0.0
    image.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<image.height {
        var rowFirst = width
        var rowLast = -1
        var rowSum: Float = 0
        for x in 0..<width {
          let value = pixels[y * width + x]
          guard value.isFinite else { continue }
          if rowLast < 0 { rowFirst = x }
          rowLast = x
          validCount += 1
          rowSum += value
          isWhole = isWhole && value == value.rounded(.towardZero)
          if value >= largest {
            largestCount = value > largest ? 1 : largestCount + 1
            largest = value
          }
          if value <= smallest {
            smallestCount = value < smallest ? 1 : smallestCount + 1
            smallest = value
          }
        }
        guard rowLast >= 0 else { continue }
        sum += Double(rowSum)
        first = (min(first.x, rowFirst), min(first.y, y))
        last = (max(last.x, rowLast), y)
      }
    }
    guard validCount > 0 else { return }
    mean = sum / Double(validCount)
    columns = first.x..<(last.x + 1)
    rows = first.y..<(last.y + 1)
  }

  /// Throws when the image cannot hold a lattice that could be found.
  func check(_ settings: RegistrationSettings) throws(RegistrationError) {
    let minimum = RegistrationSettings.minimumSide
    guard columns.count >= minimum, rows.count >= minimum else {
      throw .tooSmall(width: columns.count, height: rows.count, minimum: minimum)
    }
    try checkMissing(settings)
    // Rounding of a constant that was converted to float, not a range that an instrument would give.
    guard largest - smallest > 1e-6 * max(largest.magnitude, smallest.magnitude) else {
      throw .constant(value: largest)
    }
    for (count, value) in [(largestCount, largest), (smallestCount, smallest)] where !(value == 0 && isOfFewCounts) {
      let fraction = Double(count) / Double(validCount)
      guard fraction <= settings.allowedSaturatedFraction else {
        throw .saturated(fraction: fraction, value: value, allowed: settings.allowedSaturatedFraction)
      }
    }
  }

  /// Throws when too much is missing between the outermost valid pixels.
  func checkMissing(_ settings: RegistrationSettings) throws(RegistrationError) {
    let missing = 1 - Double(validCount) / Double(max(1, columns.count * rows.count))
    guard missing <= settings.allowedMissingFraction else {
      throw .missingPixels(fraction: missing, allowed: settings.allowedMissingFraction)
    }
  }

  /// Electrons counted one by one, so few that many pixels have none: dark, but not cut off.
  private var isOfFewCounts: Bool { isWhole && smallest == 0 && mean < Self.fewCounts }

  private static let fewCounts = 4.0
}
