// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import Testing

@testable import Training

@Suite struct AugmentationTests {
  /// Nothing but the crystal: no errors of registration and (at this dose) no noise.
  static var ideal: AugmentationRanges {
    var r = AugmentationRanges()
    r.thicknessNm = Interval(10, 10)
    r.defocusA = Interval(0, 0)
    r.sourceFWHMA = Interval(0.3, 0.3)
    r.dosePerA2 = Interval(1e12, 1e12)
    (r.gainNoise, r.correlatedShare, r.jitterA) = (Interval(0, 0), 0, Interval(0, 0))
    (r.shiftA, r.scale, r.rotationDegrees, r.shearDegrees, r.gradient) = (0, 0, 0, 0, 0)
    (r.shrunkShare, r.edgeShare) = (0, 0)
    return r
  }

  static func geometry() throws -> NormalisationGeometry { try #require(NormalisationGeometry(.standard)) }

  static func draw(
    _ ranges: AugmentationRanges, index: UInt64, part: HoldOut = .training
  ) throws -> (pixels: [Float], truth: SampleTruth) {
    let generator = SampleGenerator(sources: [ColumnSource()], ranges: ranges, geometry: try geometry())
    let buffer = FloatBuffer(count: PatchGeometry.standard.count)
    let truth = generator.draw(seed: 5, index: index, part: part, into: buffer.base)
    return (buffer.array, truth)
  }

  @Test func aSampleDependsOnItsIndexAlone() throws {
    var ranges = AugmentationRanges()
    ranges.edgeShare = 0
    let generator = SampleGenerator(sources: [ColumnSource()], ranges: ranges, geometry: try Self.geometry())
    let buffer = FloatBuffer(count: PatchGeometry.standard.count)
    let alone = try Self.draw(ranges, index: 7)
    for index in [3, 9, 7] as [UInt64] {
      _ = generator.draw(seed: 5, index: index, part: .training, into: buffer.base)
    }
    #expect(buffer.array == alone.pixels)
    #expect(try Self.draw(ranges, index: 8).pixels != alone.pixels)
    // Normalised by the periods about each block, of which a patch shows the middle.
    let count = Double(alone.pixels.count)
    let mean = alone.pixels.reduce(0.0) { $0 + Double($1) } / count
    let variance = alone.pixels.reduce(0.0) { $0 + Double($1) * Double($1) } / count
    #expect(abs(mean) < 0.2 && abs(variance - 1) < 0.2)
  }

  /// Whatever column stands at the centre, an image rendered with the stated tilt at the origin and cut there is the same.
  @Test func targetsAreThoseOfTheCentreColumn() throws {
    let source = ColumnSource()
    let geometry = try Self.geometry()
    let sampler = CellSampler(geometry, gridWidth: 64, gridHeight: 96, pseudoCubicA: source.pseudoCubicA)
    let normalisation = LocalNormalisation(geometry)
    let size = geometry.region.width * geometry.region.height
    var workspace = source.makeWorkspace()
    var grid = [Float](repeating: 0, count: 64 * 96)
    for index in 0..<12 as Range<UInt64> {
      let (pixels, truth) = try Self.draw(Self.ideal, index: index)
      source.render(
        ImagingState(tilt: truth.tilt, thicknessNm: 10, defocusA: 0, sourceFWHMA: 0.3), into: &grid,
        workspace: &workspace)
      var region = [Float](repeating: 0, count: size)
      sampler.sample(grid, columnI: 0, columnJ: 0, distortion: PatchDistortion(), into: &region)
      var expected = [Float](repeating: 0, count: geometry.patch.count)
      normalisation.patch(ofRegion: region, into: &expected)
      let worst = zip(pixels, expected).map { abs($0 - $1) }.max() ?? 1
      #expect(worst < 2e-3, "sample \(index) differs by \(worst)")
    }
  }

  @Test func neighbouringColumnsHaveOppositeParity() throws {
    let source = ColumnSource()
    var workspace = source.makeWorkspace()
    let geometry = try Self.geometry()
    let sampler = CellSampler(geometry, gridWidth: 64, gridHeight: 96, pseudoCubicA: source.pseudoCubicA)
    func patch(_ tilt: TiltAngles, _ i: Int, _ j: Int) -> [Float] {
      var grid = [Float](repeating: 0, count: 64 * 96)
      source.render(
        ImagingState(tilt: tilt, thicknessNm: 10, defocusA: 0, sourceFWHMA: 0.3), into: &grid, workspace: &workspace)
      var pixels = [Float](repeating: 0, count: geometry.region.width * geometry.region.height)
      sampler.sample(grid, columnI: i, columnJ: j, distortion: PatchDistortion(), into: &pixels)
      return pixels
    }
    func difference(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }
    let tilt = TiltAngles(p: 5, q: 6, r: -4)
    #expect(difference(patch(tilt, 1, 0), patch(-tilt, 0, 0)) < 1e-5)
    #expect(difference(patch(tilt, 0, 1), patch(-tilt, 0, 0)) < 1e-5)
    #expect(difference(patch(tilt, 1, 1), patch(tilt, 0, 0)) < 1e-5)
    #expect(difference(patch(tilt, 1, 0), patch(tilt, 0, 0)) > 1e-2)
  }

  /// A plane wave on the grid, sampled with each error, against the wave itself.
  @Test func distortionsMoveTheImageAsStated() throws {
    let a = 3.905
    let geometry = try Self.geometry()
    let region = geometry.region
    let sampler = CellSampler(geometry, gridWidth: 256, gridHeight: 384, pseudoCubicA: a)
    let (lx, ly) = (a * Double(2).squareRoot(), 2 * a)
    func wave(_ x: Double, _ y: Double) -> Double { cos(2 * Double.pi * (x / lx + y / ly)) }
    var grid = [Float](repeating: 0, count: 256 * 384)
    for y in 0..<384 {
      for x in 0..<256 { grid[y * 256 + x] = Float(wave(Double(x) / 256 * lx, Double(y) / 384 * ly)) }
    }
    var d = PatchDistortion()
    d.shiftA = Vector2(0.3, -0.2)
    (d.xx, d.xy, d.yx, d.yy) = (1.02, 0.03, -0.02, 0.98)
    d.lineX = (0..<region.height).map { 0.01 * Double($0 % 5) }
    d.lineY = (0..<region.height).map { -0.02 * Double($0 % 3) }
    var pixels = [Float](repeating: 0, count: region.width * region.height)
    sampler.sample(grid, columnI: 1, columnJ: 0, distortion: d, into: &pixels)
    for row in 0..<region.height {
      for column in 0..<region.width {
        let u = Double(column - region.columnX) / 16 * a * Double(0.5).squareRoot()
        let v = Double(row - region.columnY) / 24 * a
        let x = lx / 2 + 0.3 + 1.02 * u + 0.03 * v + d.lineX[row]
        let y = -0.2 - 0.02 * u + 0.98 * v + d.lineY[row]
        #expect(abs(Double(pixels[row * region.width + column]) - wave(x, y)) < 0.01)
      }
    }
  }

  /// Streaks: neighbours along the scan share what the detector remembers, exp(-distance / length), those across it next to nothing,
  /// and what a cell sums up is as noisy as before.
  @Test(arguments: [0.0, 35, 90, 150]) func slowDetectorsSmearNoiseAlongTheScan(degrees: Double) {
    let (size, length) = (256, 0.5)
    var random = SeededRandom(seed: 4)
    let white = (0..<size * size).map { _ in Float(random.gaussian()) }
    var values = white
    let direction = degrees * Double.pi / 180
    DetectorLag(lengthA: length, direction: direction, pixelA: SIMD2(0.16, 0.16))
      .smear(&values, width: size, height: size)
    func covariance(_ dx: Int, _ dy: Int) -> Double {
      var sum = 0.0
      let inside = 32..<size - 32
      for y in inside { for x in inside { sum += Double(values[y * size + x] * values[(y + dy) * size + x + dx]) } }
      return sum / Double(inside.count * inside.count)
    }
    // Four pixels along the scan, to the nearest pixel, and as many across it.
    let (dx, dy) = (Int((4 * cos(direction)).rounded()), Int((4 * sin(direction)).rounded()))
    let variance = covariance(0, 0)
    #expect(variance < 0.3)
    // Between the pixels a streak falls on two.
    #expect(covariance(dx, dy) / variance > 0.5 * exp(-4 * 0.16 / length))
    #expect(abs(covariance(-dy, dx)) / variance < 0.1)
    // Sums over 32 x 32 pixels lose what runs over their edges: a tenth.
    func blockVariance(_ values: [Float]) -> Double {
      var total = 0.0
      for block in 9..<55 {
        let (x0, y0) = (block % 8 * 32, block / 8 * 32)
        var sum = 0.0
        for y in 0..<32 { for x in 0..<32 { sum += Double(values[(y0 + y) * size + x0 + x]) } }
        total += sum * sum
      }
      return total
    }
    #expect(abs(blockVariance(values) / blockVariance(white) - 1) < 0.25)
  }

  /// The strength asked for, and grains as wide as asked for: neighbours at a distance d share exp(−4 ln 2 (d / FWHM)² / 2) of a white
  /// field blurred by a Gaussian.
  @Test func filmsHaveTheirStrengthAndGrain() {
    let (width, height, grain) = (480, 360, 5.0)
    var random = SeededRandom(seed: 5)
    let (image, scratch) = (FloatBuffer(count: width * height), FloatBuffer(count: 2 * width * height))
    AmorphousFilm(strength: 0.2, grainPixels: grain)
      .apply(image.base, width: width, height: height, scratch: scratch.base, random: &random)
    #expect(abs(image.norm / Double(width * height).squareRoot() / 0.2 - 1) < 1e-4)
    for (dx, dy) in [(3, 0), (0, 3), (5, 0), (0, 5)] {
      var (sum, square) = (0.0, 0.0)
      for y in 10..<height - 10 {
        for x in 10..<width - 10 {
          let value = Double(image.base[y * width + x])
          sum += value * Double(image.base[(y + dy) * width + x + dx])
          square += value * value
        }
      }
      let distance = Double(dx + dy) / grain
      #expect(abs(sum / square - exp(-2 * log(2.0) * distance * distance)) < 0.06)
    }
  }

  @Test func noiseHasTheVarianceOfItsDose() {
    var random = SeededRandom(seed: 3)
    let scratch = FloatBuffer(count: 2 * 1536)
    func variance(_ noise: ImageNoise, level: Float) -> Double {
      var sum = 0.0
      for _ in 0..<20 {
        var pixels = [Float](repeating: level, count: 1536)
        noise.apply(&pixels, width: 32, height: 48, scratch: scratch.base, random: &random)
        for p in pixels { sum += Double(p - level) * Double(p - level) }
      }
      return sum / Double(20 * 1536)
    }
    for electrons in [20.0, 2000] {
      let white = variance(ImageNoise(electronsPerPixel: electrons, gainNoise: 0, correlation: 0), level: 0.25)
      #expect(abs(white / (0.25 / electrons) - 1) < 0.05)
      let gain = variance(ImageNoise(electronsPerPixel: electrons, gainNoise: 0.5, correlation: 0), level: 0.25)
      #expect(abs(gain / (1.25 * 0.25 / electrons) - 1) < 0.05)
      // Two passes of [w, 1 − 2w, w] keep (1 − 4w + 6w²)² of the variance.
      let smooth = variance(ImageNoise(electronsPerPixel: electrons, gainNoise: 0, correlation: 0.2), level: 0.25)
      #expect(abs(smooth / (0.44 * 0.44 * 0.25 / electrons) - 1) < 0.1)
    }
  }

  @Test func validationTiltsAreNeverDrawnInTraining() throws {
    var random = SeededRandom(seed: 8)
    var held = 0
    for _ in 0..<20_000 {
      let t = TiltAngles(
        alpha: random.uniform(-10, 10), beta: random.uniform(-10, 10), gamma: random.uniform(-10, 10))
      let part = HoldOut.part(of: t)
      held += part == .validation ? 1 : 0
      #expect(HoldOut.part(of: -t) == part)
      #expect(HoldOut.part(of: TiltAngles(alpha: -t.beta, beta: -t.alpha, gamma: -t.gamma)) == part)
      #expect(HoldOut.part(of: TiltAngles(alpha: t.alpha, beta: t.beta, gamma: -t.gamma)) == part)
    }
    #expect((1800...2200).contains(held))
    for index in 0..<60 as Range<UInt64> {
      for part in [HoldOut.training, .validation] {
        #expect(HoldOut.part(of: try Self.draw(Self.ideal, index: index, part: part).truth.tilt) == part)
      }
    }
  }

  /// The edge of an image: what lies beyond is 0, the mean, and the column's own half cell is always there.
  @Test func imagesEnd() throws {
    var ranges = Self.ideal
    ranges.edgeShare = 1
    let patch = PatchGeometry.standard
    for index in 0..<20 as Range<UInt64> {
      let (pixels, _) = try Self.draw(ranges, index: index)
      func isEmpty(_ x: Int, _ y: Int) -> Bool { pixels[y * patch.width + x] == 0 }
      #expect((0..<patch.width).contains { x in (0..<patch.height).allSatisfy { isEmpty(x, $0) } })
      #expect((0..<patch.height).contains { y in (0..<patch.width).allSatisfy { isEmpty($0, y) } })
      for y in 37 - 12...37 + 12 { for x in 29 - 8...29 + 8 { #expect(!isEmpty(x, y)) } }
    }
  }

  /// Samples of several crystals: every one comes up, and each says its own truth.
  @Test func everySourceIsDrawn() throws {
    let generator = SampleGenerator(
      sources: [ColumnSource(), ColumnSource(gridWidth: 32, gridHeight: 48)], ranges: Self.ideal,
      geometry: try Self.geometry())
    let buffer = FloatBuffer(count: PatchGeometry.standard.count)
    var kinds = Set<Bool>()
    for index in 0..<20 as Range<UInt64> {
      _ = generator.draw(seed: 5, index: index, part: .training, into: buffer.base)
      let (alone, _) = try Self.draw(Self.ideal, index: index)
      kinds.insert(buffer.array == alone)
    }
    #expect(kinds == [true, false])
  }

  @Test func normalNumbersAreNormal() {
    var random = SeededRandom(seed: 4)
    var moments = [Double](repeating: 0, count: 5)
    let count = 400_000
    NormalTable.shared.withNumbers { normal in
      for _ in 0..<count {
        let x = Double(normal(random.next()))
        for power in 1...4 { moments[power] += pow(x, Double(power)) / Double(count) }
      }
    }
    #expect(abs(moments[1]) < 0.01 && abs(moments[2] - 1) < 0.01)
    #expect(abs(moments[3]) < 0.03 && abs(moments[4] - 3) < 0.06)
  }

  @Test func configurationsGoThroughJSON() throws {
    var c = TrainingConfiguration(emulator: "e")
    c.ranges.thicknessNm = Interval(5, 9)
    c.learningRate = 1.5e-3
    #expect(TrainingConfiguration(json: c.json) == c)
    #expect(TrainingConfiguration(json: #"{"emulator":"e","ranges":{"jitter_A":[0,1,2]}}"#) == nil)
  }
}
