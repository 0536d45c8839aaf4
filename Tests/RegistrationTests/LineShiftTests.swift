// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Registration

@Suite("Shifts of single scan lines")
struct LineShiftTests {
  /// 20 pixels a cell: 0.195 Å each.
  private static let truth = SyntheticMicrograph(
    width: 320, height: 300, pseudoCubicPx: 20, rotationDegrees: 24, oxygenShift: 0.04, noise: 0.15)

  /// The micrograph with its lines moved, by linear interpolation, and by how much.
  private static func jittered(_ deviationPx: Double) -> (image: Image, shifts: [Double]) {
    var (random, still) = (SeededRandom(seed: 9), truth)
    still.noise = 0
    let source = still.render()
    var image = source
    var shifts: [Double] = []
    for y in 0..<image.height {
      let shift = deviationPx * random.gaussian()
      shifts.append(shift)
      for x in 0..<image.width {
        let at = min(max(Double(x) - shift, 0), Double(image.width - 1) - 1e-6)
        let (left, share) = (Int(at), Float(at - at.rounded(.down)))
        let value = source[left, y] + share * (source[left + 1, y] - source[left, y])
        image[x, y] = value + Float(truth.ground * truth.noise * random.gaussian())
      }
    }
    return (image, shifts)
  }

  @Test(
    "Found to a fraction of what they are, with their deviation; undone, what is left is that fraction",
    arguments: [0.5, 1.5])
  func found(deviation: Double) throws {
    var (image, shifts) = Self.jittered(deviation)
    let registrar = Registrar()
    _ = try registrar.register(image)
    let first = registrar.straightenLines(of: &image)
    #expect(first.isUndone)
    #expect(abs(first.deviationPx / deviation - 1) < 0.2)
    let errors = zip(shifts, registrar.lineShifts.shifts).map { $0 - Double($1) }
    let rms = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    #expect(rms < 0.3)
    #expect(rms < 0.5 * deviation)
    #expect(registrar.straightenLines(of: &image).deviationPx < 0.3)
  }

  /// A dead column of a detector, the margin of a frame whose drift was taken out, and a line that is hardly there.
  @Test("Missing pixels take their share of a line away, not the line", arguments: [0, 30])
  func gaps(margin: Int) throws {
    let (whole, shifts) = Self.jittered(1.5)
    var image = whole
    for y in 0..<image.height {
      image[176, y] = .nan
      for x in 0..<margin { image[x, y] = .nan }
    }
    for x in 0..<200 { image[x, 77] = .nan }
    let registrar = Registrar()
    _ = try registrar.register(image)
    let found = registrar.straightenLines(of: &image)
    #expect(found.isUndone && abs(found.deviationPx / 1.5 - 1) < 0.2)
    let errors = zip(shifts, registrar.lineShifts.shifts).enumerated().filter { $0.offset != 77 }
      .map { $0.element.0 - Double($0.element.1) }
    let rms = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    #expect(rms < 0.3)
    #expect(registrar.lineShifts.shifts[77] == 0)
    #expect(image.pixels.filter(\.isNaN).count < image.height * (margin + 8) + 200)
  }

  @Test("A still scan is left as it is, to the bit")
  func still() throws {
    let image = Self.truth.render()
    var copy = image
    let registrar = Registrar()
    _ = try registrar.register(image)
    let result = registrar.straightenLines(of: &copy)
    #expect(!result.isUndone)
    #expect(result.deviationPx < 0.0128 * 20)
    #expect(copy == image)
  }

  /// The noise of finding a line's shift is not taken for jitter.
  @Test("A still scan of few electrons is left as it is", arguments: [0.3, 0.6, 0.8, 1.0])
  func noisyStill(noise: Double) throws {
    var micrograph = Self.truth
    micrograph.noise = noise
    let image = micrograph.render()
    var copy = image
    let registrar = Registrar()
    _ = try registrar.register(image)
    let result = registrar.straightenLines(of: &copy)
    print("a still scan with noise \(noise): jitter \(0.195 * result.deviationPx) Å")
    #expect(!result.isUndone && copy == image)
  }

  @Test("A saturated pixel stays one, with what it has a part in, and no other value changes")
  func saturation() {
    var random = SeededRandom(seed: 5)
    var image = Image(width: 60, height: 3)
    for y in 0..<3 { for x in 0..<60 { image[x, y] = Float(random.uniform(0, 100)) } }
    for x in [0, 20, 59] { image[x, 1] = 65_535 }
    image[30, 2] = 70_000
    let shifts: [Float] = [0.4, 1.3, -0.6]
    var (free, told) = (image, image)
    var straightening = LineStraightening()
    straightening.undo(shifts, in: &free)
    straightening.undo(shifts, in: &told, saturationLevel: 65_535)
    for y in 0..<3 {
      for x in 0..<60 {
        let base = x + Int(shifts[y].rounded(.down))
        let reached = (base - 1...base + 2).contains { image[min(max($0, 0), 59), y] >= 65_535 }
        #expect(told[x, y] == (reached ? 65_535 : free[x, y]), "\(x), \(y)")
      }
    }
  }

  @Test("Before any lattice there is nothing to go by")
  func nothing() {
    var image = Self.truth.render()
    let copy = image
    #expect(!Registrar().straightenLines(of: &image).isUndone)
    #expect(image == copy)
  }

  @Test("Sums are those of the definition, on a straight lattice and on a bent one", arguments: [false, true], [1, 5])
  func sums(isBent: Bool, every: Int) throws {
    let image = Self.truth.render()
    let registrar = Registrar()
    _ = try registrar.register(image)
    let cell = try #require(registrar.lastCell)
    var local = LocalLattice(registrar.local.straight)
    if isBent {
      // 2 pixels of parabola down the image.
      local.fill(local.straight, columns: 7, rows: 7, step: Vector2(319.0 / 6, 299.0 / 6)) { p in
        let t = p.y / 150 - 1
        return LocalLattice.Node(
          displacement: Vector2(2 * t * t, -t * t), alongY: Vector2(4 * t / 150, -2 * t / 150))
      }
    }
    var sums = LineSums()
    sums.run(image, local: local, cell: cell, every: every)
    #expect((1...LineSums.most).contains(sums.reflections.count))
    for line in stride(from: 0, to: image.height, by: 8 * every) {
      let row = (0..<image.width).map { Double(image[$0, line]) }
      let mean = row.reduce(0, +) / Double(row.count)
      for (slot, index) in sums.reflections.enumerated() {
        let (h, k) = (Double(Reflections.indices[index].h), Double(Reflections.indices[index].k))
        var sum = Complex.zero
        for x in 0..<image.width {
          let p = Vector2(Double(x), Double(line))
          let c = local.straight.coordinates(of: p - local.displacement(at: p).displacement)
          let phase = -2 * Double.pi * (h * (cell.siteB.u + c.x) + k * (cell.siteB.v + c.y))
          let weight = min(1, (Double(min(x, image.width - 1 - x)) + 0.5) / (0.06 * Double(image.width)))
          sum = sum + (weight * (row[x] - mean)) * Complex(phase: phase)
        }
        let factor = cell.factors[index]
        let expected = sum * Complex(re: factor.re, im: -factor.im)
        let found = sums.products[line / every * sums.reflections.count + slot]
        let error = Complex(re: Double(found.x) - expected.re, im: Double(found.y) - expected.im)
        let size = Double(image.width) * factor.squaredMagnitude
        // Where the lattice bends, phases run straight between knots and from the middle of 16 lines.
        #expect(error.squaredMagnitude.squareRoot() < (isBent ? 0.06 : 0.002) * size)
      }
    }
  }

  @Test("Lines are read where they were, as the cubic says, and what is constant stays")
  func interpolation() {
    var random = SeededRandom(seed: 4)
    var image = Image(width: 40, height: 4)
    for y in 0..<3 { for x in 0..<40 { image[x, y] = Float(random.uniform(0, 100)) } }
    for x in 0..<40 { image[x, 3] = 65_535 }
    let source = image
    let shifts: [Float] = [0, 1.25, -2.6, 0.37]
    var straightening = LineStraightening()
    straightening.undo(shifts, in: &image)
    for y in 0..<4 {
      for x in 0..<40 {
        func at(_ x: Int) -> Double { Double(source[min(max(x, 0), 39), y]) }
        let position = Double(x) + Double(shifts[y])
        let (left, t) = (Int(position.rounded(.down)), position - position.rounded(.down))
        let points = (-1...2).map { at(left + $0) }
        let weights = [
          ((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t,
          (0.5 * t - 0.5) * t * t,
        ]
        let expected = zip(points, weights).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(Double(image[x, y]) - expected) < (y == 3 ? 1e-9 : 1e-3))
      }
    }
  }
}
