import Foundation
// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import TestSupport
import Testing

@testable import Registration

@Suite(
  "Registration of real micrographs", .enabled(if: SharedData.hasMicrographs, "needs ../shared/realdata"))
struct MicrographTests {
  private func read(_ name: String) throws -> TiffPage {
    try TiffReader.read(path: SharedData.micrographs.appendingPathComponent("images/\(name)").path)
  }

  private let pixelSize = PixelSize(nm: 0.00932627, source: .file)

  @Test(
    "SrTiO3 [110] in ABF: spacings of the image's own Fourier peaks, with and without a pixel size",
    arguments: [true, false])
  func strontiumTitanate(sizeIsKnown: Bool) throws {
    let image = try read("test_ABF_cropped.u16.tif").image
    let result = try Registrar().register(image, pixelSize: sizeIsKnown ? pixelSize : nil)
    // d(1-10) = 2.726 Å along y and d(002) = 1.969 Å along x, README of the data; the lattice has [001] = 2 d(002).
    #expect(abs(result.spacingPx.a * 0.0932627 - 2.726) < 0.01 * 2.726)
    #expect(abs(result.spacingPx.b * 0.0932627 - 2 * 1.969) < 0.01 * 2 * 1.969)
    #expect(abs(result.lattice.b.x) > 0.99 * result.lattice.b.length)
    #expect(result.residualPx * 0.0932627 < 0.15)
    #expect(result.siteConfidence > 0.99)
    #expect(result.poorColumnCount == 0)
  }

  /// Frequency near `start` at which the windowed image has most power, by the plain sum over pixels and a shrinking search.
  private func peak(_ image: Image, near start: Vector2) -> Vector2 {
    let mean = image.pixels.reduce(0) { $0 + Double($1) } / Double(image.pixels.count)
    func power(_ g: Vector2) -> Double {
      var total = SIMD2<Double>.zero
      for y in 0..<image.height {
        let windowY = 1 - cos(2 * .pi * (Double(y) + 0.5) / Double(image.height))
        for x in 0..<image.width {
          let windowX = 1 - cos(2 * .pi * (Double(x) + 0.5) / Double(image.width))
          let turn = 2 * Double.pi * (g.x * Double(x) + g.y * Double(y))
          total += (Double(image[x, y]) - mean) * windowX * windowY * SIMD2(cos(turn), sin(turn))
        }
      }
      return (total * total).sum()
    }
    var (best, step) = (start, 4e-4)
    while step > 2e-5 {
      let around = (-1...1).flatMap { dy in
        (-1...1).map { dx in best + Vector2(step * Double(dx), step * Double(dy)) }
      }
      let values = around.map(power)
      let largest = values.indices.max { values[$0] < values[$1] } ?? 4
      if largest == 4 { step /= 2 } else { best = around[largest] }
    }
    return best
  }

  @Test("Spacings agree with the image's own Fourier peaks, found by the plain sum")
  func fourierPeaks() throws {
    let image = try read("test_ABF_cropped.u16.tif").image
    let result = try Registrar().register(image, pixelSize: pixelSize)
    let alongY = peak(image, near: Vector2(0, 0.0342))
    let alongX = peak(image, near: Vector2(0.0476, 0))
    // The lattice is nearly at right angles: spacing is one over frequency to 10⁻⁵.
    #expect(abs(result.spacingPx.a * alongY.length - 1) < 0.005)
    #expect(abs(result.spacingPx.b * alongX.length / 2 - 1) < 0.005)
  }

  @Test("B columns are the titanium columns: dimmer in the dark-field image of the same field than A, brighter than O")
  func sites() throws {
    let abf = try read("test_ABF_cropped.u16.tif").image
    let adf = try read("test_ADF_cropped.u16.tif").image
    let lattice = try Registrar().register(abf, pixelSize: pixelSize).lattice
    func mean(_ i: Double, _ j: Double) -> Double {
      var (sum, count) = (0.0, 0.0)
      for index in lattice.columns(width: adf.width, height: adf.height, margin: 45) {
        let p = lattice.position(Double(index.i) + i, Double(index.j) + j)
        for dy in -2...2 {
          for dx in -2...2 {
            sum += Double(adf[Int(p.x.rounded()) + dx, Int(p.y.rounded()) + dy])
            count += 1
          }
        }
      }
      return sum / count
    }
    let (b, a, oxygen, gap) = (mean(0, 0), mean(0, 0.5), mean(0.5, 0), mean(0.5, 0.5))
    #expect(a > 1.2 * b)
    #expect(b > 1.5 * oxygen)
    #expect(abs(oxygen - gap) < 0.2 * b)
  }

  @Test("B columns lie where the dark-field image has titanium, to 0.2 Å")
  func positions() throws {
    let abf = try read("test_ABF_cropped.u16.tif").image
    let adf = try read("test_ADF_cropped.u16.tif").image
    let lattice = try Registrar().register(abf, pixelSize: pixelSize).lattice
    // Centroid of the bright column in a window of half a spacing, mean over columns.
    var (sum, count) = (Vector2.zero, 0.0)
    for index in lattice.columns(width: adf.width, height: adf.height, margin: 20) {
      let p = lattice.position(Double(index.i), Double(index.j))
      var (weight, moment) = (0.0, Vector2.zero)
      for dy in -7...7 {
        for dx in -7...7 {
          let (x, y) = (Int(p.x.rounded()) + dx, Int(p.y.rounded()) + dy)
          let value = Double(adf[x, y])
          weight += value
          moment = moment + value * (Vector2(Double(x), Double(y)) - p)
        }
      }
      sum = sum + (1 / weight) * moment
      count += 1
    }
    #expect(((1 / count) * sum).length * 0.0932627 < 0.2)
  }

  @Test("Cropped and turned, the lattice is the same")
  func crop() throws {
    let image = try read("test_ABF_cropped.u16.tif").image
    let whole = try Registrar().register(image, pixelSize: pixelSize).lattice
    var part = Image(width: 200, height: 160)
    // Turned by 90° clockwise: part (x, y) shows the image at (100 + y, 150 + 199 − x).
    for y in 0..<160 { for x in 0..<200 { part[x, y] = image[100 + y, 150 + 199 - x] } }
    let lattice = try Registrar().register(part, pixelSize: pixelSize).lattice
    for index in lattice.columns(width: 200, height: 160, margin: 0) {
      let p = lattice.position(Double(index.i), Double(index.j))
      let q = Vector2(100 + p.y, 150 + 199 - p.x)
      let c = whole.coordinates(of: q)
      // Distortion of the scan: 0.3 Å between a part and the whole.
      #expect((whole.position(c.x.rounded(), c.y.rounded()) - q).length * 0.0932627 < 0.3)
    }
  }

  @Test("The dark-field image is refused as such")
  func darkField() throws {
    let image = try read("test_ADF_cropped.u16.tif").image
    for size in [pixelSize, nil] {
      guard case .brightColumns = refusal(image, size) else {
        Issue.record("\(String(describing: refusal(image, size)))")
        return
      }
    }
  }

  @Test(
    "Other materials and views are refused",
    arguments: [
      ("16_STOimage_1.u16.tif", 0.010012704), ("example_Se_implanted_MoS2.u16.tif", 0.012695313),
      ("example_Au_nanoparticle.u16.tif", 0.007498401),
    ])
  func others(name: String, nm: Double) throws {
    let image = try read(name).image
    for size in [PixelSize(nm: nm, source: .file), nil] {
      guard case .noPerovskiteLattice = refusal(image, size) else {
        Issue.record("\(String(describing: refusal(image, size)))")
        return
      }
    }
  }

  private func refusal(_ image: Image, _ size: PixelSize?) -> RegistrationError? {
    do {
      _ = try Registrar().register(image, pixelSize: size)
      return nil
    } catch { return error }
  }
}
