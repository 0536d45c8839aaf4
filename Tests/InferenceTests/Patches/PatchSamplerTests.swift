// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Inference

@Suite struct PatchSamplerTests {
  /// The definition, sample by sample in double.
  static func plainPatch(
    _ image: Image, _ lattice: Lattice, _ geometry: PatchGeometry, _ column: CellIndex, saturation: Float = .infinity
  ) -> [Double] {
    let ex = (1 / Double(geometry.pixelsPerA)) * lattice.a
    let ey = (1 / Double(geometry.pixelsPerB)) * lattice.b
    let nx = min(max(Int(ex.length.rounded(.up)), 1), 4)
    let ny = min(max(Int(ey.length.rounded(.up)), 1), 4)
    let centre = lattice.position(Double(column.i), Double(column.j))
    var patch: [Double] = []
    for y in 0..<geometry.height {
      for x in 0..<geometry.width {
        var sum = 0.0
        for sy in 0..<ny {
          for sx in 0..<nx {
            let u = Double(x) - Double(geometry.width - 1) / 2 + (Double(sx) + 0.5) / Double(nx) - 0.5
            let v = Double(y) - Double(geometry.height - 1) / 2 + (Double(sy) + 0.5) / Double(ny) - 0.5
            sum += bilinear(image, centre + u * ex + v * ey, saturation)
          }
        }
        patch.append(sum / Double(nx * ny))
      }
    }
    return patch
  }

  static func bilinear(_ image: Image, _ at: Vector2, _ saturation: Float) -> Double {
    guard at.x >= 0, at.y >= 0, at.x <= Double(image.width - 1), at.y <= Double(image.height - 1) else { return .nan }
    let (left, top) = (min(Int(at.x), image.width - 2), min(Int(at.y), image.height - 2))
    var sum = 0.0
    for (dy, wy) in [(0, 1 - (at.y - Double(top))), (1, at.y - Double(top))] {
      for (dx, wx) in [(0, 1 - (at.x - Double(left))), (1, at.x - Double(left))] {
        let pixel = image[left + dx, top + dy]
        sum += pixel >= saturation ? .nan : wx * wy * Double(pixel)
      }
    }
    return sum
  }

  static func noise(width: Int, height: Int, seed: UInt64 = 1) -> Image {
    var random = SeededRandom(seed: seed)
    return Image(width: width, height: height, pixels: (0..<width * height).map { _ in Float(random.uniform(10, 20)) })
  }

  /// From less than one to more than four image pixels per patch pixel, turned by any angle, across the border.
  @Test(arguments: [0.0, 17, 90, 135, -63], [9.0, 16, 30, 80])
  func followsTheDefinition(degrees: Double, spacing: Double) {
    let turn = degrees * Double.pi / 180
    let (c, s) = (cos(turn), sin(turn))
    let lattice = Lattice(
      origin: Vector2(3.3, 8.7), a: Vector2(spacing * c, spacing * s), b: Vector2(-1.4 * spacing * s, 1.4 * spacing * c)
    )
    var image = Self.noise(width: 230, height: 190)
    image[100, 90] = .nan
    image[40, 60] = 1000
    let sampler = PatchSampler(geometry: .standard, lattice: lattice)
    for column in lattice.columns(width: image.width, height: image.height, margin: 0).prefix(60) {
      let (patch, faults) = sampler.patch(of: image, lattice, saturationLevel: 1000, column: column)
      let expected = Self.plainPatch(image, lattice, .standard, column, saturation: 1000)
      let missing = patch.filter(\.isNaN).count
      #expect(missing == faults.outside + faults.bad)
      // A sample within rounding of the border may fall on either side of it.
      let disagreeing = zip(patch, expected).filter { $0.isNaN != $1.isNaN }.count
      #expect(disagreeing <= 2)
      for (got, want) in zip(patch, expected) where !got.isNaN && !want.isNaN {
        #expect(abs(Double(got) - want) < 2e-3)
      }
    }
  }

  @Test(arguments: [0.3, 1, 1.7, 2.4, 3.9])
  func everyKernelSetEqualsTheScalarOne(spacing: Double) {
    var image = Self.noise(width: 211, height: 173)
    image[55, 66] = .nan
    let lattice = Lattice(
      origin: Vector2(11.3, 20.1), a: Vector2(16 * spacing, 3.1), b: Vector2(-4.7, 24 * spacing))
    let scalar = PatchSampler(geometry: .standard, lattice: lattice, kernels: .scalar)
    for kernels in KernelSet.available.dropFirst() {
      let sampler = PatchSampler(geometry: .standard, lattice: lattice, kernels: kernels)
      for column in lattice.columns(width: image.width, height: image.height, margin: 0).prefix(50) {
        let expected = scalar.patch(of: image, lattice, saturationLevel: 19.999, column: column)
        let got = sampler.patch(of: image, lattice, saturationLevel: 19.999, column: column)
        #expect(got.1 == expected.1)
        #expect(zip(got.pixels, expected.pixels).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
      }
    }
  }

  @Test func rampComesOutExactlyFarFromTheOrigin() {
    let (width, height) = (4096, 40)
    let ramp = Image(width: width, height: height, pixels: (0..<width * height).map { Float($0 % width) })
    let lattice = Lattice(origin: Vector2(4050.25, 20), a: Vector2(8, 0), b: Vector2(0, 11))
    let geometry = PatchGeometry(width: 8, height: 6, pixelsPerA: 8, pixelsPerB: 6)
    let (patch, faults) = PatchSampler(geometry: geometry, lattice: lattice)
      .patch(of: ramp, lattice, column: CellIndex(i: 0, j: 0))
    #expect(faults == .init(outside: 0, bad: 0))
    #expect(abs(patch[0] - 4046.75) < 1e-3)
    #expect(abs(patch[7] - 4053.75) < 1e-3)
  }

  @Test func lastPixelIsStillInside() {
    let image = Self.noise(width: 9, height: 9)
    let geometry = PatchGeometry(width: 9, height: 9, pixelsPerA: 1, pixelsPerB: 1)
    let lattice = Lattice(origin: Vector2(4, 4), a: Vector2(1, 0), b: Vector2(0, 1))
    let (patch, faults) = PatchSampler(geometry: geometry, lattice: lattice)
      .patch(of: image, lattice, column: CellIndex(i: 0, j: 0))
    #expect(faults == .init(outside: 0, bad: 0))
    #expect(patch == image.pixels)
    let (_, off) = PatchSampler(geometry: geometry, lattice: lattice).patch(
      of: image, lattice, column: CellIndex(i: 1, j: 0))
    #expect(off == .init(outside: 9, bad: 0))
  }

  @Test func hopelessLatticesAreAllOutside() {
    let image = Self.noise(width: 20, height: 20)
    for value in [Double.nan, .infinity, 1e300] {
      let lattice = Lattice(origin: Vector2(value, 3), a: Vector2(5, 0), b: Vector2(0, 7))
      let (_, faults) = PatchSampler(geometry: .standard, lattice: lattice)
        .patch(of: image, lattice, column: CellIndex(i: 0, j: 0))
      #expect(faults.outside == PatchGeometry.standard.count)
    }
    let step = Lattice(origin: Vector2(3, 3), a: Vector2(.infinity, 0), b: Vector2(0, .nan))
    let (_, faults) = PatchSampler(geometry: .standard, lattice: step).patch(
      of: image, step, column: CellIndex(i: 0, j: 0))
    #expect(faults.outside > 0)
  }
}

extension PatchSampler {
  /// The patch of one B column.
  func patch(
    of image: Image, _ lattice: Lattice, saturationLevel: Float? = nil, column: CellIndex
  ) -> (pixels: [Float], Faults) {
    var pixels = [Float](repeating: 0, count: geometry.count)
    let faults = image.pixels.withUnsafeBufferPointer {
      sample(
        $0, width: image.width, height: image.height, saturationLevel: saturationLevel,
        about: Lattice(origin: lattice.position(Double(column.i), Double(column.j)), a: lattice.a, b: lattice.b),
        into: &pixels, rowStride: geometry.width)
    }
    return (pixels, faults)
  }
}
