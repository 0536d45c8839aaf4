// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Registration

@Suite("Images without a lattice are refused with the reason")
struct RefusalTests {
  private func refusal(_ image: Image, pixelSize: PixelSize? = nil) -> RegistrationError? {
    do {
      _ = try Registrar().register(image, pixelSize: pixelSize)
      return nil
    } catch { return error }
  }

  @Test func constant() { #expect(refusal(Image(width: 256, height: 256, fill: 7)) == .constant(value: 7)) }

  @Test func tiny() {
    #expect(refusal(Image(width: 63, height: 900, fill: 1)) == .tooSmall(width: 63, height: 900, minimum: 64))
    #expect(refusal(Image(width: 0, height: 0)) == .tooSmall(width: 0, height: 0, minimum: 64))
  }

  @Test func missing() {
    #expect(refusal(Image(width: 128, height: 128, fill: .nan)) == .tooSmall(width: 0, height: 0, minimum: 64))
    var sparse = SyntheticMicrograph(width: 256, height: 256).render()
    for index in sparse.pixels.indices where !index.isMultiple(of: 5) { sparse.pixels[index] = .nan }
    guard case .missingPixels = refusal(sparse) else {
      Issue.record("missing pixels not refused")
      return
    }
  }

  @Test("Noise and vacuum", arguments: [1, 2, 3] as [UInt64])
  func noise(seed: UInt64) {
    let noise = SyntheticMicrograph(width: 400, height: 300, depths: (0, 0, 0), noise: 0.1, seed: seed).render()
    switch refusal(noise) {
    case .noPeaks, .noPerovskiteLattice: break
    case let other: Issue.record("\(String(describing: other))")
    }
  }

  @Test("Noise in a small image, where peaks are wide and few")
  func smallNoise() {
    for seed in 1...40 {
      let noise = SyntheticMicrograph(
        width: 128, height: 100, depths: (0, 0, 0), noise: 0.1, seed: UInt64(seed)
      ).render()
      #expect(refusal(noise) != nil)
    }
  }

  @Test func saturated() {
    var image = SyntheticMicrograph().render()
    for index in image.pixels.indices { image.pixels[index] = min(image.pixels[index], 800) }
    guard case .saturated(_, 800, _) = refusal(image) else {
      Issue.record("saturation not refused")
      return
    }
  }

  /// Most pixels of a frame of few electrons have none; that is no clipped black.
  @Test("Electrons that are counted one by one are registered; what is cut off at black is not")
  func fewCounts() throws {
    var random = SeededRandom(seed: 3)
    let truth = SyntheticMicrograph(width: 400, height: 400, noise: 0)
    var image = truth.render()
    for index in image.pixels.indices {
      image.pixels[index] = Float(random.poisson(1.3 * Double(image.pixels[index]) / truth.ground))
    }
    #expect(image.pixels.count { $0 == 0 } > image.pixels.count / 4)
    let found = try Registrar().register(image).lattice
    #expect(found.largestError(against: truth.lattice, width: 400, height: 400) < 1)
    var clipped = truth.render()
    for index in clipped.pixels.indices { clipped.pixels[index] = max(clipped.pixels[index].rounded(), 980) - 980 }
    guard case .saturated(_, 0, _) = refusal(clipped) else {
      Issue.record("clipped black not refused: \(String(describing: refusal(clipped)))")
      return
    }
  }

  @Test func darkField() {
    var truth = SyntheticMicrograph(rotationDegrees: 17, isDarkField: true)
    truth.depths = (0.35, 0.7, 0.03)
    guard case .brightColumns = refusal(truth.render()) else {
      Issue.record("dark field not refused")
      return
    }
  }

  @Test("A cell of columns that no perovskite has is refused, or B is where it is")
  func turnedContrast() throws {
    let truth = SyntheticMicrograph(depths: (-0.15, 0.5, -0.25))
    do throws(RegistrationError) {
      let found = try Registrar().register(truth.render()).lattice
      #expect(found.largestError(against: truth.lattice, width: 512, height: 512) < 0.7)
    } catch {
      switch error {
      case .unclearContrast, .ambiguousSites, .brightColumns: break
      case let other: Issue.record("\(other)")
      }
    }
  }

  @Test("A square and a hexagonal lattice of dark columns", arguments: [90.0, 60.0])
  func otherLattice(angle: Double) {
    var image = Image(width: 400, height: 400)
    var random = SeededRandom(seed: 4)
    let slant = angle * .pi / 180
    for y in 0..<400 {
      for x in 0..<400 {
        // Cosines of a lattice of 17 px with its second axis at `angle`.
        let v = Double(y) / sin(slant)
        let u = Double(x) - v * cos(slant)
        let (p, q) = (2 * .pi * u / 17, 2 * .pi * v / 17)
        let columns: Double = cos(p) + cos(q) + cos(p + q) + 0.3 * cos(2 * p)
        image[x, y] = Float(100 - 10 * columns + 5 * random.gaussian())
      }
    }
    guard case .noPerovskiteLattice = refusal(image) else {
      Issue.record("lattice not refused")
      return
    }
  }

  @Test("Every reason is one line that says what was expected")
  func descriptions() {
    let errors: [RegistrationError] = [
      .tooSmall(width: 1, height: 2, minimum: 64), .missingPixels(fraction: 0.9, allowed: 0.6),
      .saturated(fraction: 0.5, value: 255, allowed: 0.2), .noPeaks(found: 0),
      .noPerovskiteLattice(peaks: 9, closest: nil), .unexpectedCell(measuredNm: 0.3, expectedNm: 0.39, tolerance: 0.12),
      .brightColumns(skewness: 2), .unclearContrast(distance: 0.9),
      .ambiguousSites(confidence: 0.6, required: 0.8), .incoherent(poorFraction: 0.9, allowed: 0.6),
    ]
    for error in errors {
      #expect(!error.description.contains("\n"))
      #expect(error.description.contains("expected"))
      #expect(error.category.exitCode == 65)
    }
  }
}
