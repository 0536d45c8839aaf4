// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// A small 8-bit picture of a frame (`preview-1.0`): what a page draws under the cells.
///
/// Preview pixel (x, y) is the mean of `binning` × `binning` frame pixels whose first is (x·binning, y·binning).
public struct Preview: Sendable, Equatable {
  public static let htype = "preview-1.0"

  public var source = ""
  public var series: String?
  public var frame: Int64 = 0
  public var width = 0
  public var height = 0
  public var binning = 1
  /// Grey values of the frame that became 0 and 255.
  public var low: Float = 0
  public var high: Float = 0
  public var pixels: [UInt8] = []

  private var sums: [Float] = []
  private var sorted: [Float] = []

  public init() {}

  /// Takes the picture of `frame`: at most `maximumSide` pixels wide and high, grey values from the 0.5 to the 99.5
  /// percentile, missing pixels black. Allocates only when pictures grow. One pass over the frame.
  public mutating func take(_ frame: Frame, maximumSide: Int) {
    let image = frame.image
    source = frame.header.source
    series = frame.header.series
    self.frame = frame.header.frame
    let side = max(1, maximumSide)
    binning = max(1, (max(image.width, image.height) + side - 1) / side)
    width = max(1, image.width / binning)
    height = max(1, image.height / binning)
    bin(image)
    chooseGreyRange()
    pixels.removeAll(keepingCapacity: true)
    let scale = high > low ? 255 / (high - low) : 0
    for value in sums { pixels.append(UInt8(min(255, max(0, value.isFinite ? (value - low) * scale : 0)))) }
  }

  private mutating func bin(_ image: Image) {
    sums.removeAll(keepingCapacity: true)
    // A side shorter than the binning makes one pixel of what there is.
    let (down, across) = (min(binning, image.height), min(binning, image.width))
    image.pixels.withUnsafeBufferPointer { source in
      for y in 0..<height {
        for x in 0..<width {
          var sum: Float = 0
          for dy in 0..<down {
            let row = (y * binning + dy) * image.width + x * binning
            for dx in 0..<across { sum += source[row + dx] }
          }
          sums.append(sum / Float(down * across))
        }
      }
    }
  }

  /// From a sample of at most 4096 pixels: the percentiles of a picture need no more.
  private mutating func chooseGreyRange() {
    sorted.removeAll(keepingCapacity: true)
    var index = 0
    let step = max(1, sums.count / 4096)
    while index < sums.count {
      if sums[index].isFinite { sorted.append(sums[index]) }
      index += step
    }
    sorted.sort()
    guard let last = sorted.indices.last else {
      (low, high) = (0, 0)
      return
    }
    low = sorted[Int(0.005 * Double(last))]
    high = sorted[Int((0.995 * Double(last)).rounded(.up))]
  }
}

extension JSONWriter {
  public mutating func write(_ preview: Preview, timeNs: UInt64) {
    beginObject()
    member("htype", Preview.htype)
    member("source", preview.source)
    member("series", preview.series)
    member("frame", preview.frame)
    member("time_ns", timeNs)
    member("dtype", "|u1")
    array("shape") {
      $0.value(preview.height)
      $0.value(preview.width)
    }
    member("binning", preview.binning)
    member("low", Double(preview.low))
    member("high", Double(preview.high))
    endObject()
  }
}
