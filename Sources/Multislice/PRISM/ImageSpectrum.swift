// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A periodic image as its Fourier series: I(x, y) = Σ C(h, k) e^(2πi (h x/Lx + k y/Ly)), C(−h, −k) = C(h, k)*.
///
/// The series is finite: no harmonic lies beyond twice the probe's aperture.
public struct ImageSpectrum: Sendable {
  /// Largest |h| and |k| held.
  public let maximum: SIMD2<Int>
  /// `[h + maximum.x][k + maximum.y]`, real and imaginary parts.
  public private(set) var coefficients: [SIMD2<Double>]

  public init(maximum: SIMD2<Int>) {
    self.maximum = maximum
    coefficients = Array(repeating: .zero, count: (2 * maximum.x + 1) * (2 * maximum.y + 1))
  }

  init(maximum: SIMD2<Int>, coefficients: [SIMD2<Double>]) {
    precondition(coefficients.count == (2 * maximum.x + 1) * (2 * maximum.y + 1), "one coefficient for each harmonic")
    self.maximum = maximum
    self.coefficients = coefficients
  }

  public subscript(h: Int, k: Int) -> SIMD2<Double> {
    get { coefficients[(h + maximum.x) * (2 * maximum.y + 1) + k + maximum.y] }
    set { coefficients[(h + maximum.x) * (2 * maximum.y + 1) + k + maximum.y] = newValue }
  }

  public static func += (l: inout ImageSpectrum, r: ImageSpectrum) {
    precondition(l.maximum == r.maximum, "spectra of different sizes do not add")
    for n in l.coefficients.indices { l.coefficients[n] += r.coefficients[n] }
  }

  /// Multiplies by the transfer function of a Gaussian of full width at half maximum `fwhmA` (the electron source seen in
  /// the specimen plane, or a detector pixel).
  public func blurred(fwhmA: Double, lengthsA: SIMD2<Double>) -> ImageSpectrum {
    var result = self
    let sigma = fwhmA / (8 * log(2.0)).squareRoot()
    for h in -maximum.x...maximum.x {
      for k in -maximum.y...maximum.y {
        let f = SIMD2(Double(h), Double(k)) / lengthsA
        result[h, k] *= exp(-2 * Double.pi * Double.pi * sigma * sigma * (f * f).sum())
      }
    }
    return result
  }

  public static func - (l: ImageSpectrum, r: ImageSpectrum) -> ImageSpectrum {
    precondition(l.maximum == r.maximum, "spectra of different sizes do not subtract")
    var result = l
    for n in l.coefficients.indices { result.coefficients[n] -= r.coefficients[n] }
    return result
  }

  /// The mean of one or more spectra of one size.
  public static func mean(_ spectra: [ImageSpectrum]) -> ImageSpectrum {
    var sum = spectra[0]
    for spectrum in spectra.dropFirst() { sum += spectrum }
    for n in sum.coefficients.indices { sum.coefficients[n] /= Double(spectra.count) }
    return sum
  }

  /// Mean square of the image.
  public var power: Double { coefficients.reduce(0) { $0 + ($1 * $1).sum() } }

  /// Mean square of the image's deviation from its mean.
  public var contrastPower: Double { power - (self[0, 0] * self[0, 0]).sum() }

  /// The mean of the cells of an image that shows `cellsX` × `cellsY` of them.
  public func averaged(cellsX: Int, cellsY: Int) -> ImageSpectrum {
    var result = ImageSpectrum(maximum: SIMD2(maximum.x / cellsX, maximum.y / cellsY))
    for h in -result.maximum.x...result.maximum.x {
      for k in -result.maximum.y...result.maximum.y { result[h, k] = self[h * cellsX, k * cellsY] }
    }
    return result
  }

  /// The image on nx × ny points of one cell, `[x][y]`; point (i, j) stands at (i Lx/nx, j Ly/ny).
  /// Cost: (2 max.x + 1) · ny · (2 max.y + 1 + nx).
  public func image(nx: Int, ny: Int) -> [Float] {
    let columns = 2 * maximum.y + 1
    let rows = 2 * maximum.x + 1
    // First along y: partial[h][j] = Σ_k C(h, k) e^(2πi k j/ny).
    var partial = [SIMD2<Double>](repeating: .zero, count: rows * ny)
    for j in 0..<ny {
      let phases = (0..<columns).map { Self.phase(($0 - maximum.y) * j, ny) }
      for row in 0..<rows {
        var sum = SIMD2<Double>.zero
        for column in 0..<columns { sum += Self.multiply(coefficients[row * columns + column], phases[column]) }
        partial[row * ny + j] = sum
      }
    }
    var image = [Float](repeating: 0, count: nx * ny)
    for i in 0..<nx {
      let phases = (0..<rows).map { Self.phase(($0 - maximum.x) * i, nx) }
      for j in 0..<ny {
        var sum = 0.0
        for row in 0..<rows { sum += Self.multiply(partial[row * ny + j], phases[row]).x }
        image[i * ny + j] = Float(sum)
      }
    }
    return image
  }

  /// e^(2πi n/count).
  private static func phase(_ n: Int, _ count: Int) -> SIMD2<Double> {
    let theta = 2 * Double.pi * Double(n % count) / Double(count)
    return SIMD2(cos(theta), sin(theta))
  }

  @inline(__always)
  private static func multiply(_ l: SIMD2<Double>, _ r: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(l.x * r.x - l.y * r.y, l.x * r.y + l.y * r.x)
  }
}
