// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Numbers to colours, by interpolation between a few anchors in Oklab (Ottosson, 2020), where equal steps look equal.
public struct ColourMap: Sendable {
  private let anchors: [Oklab]

  /// Anchors at equal distances over 0 … 1; at least two.
  public init(_ anchors: [RGB]) {
    precondition(anchors.count >= 2, "a colour map goes from one colour to another")
    self.anchors = anchors.map(Oklab.init)
  }

  /// The colour at `t`, clamped to 0 … 1.
  public func colour(_ t: Double) -> RGB {
    let scaled = min(1, max(0, t)) * Double(anchors.count - 1)
    let index = min(anchors.count - 2, Int(scaled))
    return anchors[index].mixed(with: anchors[index + 1], share: scaled - Double(index)).rgb
  }

  /// For signed values: blue below, near white at the middle, red above; equally dark at both ends, and told apart by people
  /// who confuse red and green.
  public static let diverging = ColourMap([
    RGB(18, 44, 122), RGB(42, 110, 196), RGB(150, 196, 232), RGB(244, 242, 238), RGB(244, 178, 136), RGB(214, 78, 62),
    RGB(122, 16, 44),
  ])

  /// For sizes: dark blue to light yellow, lightness rising throughout.
  public static let sequential = ColourMap([
    RGB(28, 16, 68), RGB(56, 62, 134), RGB(30, 116, 140), RGB(52, 166, 118), RGB(168, 208, 72), RGB(252, 236, 150),
  ])
}

/// A colour by lightness and two opponent axes.
struct Oklab {
  var lightness: Double
  var a: Double
  var b: Double

  init(lightness: Double, a: Double, b: Double) {
    self.lightness = lightness
    self.a = a
    self.b = b
  }

  init(_ rgb: RGB) {
    func linear(_ stored: UInt8) -> Double {
      let value = Double(stored) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let (red, green, blue) = (linear(rgb.red), linear(rgb.green), linear(rgb.blue))
    let l = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    let m = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    let s = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
  }

  func mixed(with other: Oklab, share: Double) -> Oklab {
    Oklab(
      lightness: lightness + share * (other.lightness - lightness), a: a + share * (other.a - a),
      b: b + share * (other.b - b))
  }

  var rgb: RGB {
    let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
    let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
    let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
    func stored(_ linear: Double) -> UInt8 {
      let value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
      return UInt8((255 * min(1, max(0, value))).rounded())
    }
    return RGB(
      stored(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      stored(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      stored(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }
}
