// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Scans a crystal of two domains that share one lattice: frames as a microscope would deliver them, with drift during the
/// frame, jitter of the lines and shot noise, and what is true of them.
///
/// The same settings give the same frames on every machine that rounds alike; each frame has its own random numbers.
public struct SyntheticScan: Sendable {
  public let settings: ScanSettings
  private let domains: (CellPicture, CellPicture)
  /// The lattice at time 0, before drift.
  private let lattice: Lattice

  /// `pseudoCubicA` in Å is the cell of both domains.
  public init(settings: ScanSettings, pseudoCubicA: Double, domains: (CellPicture, CellPicture)) {
    self.settings = settings
    self.domains = domains
    let cellPx = pseudoCubicA / 10 / settings.pixelSizeNm
    let theta = settings.rotationDegrees * .pi / 180
    lattice = Lattice(
      origin: Vector2(Double(settings.width) / 2, Double(settings.height) / 2),
      a: (cellPx * Double(0.5).squareRoot()) * Vector2(cos(theta), sin(theta)),
      b: cellPx * Vector2(-sin(theta), cos(theta)))
  }

  private var drift: Vector2 { Vector2(settings.driftPxPerFrame[0], settings.driftPxPerFrame[1]) }

  /// Electrons that pass through one pixel during one frame.
  public var electronsPerPixel: Double {
    settings.dosePerA2 * settings.pixelSizeNm * settings.pixelSizeNm * 100
  }

  /// What is true of frame `number`. O(1).
  ///
  /// Line y is scanned at time t = number + y/height, when the crystal has moved by t · drift; so a column stands where
  /// p − drift · p.y/height = start of frame + i a + j b, which is linear in p.
  public func truth(_ number: Int) -> FrameTruth {
    let perLine = (1 / Double(settings.height)) * drift
    func seen(_ v: Vector2) -> Vector2 {
      let y = v.y / (1 - perLine.y)
      return Vector2(v.x + perLine.x * y, y)
    }
    let start = lattice.origin + Double(number) * drift
    return FrameTruth(
      frame: number, lattice: Lattice(origin: seen(start), a: seen(lattice.a), b: seen(lattice.b)))
  }

  /// Tilt of the octahedra of B column (i, j), and the share (0…1) of the second domain there.
  public func tilt(i: Int, j: Int) -> (tilt: TiltAngles, secondShare: Double) {
    let share = secondShare(at: lattice.position(Double(i), Double(j)))
    let tilt = (share < 0.5 ? domains.0 : domains.1).tilt
    return ((i + j).isMultiple(of: 2) ? tilt : -tilt, share)
  }

  /// Electrons counted in each pixel of frame `number`, row-major; values above 65535 saturate. O(pixels).
  public func counts(_ number: Int) -> [UInt16] {
    var random = SeededRandom(seed: settings.seed, stream: UInt64(number) &+ 1)
    var counts = [UInt16](repeating: 0, count: settings.width * settings.height)
    let electrons = electronsPerPixel
    for y in 0..<settings.height {
      let time = Double(number) + Double(y) / Double(settings.height)
      let shift = Vector2(settings.lineJitterPx * random.gaussian(), 0) - time * drift
      for x in 0..<settings.width {
        let count = random.poisson(electrons * intensity(at: Vector2(Double(x), Double(y)) + shift))
        counts[y * settings.width + x] = UInt16(min(65535, count))
      }
    }
    return counts
  }

  /// Fraction of the beam on the detector with the probe at `point`, pixels from where the crystal stood at time 0.
  func intensity(at point: Vector2) -> Double {
    let at = lattice.coordinates(of: point)
    let share = secondShare(at: point)
    if share < 1e-6 { return domains.0.value(at.x, at.y) }
    if share > 1 - 1e-6 { return domains.1.value(at.x, at.y) }
    return (1 - share) * domains.0.value(at.x, at.y) + share * domains.1.value(at.x, at.y)
  }

  private func secondShare(at point: Vector2) -> Double {
    let angle = settings.wallAngleDegrees * .pi / 180
    let distanceNm = (point - lattice.origin).dot(Vector2(cos(angle), sin(angle))) * settings.pixelSizeNm
    guard settings.wallWidthNm > 0 else { return distanceNm < 0 ? 0 : 1 }
    return 0.5 * (1 + tanh(2 * distanceNm / settings.wallWidthNm))
  }
}
