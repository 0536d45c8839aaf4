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
/// One thread uses a generator at a time. Cost: the source's rendering and about 0.2 ms.
public final class SampleGenerator<Source: CellImageSource> {
  public let ranges: AugmentationRanges
  public let patch: PatchGeometry
  private let normalisation: LocalNormalisation
  private let region: PatchGeometry
  private let column: (x: Int, y: Int)
  /// What each crystal needs.
  private final class Studio {
    let source: Source
    let sampler: CellSampler
    var workspace: Source.Workspace
    var grid: [Float]

    init(_ source: Source, _ geometry: NormalisationGeometry) {
      self.source = source
      sampler = CellSampler(
        geometry, gridWidth: source.gridWidth, gridHeight: source.gridHeight, columnsAcross: source.columnsAcross,
        pseudoCubicA: source.pseudoCubicA)
      workspace = source.makeWorkspace()
      grid = Array(repeating: 0, count: source.gridWidth * source.gridHeight)
    }
  }
  private let studios: [Studio]
  private let pixels: FloatBuffer
  private let scratch: FloatBuffer

  /// `ranges` must be resolved for the sources; each sample is of one of them, drawn at random.
  public init(sources: [Source], ranges: AugmentationRanges, geometry: NormalisationGeometry) {
    precondition(!sources.isEmpty, "samples show something")
    self.ranges = ranges
    patch = geometry.patch
    normalisation = LocalNormalisation(geometry)
    let size = geometry.region
    region = PatchGeometry(
      width: size.width, height: size.height, pixelsPerA: patch.pixelsPerA, pixelsPerB: patch.pixelsPerB)
    column = (size.columnX, size.columnY)
    studios = sources.map { Studio($0, geometry) }
    pixels = FloatBuffer(count: region.count)
    scratch = FloatBuffer(count: 2 * region.count)
  }

  /// Writes the normalised patch (height · width values, row-major) of sample `index` and returns what it shows.
  public func draw(
    seed: UInt64, index: UInt64, part: HoldOut, into patch: UnsafeMutablePointer<Float>
  ) -> SampleTruth {
    var random = SeededRandom(seed: seed, stream: index)
    let studio = studios[Int(random.next() % UInt64(studios.count))]
    let source = studio.source
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
    source.render(state, into: &studio.grid, workspace: &studio.workspace)

    let i = random.next().isMultiple(of: 2) ? 0 : 1
    let j = random.next().isMultiple(of: 2) ? 0 : 1
    let distortion = drawDistortion(&random)
    studio.grid.withUnsafeBufferPointer {
      guard let grid = $0.baseAddress else { return }
      studio.sampler.sample(grid, columnI: i, columnJ: j, distortion: distortion, into: pixels.base)
    }
    let dose = ranges.dosePerA2.drawLogarithmic(&random)
    let pixelA = studio.sampler.pixelA
    degrade(dosePerA2: dose, pixelA: SIMD2(pixelA.x, pixelA.y), &random)
    cutOff(&random)
    normalisation.patch(ofRegion: pixels.base, into: patch)
    return SampleTruth(tilt: source.tilt(cellTilt, ofColumn: i, j), state: state, dosePerA2: dose)
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
    for _ in 0..<(d.linesAreColumns ? region.width : region.height) {
      let along = jitter * random.gaussian()
      let across = 0.5 * jitter * random.gaussian()
      d.lineX.append(d.linesAreColumns ? across : along)
      d.lineY.append(d.linesAreColumns ? along : across)
    }
    return d
  }

  /// A film, noise and a slow background.
  private func degrade(dosePerA2: Double, pixelA: SIMD2<Double>, _ random: inout SeededRandom) {
    let image = pixels.base
    let count = region.count
    var (sum, square) = (0.0, 0.0)
    for k in 0..<count {
      sum += Double(image[k])
      square += Double(image[k]) * Double(image[k])
    }
    let mean = sum / Double(count)
    let contrast = max(0, square / Double(count) - mean * mean).squareRoot()
    if ranges.filmShare > 0, random.uniform() < ranges.filmShare {
      let grainA = ranges.filmGrainA.draw(&random)
      let film = AmorphousFilm(
        strength: contrast * ranges.film.draw(&random), grainPixels: grainA / (pixelA.x * pixelA.y).squareRoot())
      film.apply(image, width: region.width, height: region.height, scratch: scratch.base, random: &random)
    }
    let gain = ranges.gainNoise.draw(&random)
    let correlated = random.uniform() < ranges.correlatedShare
    let correlation = ranges.correlation.draw(&random)
    var noise = ImageNoise(
      electronsPerPixel: dosePerA2 * pixelA.x * pixelA.y, gainNoise: gain, correlation: correlated ? correlation : 0)
    if ranges.lagShare > 0, random.uniform() < ranges.lagShare {
      let length = ranges.lagA.draw(&random)
      noise.lag = DetectorLag(lengthA: length, direction: random.uniform(0, Double.pi), pixelA: pixelA)
    }
    noise.apply(image, width: region.width, height: region.height, scratch: scratch.base, random: &random)
    let slopeX = Float(ranges.gradient * contrast * random.gaussian() / Double(patch.width))
    let slopeY = Float(ranges.gradient * contrast * random.gaussian() / Double(patch.height))
    for y in 0..<region.height {
      for x in 0..<region.width { image[y * region.width + x] += slopeX * Float(x) + slopeY * Float(y) }
    }
  }

  /// The edge of the image, in some of the samples: at least half a cell from the column, along x, y or both.
  private func cutOff(_ random: inout SeededRandom) {
    func edge(_ column: Int, _ cell: Int, _ half: Int, _ size: Int) -> Range<Int> {
      guard random.uniform() < ranges.edgeShare else { return 0..<size }
      let distance = Int(random.uniform(Double(cell) / 2, Double(half)))
      return random.next().isMultiple(of: 2) ? column - distance..<size : 0..<column + distance + 1
    }
    let xs = edge(column.x, patch.pixelsPerA, patch.width / 2, region.width)
    let ys = edge(column.y, patch.pixelsPerB, patch.height / 2, region.height)
    guard xs.count < region.width || ys.count < region.height else { return }
    for y in 0..<region.height {
      for x in 0..<region.width where !(xs.contains(x) && ys.contains(y)) {
        pixels.base[y * region.width + x] = .nan
      }
    }
  }
}
