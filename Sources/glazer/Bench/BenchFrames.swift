// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import FrameIO
import GlazerCore
import Multislice

/// Frames to measure with: a simulated crystal under drift and noise, as the parts of wire messages.
///
/// The simulation is coarse (one mesh point, 5 nm): what is measured is time, not angles.
struct BenchFrames {
  let width: Int
  let height: Int
  /// A few different frames that are sent in turn, forth and back, so that the drift never jumps.
  private let pixels: [[UInt16]]
  private var encoder = FrameEncoder()

  /// Square frames of `side` pixels that hold about `cells` B columns.
  init(side: Int, cells: Int) {
    var conditions = ImagingConditions()
    conditions.thicknessesNm = [5]
    conditions.mesh = SIMD2(1, 1)
    conditions.samplingA = 0.13
    let material = Material.known[0]
    let tilts = [TiltAngles(alpha: 8, beta: 2, gamma: -5), TiltAngles(alpha: 1, beta: 6, gamma: 3)]
    let pictures = tilts.map {
      CellPicture.simulated(material: material, tilt: $0, conditions: conditions, sourceFWHMA: 0.7)
    }
    var settings = ScanSettings()
    (settings.width, settings.height) = (side, side)
    // A projected cell covers a²/√2.
    let cellPx = (Double(side * side) / Double(cells) * 2.0.squareRoot()).squareRoot()
    settings.pixelSizeNm = material.pseudoCubicA / 10 / cellPx
    settings.dosePerA2 = 1e5
    let scan = SyntheticScan(
      settings: settings, pseudoCubicA: material.pseudoCubicA, domains: (pictures[0], pictures[1]))
    pixels = (0..<4).map(scan.counts)
    (width, height) = (side, side)
  }

  /// Lends the wire parts of frame `number`.
  mutating func withParts<Result>(
    _ number: Int, _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) throws -> Result
  ) rethrows -> Result {
    let phase = number % (2 * pixels.count - 2)
    let index = phase < pixels.count ? phase : 2 * pixels.count - 2 - phase
    let header = encoder.header(
      FrameHeader(source: "bench", series: "bench", frame: Int64(number), timeNs: WallClock.nowNs()), width: width,
      height: height, pixelType: .uint16)
    return try header.withUnsafeBytes { header in
      try pixels[index].withUnsafeBytes { pixels in
        try [header, pixels].withUnsafeBufferPointer { try body($0) }
      }
    }
  }
}
