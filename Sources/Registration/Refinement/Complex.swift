// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A complex number in double precision, as the few sums after demodulation need it.
struct Complex: Equatable {
  var re: Double
  var im: Double

  static let zero = Complex(re: 0, im: 0)

  init(re: Double, im: Double) {
    self.re = re
    self.im = im
  }

  /// e^(iθ).
  init(phase: Double) { self.init(re: cos(phase), im: sin(phase)) }

  var squaredMagnitude: Double { re * re + im * im }
  var argument: Double { atan2(im, re) }

  static func + (l: Complex, r: Complex) -> Complex { Complex(re: l.re + r.re, im: l.im + r.im) }
  static func - (l: Complex, r: Complex) -> Complex { Complex(re: l.re - r.re, im: l.im - r.im) }
  static func * (l: Complex, r: Complex) -> Complex {
    Complex(re: l.re * r.re - l.im * r.im, im: l.re * r.im + l.im * r.re)
  }
  static func * (s: Double, z: Complex) -> Complex { Complex(re: s * z.re, im: s * z.im) }
}
