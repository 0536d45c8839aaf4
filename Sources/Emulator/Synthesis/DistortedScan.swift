// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// One frame of one crystal as a real scan would spoil it, and where its B columns truly stand.
public struct DistortedScan: Sendable {
  public var width = 512
  public var height = 512
  /// Pixels per pseudo-cubic cell before stretch and shear.
  public var pseudoCubicPx = 24.0
  /// Angle of [110] from image x, degrees, clockwise on the screen.
  public var rotationDegrees = 0.0
  /// Fraction by which x is longer than y on the screen, and degrees by which the image's y axis leans.
  public var stretch = 0.0
  public var shearDegrees = 0.0
  /// Position of a B column relative to the middle of the image, pixels.
  public var offset = Vector2(3.3, -5.7)
  public var dosePerA2 = 1e5
  /// Change of the illumination from one side of the image to the other, share of its mean.
  public var unevenness = 0.0
  public var distortion = ScanDistortion()
  public var region = ScanRegion.crystal
  public var seed: UInt64 = 1
  public let picture: CellPicture
  /// Pseudo-cubic cell of the crystal, Å.
  public let pseudoCubicA: Double

  public init(picture: CellPicture, pseudoCubicA: Double) {
    self.picture = picture
    self.pseudoCubicA = pseudoCubicA
  }

  /// Side of a pixel, nm, where the image is not stretched.
  public var pixelSizeNm: Double { pseudoCubicA / 10 / pseudoCubicPx }

  /// Electrons that meet one pixel.
  public var electronsPerPixel: Double { dosePerA2 * pixelSizeNm * pixelSizeNm * 100 }

  /// The lattice before `distortion`.
  public var lattice: Lattice { lattice(turn: 0) }

  private func lattice(turn: Double) -> Lattice {
    let angle = (rotationDegrees + turn) * .pi / 180
    let lean = tan(shearDegrees * .pi / 180)
    // Half of the stretch on either axis, so that the cell keeps its area.
    func seen(_ v: Vector2) -> Vector2 {
      Vector2((1 + stretch / 2) * v.x + lean * v.y, (1 - stretch / 2) * v.y)
    }
    return Lattice(
      origin: Vector2(Double(width - 1) / 2, Double(height - 1) / 2) + offset,
      a: seen(pseudoCubicPx * Double(0.5).squareRoot() * Vector2(cos(angle), sin(angle))),
      b: seen(pseudoCubicPx * Vector2(-sin(angle), cos(angle))))
  }

  /// Where B column (i, j) of `lattice` is seen, pixels; line jitter is not in it.
  public func position(_ i: Double, _ j: Double) -> Vector2 {
    let ideal = lattice.position(i, j)
    var seen = ideal
    // The scan reads the crystal at p − D(p): the inverse by iteration.
    for _ in 0..<20 { seen = ideal + distortion.displacement(at: seen, width: width, height: height) }
    return seen
  }

  /// The B column nearest to a point of the image: its indices in `lattice` and its true position. O(1).
  public func column(nearest point: Vector2) -> (index: CellIndex, position: Vector2) {
    let c = lattice.coordinates(of: point - distortion.displacement(at: point, width: width, height: height))
    let (i, j) = (c.x.rounded(), c.y.rounded())
    return (CellIndex(i: Int(i), j: Int(j)), position(i, j))
  }

  /// Tilt of the octahedra of the column at indices of `lattice`.
  public func tilt(_ index: CellIndex) -> TiltAngles {
    (index.i + index.j).isMultiple(of: 2) ? picture.tilt : -picture.tilt
  }

  /// Whether a point of the image shows the crystal, at least `marginPx` away from whatever else there is.
  public func isCrystal(at point: Vector2, marginPx: Double = 0) -> Bool {
    switch region {
    case .crystal, .vacancies: true
    case .vacuum(let from), .amorphous(let from, _), .grain(let from, _): point.x < from * Double(width) - marginPx
    }
  }

  /// Whether B column `index` is there.
  public func isOccupied(_ index: CellIndex) -> Bool {
    guard case .vacancies(let share) = region else { return true }
    var random = SeededRandom(seed: seed ^ 0x5EED, stream: UInt64(bitPattern: Int64(index.i * 65_537 + index.j)))
    return random.uniform() >= share
  }

  /// Electrons counted in each pixel. O(pixels).
  public func image() -> Image {
    var random = SeededRandom(seed: seed, stream: 1)
    var image = Image(width: width, height: height)
    let electrons = electronsPerPixel
    let scene = Scene(self)
    for y in 0..<height {
      let jitter = distortion.lineJitterPx * random.gaussian()
      for x in 0..<width {
        let p = Vector2(Double(x), Double(y))
        let seen = Vector2(p.x - jitter, p.y)
        let across = (p.x / Double(width) - 0.5) * 0.8 + (p.y / Double(height) - 0.5) * 0.6
        let light = electrons * (1 + unevenness * across)
        let value = scene.intensity(at: seen)
        image[x, y] = Float(random.poisson(light * max(0, value)))
      }
    }
    return image
  }

  /// What does not change from pixel to pixel.
  private struct Scene {
    let scan: DistortedScan
    let lattice: Lattice
    let other: Lattice
    let noise: SmoothNoise
    let mean: Double
    let gap: Double

    init(_ scan: DistortedScan) {
      self.scan = scan
      lattice = scan.lattice
      if case .grain(_, let turn) = scan.region { other = scan.lattice(turn: turn) } else { other = lattice }
      noise = SmoothNoise(seed: scan.seed, length: 1.0 / (scan.pixelSizeNm * 10))
      var sum = 0.0
      for row in 0..<4 {
        for column in 0..<8 { sum += scan.picture.value(0.25 * Double(column), 0.5 * Double(row)) }
      }
      mean = sum / 32
      gap = scan.picture.value(0.5, 0.5)
    }

    func intensity(at p: Vector2) -> Double {
      let ideal = p - scan.distortion.displacement(at: p, width: scan.width, height: scan.height)
      switch scan.region {
      case .vacuum where !scan.isCrystal(at: p): return gap
      case .amorphous(_, let contrast) where !scan.isCrystal(at: p):
        return mean * (1 + contrast * noise.value(at: p))
      case .grain where !scan.isCrystal(at: p):
        let c = other.coordinates(of: ideal)
        return scan.picture.value(c.x, c.y)
      case .vacancies: return withVacancies(lattice.coordinates(of: ideal))
      default:
        let c = lattice.coordinates(of: ideal)
        return scan.picture.value(c.x, c.y)
      }
    }

    /// Where a column is missing, the gap's brightness takes its place.
    private func withVacancies(_ c: Vector2) -> Double {
      let value = scan.picture.value(c.x, c.y)
      let (i, j) = (c.x.rounded(), c.y.rounded())
      guard !scan.isOccupied(CellIndex(i: Int(i), j: Int(j))) else { return value }
      let (u, v) = ((c.x - i) / 0.28, (c.y - j) / 0.20)
      let share = exp(-pow(u * u + v * v, 2))
      return value + share * (gap - value)
    }
  }
}
