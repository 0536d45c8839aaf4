// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

/// Looks at a frame before any work is spent on it.
public enum FrameCheck {
  /// Nil for a frame worth registering; O(pixels) for a frame that is constant, a few pixels otherwise.
  ///
  /// `minimumSide` in pixels; rows below `validRows` count as missing.
  public static func rejection(of frame: Frame, minimumSide: Int) -> Rejection? {
    let image = frame.image
    if frame.header.validRows == 0 { return Rejection(.noValidPixels, "no row is valid") }
    if frame.isPartial, image.width >= minimumSide, frame.height >= minimumSide, image.height < minimumSide {
      return Rejection(.tooSmall, "\(image.height) rows are scanned so far, expected at least \(minimumSide)")
    }
    guard image.width >= minimumSide, image.height >= minimumSide else {
      return Rejection(
        .tooSmall,
        "image is \(image.width) x \(image.height) pixels, expected at least \(minimumSide) x \(minimumSide)")
    }
    var first: Float?
    for value in image.pixels where value.isFinite {
      guard let level = first else {
        first = value
        continue
      }
      if value != level { return nil }
    }
    guard let level = first else { return Rejection(.noValidPixels, "no pixel has a value") }
    return level == 0
      ? Rejection(.zero, "every pixel is zero") : Rejection(.constant, "every pixel has the value \(level)")
  }
}
