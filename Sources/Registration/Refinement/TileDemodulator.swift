// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Fourier sums of the image at the reflections of a lattice, tile by tile.
///
/// The sum of a tile is Σ f(r) e^(−2πi g·r), r in working pixels from the first. Small changes of the lattice are applied
/// afterwards by turning the tiles' phases, so that the image is read once: this and the flattening are the only passes over
/// pixels that tracking makes. Cost: 26 multiply-adds per working pixel.
final class TileDemodulator {
  /// Tiles along each axis at most.
  static let tilesPerAxis = 16

  private(set) var tilesX = 0
  private(set) var tilesY = 0
  /// Sums, [tile row][tile column][reflection].
  private(set) var sums: [Complex] = []
  /// Centre of the tile, working pixels.
  private(set) var centres: [Vector2] = []
  /// Hann window over the whole image, at the tile's centre, times the share of valid pixels there.
  private(set) var weights: [Double] = []
  /// How far the crystal stands from a straight lattice at the tile's centre, working pixels.
  private(set) var displacements: [Vector2] = []
  /// Reflections above the working Nyquist frequency are not there.
  private(set) var isUsable = [Bool](repeating: true, count: Reflections.count)

  private var vectors = [Vector2](repeating: .zero, count: Reflections.count)
  /// cos and −sin of 2π gx x, [reflection][x].
  private var cosines: [Float] = []
  private var sines: [Float] = []

  var tileCount: Int { tilesX * tilesY }
  /// Mean number of working pixels in a tile.
  private(set) var pixelsPerTile = 0.0

  func sum(tile: Int, reflection: Int) -> Complex { sums[tile * Reflections.count + reflection] }

  /// Fills everything from `image`; `lattice` in cycles per working pixel.
  func run(_ image: FlattenedImage, lattice: ReciprocalLattice) {
    layOut(image)
    for index in 0..<Reflections.count {
      let (h, k) = Reflections.indices[index]
      vectors[index] = lattice.vector(Double(h), Double(k))
      isUsable[index] = max(abs(vectors[index].x), abs(vectors[index].y)) < 0.45
    }
    fillTables(width: image.width)
    for index in 0..<(tileCount * Reflections.count) { sums[index] = .zero }
    let width = image.width
    image.pixels.withUnsafeBufferPointer { pixels in
      cosines.withUnsafeBufferPointer { cosines in
        sines.withUnsafeBufferPointer { sines in
          for reflection in 0..<Reflections.count where isUsable[reflection] {
            let g = vectors[reflection]
            let tableRow = reflection * width
            for tileY in 0..<tilesY {
              for y in Self.bounds(tileY, of: tilesY, length: image.height) {
                let turn = Complex(phase: -2 * .pi * g.y * Double(y))
                for tileX in 0..<tilesX {
                  let range = Self.bounds(tileX, of: tilesX, length: width)
                  let (re, im) = Self.dot(
                    pixels.baseAddress! + y * width + range.lowerBound,
                    cosines.baseAddress! + tableRow + range.lowerBound,
                    sines.baseAddress! + tableRow + range.lowerBound, range.count)
                  let index = (tileY * tilesX + tileX) * Reflections.count + reflection
                  sums[index] = sums[index] + Complex(re: Double(re), im: Double(im)) * turn
                }
              }
            }
          }
        }
      }
    }
  }

  /// Σ f cos and Σ f sin over `count` neighbours.
  static func dot(
    _ f: UnsafePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>, _ count: Int
  ) -> (Float, Float) {
    var (re, im) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    var x = 0
    while x + 8 <= count {
      let value = UnsafeRawPointer(f + x).loadUnaligned(as: SIMD8<Float>.self)
      re += value * UnsafeRawPointer(cosines + x).loadUnaligned(as: SIMD8<Float>.self)
      im += value * UnsafeRawPointer(sines + x).loadUnaligned(as: SIMD8<Float>.self)
      x += 8
    }
    var (restRe, restIm) = (re.sum(), im.sum())
    while x < count {
      restRe += f[x] * cosines[x]
      restIm += f[x] * sines[x]
      x += 1
    }
    return (restRe, restIm)
  }

  private static func bounds(_ tile: Int, of count: Int, length: Int) -> Range<Int> {
    (tile * length / count)..<((tile + 1) * length / count)
  }

  private func layOut(_ image: FlattenedImage) {
    // Even numbers, so that tiles can be grouped; tiles of four pixels are enough, for windows act on the sum of tiles.
    func count(_ length: Int) -> Int { max(2, min(Self.tilesPerAxis, length / 4) / 2 * 2) }
    tilesX = count(image.width)
    tilesY = count(image.height)
    pixelsPerTile = Double(image.width * image.height) / Double(tileCount)
    let needed = tileCount * Reflections.count
    if sums.count < needed { sums = [Complex](repeating: .zero, count: needed) }
    centres.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    displacements.removeAll(keepingCapacity: true)
    displacements.append(contentsOf: repeatElement(.zero, count: tileCount))
    for tileY in 0..<tilesY {
      let rows = Self.bounds(tileY, of: tilesY, length: image.height)
      for tileX in 0..<tilesX {
        let columns = Self.bounds(tileX, of: tilesX, length: image.width)
        let centre = Vector2(
          Double(columns.lowerBound + columns.upperBound - 1) / 2, Double(rows.lowerBound + rows.upperBound - 1) / 2)
        centres.append(centre)
        let (u, v) = ((centre.x + 0.5) / Double(image.width), (centre.y + 0.5) / Double(image.height))
        weights.append(Self.hann(u) * Self.hann(v) * image.validity(at: centre))
      }
    }
  }

  /// Takes the displacements from `local`; a lattice that fits the tiles is then the straight one.
  func bend(as local: LocalLattice, _ image: FlattenedImage) {
    for tile in 0..<tileCount {
      let bend = local.displacement(at: image.imagePosition(centres[tile])).displacement
      displacements[tile] = (1 / Double(image.scale)) * bend
    }
  }

  /// Leaves out tiles on columns of `local` that are poor, unless hardly any would be left.
  func weigh(_ columns: ColumnFits, of local: LocalLattice, _ image: FlattenedImage) {
    func isLeftOut(_ tile: Int) -> Bool { columns.isPoor(near: image.imagePosition(centres[tile]), of: local) }
    var (all, left) = (0.0, 0.0)
    for tile in 0..<tileCount {
      all += weights[tile]
      if !isLeftOut(tile) { left += weights[tile] }
    }
    guard left > 0.15 * all else { return }
    for tile in 0..<tileCount where isLeftOut(tile) { weights[tile] = 0 }
  }

  private static func hann(_ t: Double) -> Double { 0.5 - 0.5 * cos(2 * .pi * t) }

  private func fillTables(width: Int) {
    if cosines.count < width * Reflections.count {
      cosines = [Float](repeating: 0, count: width * Reflections.count)
      sines = cosines
    }
    for reflection in 0..<Reflections.count {
      // A recurrence in double precision: 10⁻¹³ after 2048 steps.
      let step = Complex(phase: -2 * .pi * vectors[reflection].x)
      var value = Complex(re: 1, im: 0)
      for x in 0..<width {
        cosines[reflection * width + x] = Float(value.re)
        sines[reflection * width + x] = Float(value.im)
        value = value * step
      }
    }
  }
}
