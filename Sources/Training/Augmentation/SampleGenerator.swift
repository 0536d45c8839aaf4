// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Inference

#if canImport(Glibc)
  import Glibc
#endif

/// What a sample shows. `tilt` is that of the octahedra of the patch's centre column, parity included.
public struct SampleTruth: Sendable, Hashable {
  public var tilt: TiltAngles
  /// The image that it was cut from; its tilt is that of the cell's origin.
  public var state: ImagingState
  public var dosePerA2: Double

  public var thicknessNm: Double { state.thicknessNm }
  public var defocusA: Double { state.defocusA }
  public var sourceFWHMA: Double { state.sourceFWHMA }

  /// (q, c, s), degrees.
  public var targets: (q: Double, c: Double, s: Double) {
    let split = HeadlessSplit(tilt)
    return (tilt.q, split.c, split.s)
  }
}

/// Draws training samples: sample `index` of a seed is always the same, whoever draws it and in whatever order.
///
/// One thread uses a generator at a time. Cost: the source's rendering and about 0.1 ms.
public final class SampleGenerator<Source: CellImageSource> {
  public let source: Source
  public let ranges: AugmentationRanges
  public let patch: PatchGeometry
  private let sampler: CellSampler
  private var workspace: Source.Workspace
  private var grid: [Float]
  private let scratch: FloatBuffer

  /// `ranges` must be resolved for the source.
  public init(source: Source, ranges: AugmentationRanges, patch: PatchGeometry) {
    self.source = source
    self.ranges = ranges
    self.patch = patch
    sampler = CellSampler(
      patch: patch, gridWidth: source.gridWidth, gridHeight: source.gridHeight, pseudoCubicA: source.pseudoCubicA)
    workspace = source.makeWorkspace()
    grid = Array(repeating: 0, count: source.gridWidth * source.gridHeight)
    scratch = FloatBuffer(count: 2 * patch.count)
  }

  /// Writes the normalised patch (height · width values, row-major) of sample `index` and returns what it shows.
  public func draw(
    seed: UInt64, index: UInt64, part: HoldOut, into pixels: UnsafeMutablePointer<Float>
  ) -> SampleTruth {
    var random = SeededRandom(seed: seed, stream: index)
    let cellTilt = drawTilt(part, &random)
    let thickness = (ranges.thicknessNm ?? Interval(source.thicknessRangeNm)).draw(&random)
    let defocus = (ranges.defocusA ?? Interval(source.defocusRangeA)).draw(&random)
    let sourceFWHMA = ranges.sourceFWHMA.draw(&random)
    let vibration = ranges.vibrationFWHMA.draw(&random)
    let direction = random.uniform(0, Double.pi)
    let mistilt = ranges.mistiltMrad.draw(&random)
    let mistiltDirection = random.uniform(0, 2 * Double.pi)
    let state = ImagingState(
      tilt: cellTilt, thicknessNm: thickness, defocusA: defocus, sourceFWHMA: sourceFWHMA,
      vibrationFWHMA: vibration * SIMD2(cos(direction), sin(direction)),
      mistiltMrad: mistilt * SIMD2(cos(mistiltDirection), sin(mistiltDirection)),
      startingLayer: Int(random.next() % UInt64(source.startingLayerCount)))
    source.render(state, into: &grid, workspace: &workspace)

    let i = random.next().isMultiple(of: 2) ? 0 : 1
    let j = random.next().isMultiple(of: 2) ? 0 : 1
    let distortion = drawDistortion(&random)
    grid.withUnsafeBufferPointer {
      sampler.sample($0.baseAddress!, columnI: i, columnJ: j, distortion: distortion, into: pixels)
    }
    let dose = ranges.dosePerA2.drawLogarithmic(&random)
    degrade(pixels, dose: dose, &random)
    PatchNormalisation.apply(pixels, count: patch.count)
    return SampleTruth(tilt: (i + j).isMultiple(of: 2) ? cellTilt : -cellTilt, state: state, dosePerA2: dose)
  }

  private func drawTilt(_ part: HoldOut, _ random: inout SeededRandom) -> TiltAngles {
    // One cell in ten is for validation: a thousand misses in a row do not happen unless the range is one cell wide.
    for _ in 0..<1000 {
      let limit = ranges.tiltDegrees
      var tilt = TiltAngles(
        alpha: random.uniform(-limit, limit), beta: random.uniform(-limit, limit), gamma: random.uniform(-limit, limit))
      if random.uniform() < ranges.shrunkShare {
        let factor = random.uniform()
        tilt = TiltAngles(alpha: factor * tilt.alpha, beta: factor * tilt.beta, gamma: factor * tilt.gamma)
      }
      if HoldOut.part(of: tilt) == part { return tilt }
    }
    return .zero
  }

  private func drawDistortion(_ random: inout SeededRandom) -> PatchDistortion {
    var d = PatchDistortion()
    d.shiftA = Vector2(ranges.shiftA * random.gaussian(), ranges.shiftA * random.gaussian())
    let scaleX = 1 + random.uniform(-ranges.scale, ranges.scale)
    let scaleY = 1 + random.uniform(-ranges.scale, ranges.scale)
    let turn = random.uniform(-ranges.rotationDegrees, ranges.rotationDegrees) * Double.pi / 180
    let shear = tan(random.uniform(-ranges.shearDegrees, ranges.shearDegrees) * Double.pi / 180)
    // Rotation · shear of x along y · scale.
    d.xx = cos(turn) * scaleX
    d.xy = (cos(turn) * shear - sin(turn)) * scaleY
    d.yx = sin(turn) * scaleX
    d.yy = (sin(turn) * shear + cos(turn)) * scaleY
    let jitter = ranges.jitterA.draw(&random)
    d.linesAreColumns = random.next().isMultiple(of: 2)
    guard jitter > 0 else { return d }
    for _ in 0..<(d.linesAreColumns ? patch.width : patch.height) {
      let along = jitter * random.gaussian()
      let across = 0.5 * jitter * random.gaussian()
      d.lineX.append(d.linesAreColumns ? across : along)
      d.lineY.append(d.linesAreColumns ? along : across)
    }
    return d
  }

  private func degrade(_ pixels: UnsafeMutablePointer<Float>, dose: Double, _ random: inout SeededRandom) {
    let count = patch.count
    var (sum, square) = (0.0, 0.0)
    for k in 0..<count {
      sum += Double(pixels[k])
      square += Double(pixels[k]) * Double(pixels[k])
    }
    let mean = sum / Double(count)
    let contrast = max(0, square / Double(count) - mean * mean).squareRoot()
    let gain = ranges.gainNoise.draw(&random)
    let correlated = random.uniform() < ranges.correlatedShare
    let correlation = ranges.correlation.draw(&random)
    let noise = ImageNoise(
      electronsPerPixel: dose * sampler.pixelAreaA2, gainNoise: gain, correlation: correlated ? correlation : 0)
    noise.apply(pixels, width: patch.width, height: patch.height, scratch: scratch.base, random: &random)
    let slopeX = Float(ranges.gradient * contrast * random.gaussian() / Double(patch.width))
    let slopeY = Float(ranges.gradient * contrast * random.gaussian() / Double(patch.height))
    for y in 0..<patch.height {
      for x in 0..<patch.width { pixels[y * patch.width + x] += slopeX * Float(x) + slopeY * Float(y) }
    }
  }
}
