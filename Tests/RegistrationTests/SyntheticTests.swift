// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Registration

@Suite("Registration of images whose lattice is known")
struct SyntheticTests {
  /// A tenth of an ångström in pixels.
  private func tenthOfAngstrom(_ pseudoCubicPx: Double) -> Double { 0.1 * pseudoCubicPx / 3.905 }

  @Test("B columns lie within 0.1 Å at any rotation", arguments: [0.0, 13, 35.3, 45, 77, 90, 121, 179])
  func rotation(degrees: Double) throws {
    let truth = SyntheticMicrograph(rotationDegrees: degrees, oxygenShift: 0.04)
    let image = truth.render()
    let result = try Registrar().register(image)
    let error = result.lattice.largestError(against: truth.lattice, width: image.width, height: image.height)
    #expect(error < tenthOfAngstrom(28))
    #expect(result.lattice == result.lattice.canonical)
    #expect(result.lattice.a.cross(result.lattice.b) > 0)
    #expect(result.lattice.a.cross(truth.lattice.a).magnitude < 0.01 * result.lattice.a.length * truth.lattice.a.length)
    #expect(result.siteConfidence > 0.95)
  }

  @Test("From 8 to 40 pixels per cell", arguments: [8.0, 11, 16, 23.7, 32, 40])
  func scale(pseudoCubicPx: Double) throws {
    let truth = SyntheticMicrograph(pseudoCubicPx: pseudoCubicPx, rotationDegrees: 21, offset: Vector2(1.2, 0.7))
    let image = truth.render()
    let result = try Registrar().register(image)
    let error = result.lattice.largestError(against: truth.lattice, width: image.width, height: image.height)
    #expect(error < tenthOfAngstrom(pseudoCubicPx))
    #expect(abs(result.pixelSize.nm - 0.3905 / pseudoCubicPx) < 0.002 * result.pixelSize.nm)
    #expect(result.pixelSize.source == .lattice)
  }

  @Test(
    "Any shape of image",
    arguments: [(128, 128, 16.0), (128, 128, 40), (200, 700, 20), (1000, 130, 24), (2048, 2048, 38)])
  func shape(width: Int, height: Int, pseudoCubicPx: Double) throws {
    let truth = SyntheticMicrograph(
      width: width, height: height, pseudoCubicPx: pseudoCubicPx, rotationDegrees: -31, oxygenShift: 0.03)
    let image = truth.render()
    let result = try Registrar().register(image)
    let error = result.lattice.largestError(against: truth.lattice, width: image.width, height: image.height)
    #expect(error < 2 * tenthOfAngstrom(pseudoCubicPx))
  }

  @Test("Drift shear, stretch, strong tilts and heavy noise together")
  func distorted() throws {
    let truth = SyntheticMicrograph(
      rotationDegrees: 62, stretch: 0.03, drift: 0.02, oxygenShift: 0.06, slope: 0.5, noise: 0.35, seed: 7)
    let image = truth.render()
    let result = try Registrar().register(image)
    let error = result.lattice.largestError(against: truth.lattice, width: image.width, height: image.height)
    #expect(error < tenthOfAngstrom(28))
  }

  @Test(
    "B is found whichever of the A and B columns is darker",
    arguments: [(0.3, 0.55, 0.2), (0.55, 0.3, 0.2), (0.45, 0.45, 0.15)])
  func species(b: Double, a: Double, o: Double) throws {
    let truth = SyntheticMicrograph(rotationDegrees: 8, depths: (b, a, o))
    let image = truth.render()
    let result = try Registrar().register(image)
    let error = result.lattice.largestError(against: truth.lattice, width: image.width, height: image.height)
    #expect(error < tenthOfAngstrom(28))
  }

  @Test("A known pixel size is kept and restricts the search")
  func pixelSize() throws {
    let truth = SyntheticMicrograph(pseudoCubicPx: 26)
    let image = truth.render()
    let known = PixelSize(nm: 0.0151, source: .option)
    let result = try Registrar().register(image, pixelSize: known)
    #expect(result.pixelSize == known)
    #expect(abs(result.spacingNm.b - 26 * 0.0151) < 0.001)
    // A cell √2 too large is the trap of this projection.
    for factor in [1.414, 0.707, 1.25] {
      let error = #expect(throws: RegistrationError.self) {
        _ = try Registrar().register(image, pixelSize: PixelSize(nm: 0.0151 * factor, source: .option))
      }
      guard case .unexpectedCell = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("A partial frame registers from the rows that are there")
  func partialFrame() throws {
    let truth = SyntheticMicrograph(rotationDegrees: 5)
    var image = truth.render()
    for y in 220..<512 { for x in 0..<512 { image[x, y] = .nan } }
    let result = try Registrar().register(image)
    let error = result.lattice.largestError(against: truth.lattice, width: 512, height: 210)
    #expect(error < 2 * tenthOfAngstrom(28))
    #expect(abs(result.lattice.b.length - 28) < 0.1)
  }

  @Test("A poor corner is told from good columns")
  func poorColumns() throws {
    var image = SyntheticMicrograph().render()
    for y in 0..<200 { for x in 0..<200 { image[x, y] = 1000 } }
    let registrar = Registrar()
    let result = try registrar.register(image)
    var (poorInside, inside, poorOutside) = (0, 0, 0)
    for index in result.lattice.columns(width: 512, height: 512, margin: 20) {
      let p = result.lattice.position(Double(index.i), Double(index.j))
      guard let fit = registrar.columns[index.i, index.j] else { continue }
      if p.x < 185, p.y < 185 {
        inside += 1
        poorInside += fit.isPoor ? 1 : 0
      } else if p.x > 215 || p.y > 215 {
        poorOutside += fit.isPoor ? 1 : 0
      }
    }
    #expect(inside > 30)
    #expect(poorInside == inside)
    #expect(poorOutside == 0)
  }
}
