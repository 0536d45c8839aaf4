// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// An aperture or a detector as a piece of reciprocal space, in 1/Å.
struct Region {
  let centre: SIMD2<Double>
  let inner: Double
  let outer: Double
  /// Start and width of the range of azimuths, radians.
  let sector: (start: Double, width: Double)?

  /// The probe's aperture.
  init(apertureMrad: Double, centre: SIMD2<Double>, wavelengthA: Double) {
    self.centre = centre
    inner = 0
    outer = apertureMrad * 1e-3 / wavelengthA
    sector = nil
  }

  init(_ detector: AnnularDetector, centre: SIMD2<Double>, wavelengthA: Double) {
    self.centre = centre
    inner = detector.innerMrad * 1e-3 / wavelengthA
    outer = detector.outerMrad * 1e-3 / wavelengthA
    sector = detector.segment.map {
      (Self.turned($0.startDeg * Double.pi / 180), ($0.endDeg - $0.startDeg) * Double.pi / 180)
    }
  }

  func contains(_ k: SIMD2<Double>) -> Bool {
    let p = k - centre
    let r2 = (p * p).sum()
    guard r2 >= inner * inner, r2 < outer * outer else { return false }
    guard let sector else { return true }
    return Self.turned(atan2(p.y, p.x) - sector.start) < sector.width
  }

  /// Whether no edge comes nearer to k than `distance`: then all points so near are inside, or none. May say no too often.
  func isClear(at k: SIMD2<Double>, by distance: Double) -> Bool {
    let p = k - centre
    let r = (p * p).sum().squareRoot()
    if r > outer + distance || r < inner - distance { return true }
    guard abs(r - outer) > distance, inner == 0 || abs(r - inner) > distance else { return false }
    guard let sector else { return true }
    return [sector.start, sector.start + sector.width].allSatisfy {
      abs(p.x * sin($0) - p.y * cos($0)) > distance
    }
  }

  /// The same angle in 0 ..< 2π.
  private static func turned(_ angle: Double) -> Double {
    let turn = 2 * Double.pi
    let rest = angle - turn * (angle / turn).rounded(.down)
    return rest < turn ? rest : 0
  }
}
