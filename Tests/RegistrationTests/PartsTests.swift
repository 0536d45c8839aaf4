// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Registration

@Suite("Parts of registration against slow references")
struct PartsTests {
  @Test("Median equals that of the sorted values", arguments: [1, 2, 3, 10, 101, 1000])
  func median(count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    for _ in 0..<20 {
      // Few different values, so that ties are common.
      var values = (0..<count).map { _ in (10 * random.uniform()).rounded() }
      let expected = values.sorted()[count / 2]
      #expect(values.takeMedian() == expected)
    }
    var nothing: [Double] = []
    #expect(nothing.takeMedian() == nil)
  }

  @Test("Solutions of symmetric systems fulfil them; singular ones have none")
  func symmetricSystem() throws {
    var random = SeededRandom(seed: 5)
    for size in 1...4 {
      // Rows of a random factor make a positive definite matrix.
      let factor = (0..<size).map { _ in (0..<size).map { _ in random.gaussian() } }
      var (system, matrix) = (SymmetricSystem(size: size), [[Double]](repeating: [], count: size))
      for row in 0..<size {
        for column in 0..<size {
          let value = (0..<size).reduce(0) { $0 + factor[row][$1] * factor[column][$1] } + (row == column ? 0.1 : 0)
          matrix[row].append(value)
          system.add(row, column, value)
        }
        system.addRight(row, Double(row + 1))
      }
      let x = try #require(system.solution())
      for row in 0..<size {
        let product = (0..<size).reduce(0) { $0 + matrix[row][$1] * x[$1] }
        #expect(abs(product - Double(row + 1)) < 1e-9)
      }
    }
    var singular = SymmetricSystem(size: 2)
    for row in 0..<2 { for column in 0..<2 { singular.add(row, column, 1) } }
    #expect(singular.solution() == nil)
  }

  @Test("Tile sums equal the plain Fourier sum over the image", arguments: [1, 2, 3])
  func demodulation(scale: Int) {
    let image = SyntheticMicrograph(width: 301, height: 170, pseudoCubicPx: 36).render()
    let flattened = FlattenedImage()
    flattened.load(image, scale: scale)
    let (width, height) = (flattened.width, flattened.height)
    let lattice = ReciprocalLattice(a: Vector2(0.051, 0.013), b: Vector2(-0.009, 0.036)).scaled(by: Double(scale))
    let tiles = TileDemodulator()
    tiles.run(flattened, lattice: lattice)
    let size = flattened.pixels[0..<(width * height)].reduce(0) { $0 + Double($1.magnitude) }
    for (index, (h, k)) in Reflections.indices.enumerated() where tiles.isUsable[index] {
      let g = lattice.vector(Double(h), Double(k))
      var expected = Complex.zero
      for y in 0..<height {
        for x in 0..<width {
          let phase = -2 * Double.pi * (g.x * Double(x) + g.y * Double(y))
          expected = expected + Double(flattened.pixels[y * width + x]) * Complex(phase: phase)
        }
      }
      let found = (0..<tiles.tileCount).reduce(Complex.zero) { $0 + tiles.sum(tile: $1, reflection: index) }
      #expect((found - expected).squaredMagnitude.squareRoot() < 1e-5 * size)
    }
  }

  @Test("Flattening takes a slope away, keeps columns, and puts missing pixels at 0")
  func flattening() {
    var image = Image(width: 257, height: 190)
    for y in 0..<190 { for x in 0..<257 { image[x, y] = Float(1000 + 3 * x - 2 * y) } }
    image[100, 90] += 500
    image[50, 60] = .nan
    image[51, 60] = .infinity
    let flattened = FlattenedImage()
    flattened.load(image, scale: 1)
    #expect(abs(flattened.pixels[90 * 257 + 100] - 500) < 3)
    #expect(flattened.pixels[60 * 257 + 50] == 0 && flattened.pixels[60 * 257 + 51] == 0)
    // Between the outer blocks' centres the slope is gone; outside, half a block of it is left.
    for (x, y) in [(40, 70), (128, 95), (200, 140), (101, 90)] { #expect(flattened.pixels[y * 257 + x].magnitude < 3) }
    #expect(abs(flattened.validFraction - 1) < 1e-4)
    #expect(!flattened.pixels.contains { !$0.isFinite })
  }

  @Test("Positions go to working pixels and back", arguments: [1, 2, 3])
  func workingPositions(scale: Int) {
    let flattened = FlattenedImage()
    flattened.load(Image(width: 120, height: 90, fill: 1), scale: scale)
    let p = Vector2(31.25, 47.5)
    #expect((flattened.imagePosition(flattened.workingPosition(p)) - p).length < 1e-12)
    // The first bin's centre.
    #expect(flattened.imagePosition(.zero) == Vector2(Double(scale - 1) / 2, Double(scale - 1) / 2))
  }

  @Test("A lattice and its reciprocal belong together")
  func reciprocal() {
    let lattice = Lattice(origin: Vector2(5, 6), a: Vector2(19, 3), b: Vector2(-4, 27))
    let reciprocal = ReciprocalLattice(of: lattice)
    #expect(abs(reciprocal.a.dot(lattice.a) - 1) < 1e-12 && abs(reciprocal.a.dot(lattice.b)) < 1e-12)
    #expect(abs(reciprocal.b.dot(lattice.b) - 1) < 1e-12 && abs(reciprocal.b.dot(lattice.a)) < 1e-12)
    let back = reciprocal.direct(origin: lattice.origin)
    #expect((back.a - lattice.a).length < 1e-12 && (back.b - lattice.b).length < 1e-12)
    #expect(abs(reciprocal.pseudoCubicPx - lattice.pseudoCubicPx) < 1e-9)
    let hk = reciprocal.indices(of: reciprocal.vector(2, -3))
    #expect(abs(hk.x - 2) < 1e-12 && abs(hk.y + 3) < 1e-12)
  }
}
