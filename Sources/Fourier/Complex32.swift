// SPDX-License-Identifier: GPL-3.0-or-later

/// A single-precision complex number, laid out as FFTW and BLAS expect it: real part, imaginary part.
@frozen
public struct Complex32: Sendable, Hashable {
  public var re: Float
  public var im: Float

  @inlinable
  public init(_ re: Float, _ im: Float) {
    self.re = re
    self.im = im
  }

  public static let zero = Complex32(0, 0)

  /// e^(iθ), θ in radians, rounded from double precision.
  public init(phase theta: Double) {
    let (c, s) = cosineAndSine(theta)
    self.init(Float(c), Float(s))
  }

  @inlinable public var squaredMagnitude: Float { re * re + im * im }

  @inlinable
  public static func + (l: Complex32, r: Complex32) -> Complex32 { Complex32(l.re + r.re, l.im + r.im) }

  @inlinable
  public static func * (l: Complex32, r: Complex32) -> Complex32 {
    Complex32(l.re * r.re - l.im * r.im, l.re * r.im + l.im * r.re)
  }

  @inlinable
  public static func * (s: Float, z: Complex32) -> Complex32 { Complex32(s * z.re, s * z.im) }
}
