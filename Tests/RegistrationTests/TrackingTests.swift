// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Registration

@Suite("Tracking the lattice from frame to frame")
struct TrackingTests {
  @Test("Follows drift of up to a third of a cell a frame, indices and all")
  func drift() throws {
    var truth = SyntheticMicrograph(rotationDegrees: 20, oxygenShift: 0.03, noise: 0.1)
    let registrar = Registrar()
    var previous = try registrar.register(truth.render()).lattice
    let step = (1.0 / 3) * truth.lattice.a + 0.25 * truth.lattice.b
    for frame in 1...4 {
      truth.offset = truth.offset + step
      truth.seed = UInt64(frame + 10)
      let image = truth.render()
      let result = try registrar.track(image, from: previous)
      #expect((result.driftPx - step).length < 0.2)
      let error = result.lattice.largestError(against: truth.lattice, width: image.width, height: image.height)
      #expect(error < 0.7)
      previous = result.lattice
    }
  }

  @Test("Follows what a search finds where most of the canvas, or of its bins, is missing")
  func missing() throws {
    let crystal = SyntheticMicrograph(width: 400, height: 400, pseudoCubicPx: 39).render()
    var canvas = Image(width: 700, height: 700, fill: .nan)
    for y in 0..<400 { for x in 0..<400 { canvas[x + 150, y + 90] = crystal[x, y] } }
    var random = SeededRandom(seed: 8)
    var sparse = crystal
    for index in sparse.pixels.indices where random.uniform() < 0.11 { sparse.pixels[index] = .nan }
    for image in [canvas, sparse] {
      let registrar = Registrar()
      let first = try registrar.register(image).lattice
      let next = try registrar.track(image, from: first).lattice
      #expect((next.origin - first.origin).length < 0.05)
    }
    let nothing = Image(width: 400, height: 400, fill: .nan)
    let registrar = Registrar()
    let first = try registrar.register(crystal).lattice
    #expect(throws: RegistrationError.self) { _ = try registrar.track(nothing, from: first) }
  }

  @Test("Keeps the turn of the axes where the canonical one would flip")
  func turn() throws {
    var truth = SyntheticMicrograph(rotationDegrees: 89.9)
    let registrar = Registrar()
    let first = try registrar.register(truth.render()).lattice
    truth.rotationDegrees = 90.1
    let second = try registrar.track(truth.render(), from: first).lattice
    #expect(first.a.dot(second.a) > 0)
  }

  @Test("Does not follow a lattice that the pixel size contradicts, as a search would not find it")
  func pixelSize() throws {
    let image = SyntheticMicrograph().render()
    let registrar = Registrar()
    let first = try registrar.register(image)
    _ = try registrar.track(image, from: first.lattice, pixelSize: first.pixelSize)
    for factor in [0.5, 2, 1e-300, 1e300] {
      let wrong = PixelSize(nm: factor * first.pixelSize.nm, source: .file)
      #expect(throws: RegistrationError.self) {
        _ = try registrar.track(image, from: first.lattice, pixelSize: wrong)
      }
    }
  }

  @Test("Says so when the lattice has gone")
  func lost() throws {
    let truth = SyntheticMicrograph()
    let registrar = Registrar()
    let previous = try registrar.register(truth.render()).lattice
    var turned = truth
    turned.rotationDegrees = 30
    #expect(throws: RegistrationError.self) { _ = try registrar.track(turned.render(), from: previous) }
    var vacuum = truth
    vacuum.depths = (0, 0, 0)
    #expect(throws: RegistrationError.self) { _ = try registrar.track(vacuum.render(), from: previous) }
    #expect(throws: RegistrationError.self) { _ = try registrar.track(Image(width: 512, height: 512), from: previous) }
  }
}
