// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Registration

/// Draws frames at random, as different as instruments and crystals make them.
struct StudyScenes {
  /// Ranges that frames are drawn from, uniformly unless said otherwise.
  struct Ranges {
    var dosePerA2 = 1e5
    /// Logarithmically.
    var pseudoCubicPx = 8.0...40.0
    /// One of these, for both sides.
    var sides = [128, 192, 256, 384, 512, 768, 1024]
    var defocusA = -15.0...15.0
    var thicknessNm = 5.0...18.0
    var tiltDegrees = 9.0
    var mistiltMrad = 1.5
    var sourceFWHMA = 0.4...0.9
    /// Largest sizes, either sign.
    var stretch = 0.04
    var shearDegrees = 2.0
    var unevenness = 0.6
    var pixelSizeError = 0.15
    var distortion: @Sendable (inout ScanDistortion, _ scan: DistortedScan) -> Void = { _, _ in }
    var region = ScanRegion.crystal
  }

  let emulators: [Emulator]
  /// Another one gives other frames.
  var seed: UInt64 = 0xA11CE

  /// Frame `number` of a series; the same numbers give the same frame. The pixel size that goes with it is nil for every
  /// third frame, else wrong by up to `pixelSizeError`.
  func frame(_ number: Int, _ ranges: Ranges) -> (scan: DistortedScan, pixelSize: PixelSize?) {
    var random = SeededRandom(seed: seed, stream: UInt64(number))
    func either(_ limit: Double) -> Double { random.uniform(-limit, limit) }
    func pick(_ range: ClosedRange<Double>) -> Double { random.uniform(range.lowerBound, range.upperBound) }
    let emulator = emulators[number % emulators.count]
    let limit = ranges.tiltDegrees
    let tilt = TiltAngles(alpha: either(limit), beta: either(limit), gamma: either(limit))
    let state = ImagingState(
      tilt: tilt, thicknessNm: pick(ranges.thicknessNm), defocusA: pick(ranges.defocusA),
      sourceFWHMA: pick(ranges.sourceFWHMA),
      mistiltMrad: SIMD2(either(ranges.mistiltMrad), either(ranges.mistiltMrad)),
      startingLayer: Int(random.uniform(0, 2)))
    var scan = DistortedScan(
      picture: CellPicture(emulator, state), pseudoCubicA: emulator.pseudoCubicA)
    let side = ranges.sides[Int(random.uniform(0, Double(ranges.sides.count)))]
    (scan.width, scan.height) = (side, side)
    let (low, high) = (log(ranges.pseudoCubicPx.lowerBound), log(ranges.pseudoCubicPx.upperBound))
    scan.pseudoCubicPx = exp(pick(low...high))
    scan.rotationDegrees = random.uniform(0, 360)
    scan.stretch = either(ranges.stretch)
    scan.shearDegrees = either(ranges.shearDegrees)
    scan.unevenness = either(ranges.unevenness)
    scan.offset = Vector2(either(scan.pseudoCubicPx), either(scan.pseudoCubicPx))
    scan.dosePerA2 = ranges.dosePerA2
    scan.region = ranges.region
    scan.seed = seed &* 1_000_003 &+ UInt64(number)
    var distortion = ScanDistortion()
    ranges.distortion(&distortion, scan)
    scan.distortion = distortion
    let wrong = 1 + either(ranges.pixelSizeError)
    let size = PixelSize(nm: scan.pixelSizeNm * wrong, source: .option)
    return (scan, number.isMultiple(of: 3) ? nil : size)
  }
}
