// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Inference

#if canImport(Glibc)
  import Glibc
#endif

/// The least ρ = √(p² + r²) that the images of a training can show in one patch, over the dose.
///
/// For each of `states` imaging states, taken from the sources in turn and drawn as the training draws thickness, defocus, source
/// and directional blur, the detection limit of `DetectionCurve` on the area of one patch, with q = 0 (it hardly matters) and with shift, scale, offset,
/// defocus, source size and thickness unknown, as they are to a network. The table holds the medians: half of the states
/// hide more. Gain noise, registration errors and scan jitter are left out, so no reader does better. A limit beyond the
/// largest tilt of the source stands as that tilt.
public struct DetectionLimitFit<Source: CellImageSource> {
  /// Half decades.
  public static var dosesPerA2: [Double] { (4...16).map { pow(10, Double($0) / 2) } }
  public static var states: Int { 48 }

  public let sources: [Source]
  public let ranges: AugmentationRanges
  public let patch: PatchGeometry
  public let seed: UInt64

  public init(sources: [Source], ranges: AugmentationRanges, patch: PatchGeometry, seed: UInt64) {
    self.sources = sources
    self.ranges = ranges
    self.patch = patch
    self.seed = seed
  }

  /// The area that a patch of a source's crystal shows, Å².
  func areaA2(_ source: Source) -> Double {
    let columns = Double(patch.width * patch.height) / Double(patch.pixelsPerA * patch.pixelsPerB)
    return columns * TiltBound.pairAreaA2(pseudoCubicA: source.pseudoCubicA) / 2
  }

  /// About 130 renderings a state: a few seconds.
  public func table() throws -> DetectionTable {
    let calculators = sources.map { BoundCalculator(source: $0, nuisance: .unknownToAReader) }
    let areas = sources.map(areaA2)
    var limits = [[Double]](repeating: [], count: Self.dosesPerA2.count)
    for index in 0..<Self.states {
      let number = index % sources.count
      let curve = try calculators[number].detectionCurve(state(index, of: sources[number]))
      let largest = curve.rhoDegrees.last ?? 0
      for (n, dose) in Self.dosesPerA2.enumerated() {
        limits[n].append(min(largest, curve.limit(dosePerA2: dose, areaA2: areas[number])))
      }
    }
    // Rounded, so that the file does not hang on the last bit of a processor.
    let medians = limits.map { all in (1e3 * all.sorted()[all.count / 2]).rounded() / 1e3 }
    guard
      let table = DetectionTable(
        dosesPerA2: Self.dosesPerA2.map { $0.rounded() }, rhoDegrees: medians, areaA2: (1e2 * areas[0]).rounded() / 1e2,
        states: Self.states)
    else {
      throw TrainingError.badFile(
        file: "detection limit", expected: "finite limits above 0", found: "\(medians)")
    }
    return table
  }

  private func state(_ index: Int, of source: Source) -> ImagingState {
    var random = SeededRandom(seed: seed, stream: UInt64(index))
    let thickness = (ranges.thicknessNm ?? Interval(source.thicknessRangeNm)).draw(&random)
    let defocus = (ranges.defocusA ?? Interval(source.defocusRangeA)).draw(&random)
    let sourceFWHMA = ranges.sourceFWHMA.draw(&random)
    let vibration = ranges.vibrationFWHMA.draw(&random)
    let direction = random.uniform(0, Double.pi)
    return ImagingState(
      tilt: .zero, thicknessNm: thickness, defocusA: defocus, sourceFWHMA: sourceFWHMA,
      vibrationFWHMA: vibration * SIMD2(cos(direction), sin(direction)))
  }
}

extension NuisanceParameters {
  /// All that a network is not told.
  static let unknownToAReader: NuisanceParameters = [.shift, .scale, .offset, .defocus, .source, .thickness]
}
