// SPDX-License-Identifier: GPL-3.0-or-later

/// An sRGB colour, 8 bits a channel.
public struct RGB: Sendable, Hashable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  public init(grey: UInt8) { self.init(grey, grey, grey) }

  public static let white = RGB(grey: 255)
  public static let black = RGB(grey: 0)

  /// This colour under `other` of the given opacity, 0 … 1. Mixed in the stored values, as screens are expected to.
  public func covered(by other: RGB, opacity: Double) -> RGB {
    func mix(_ below: UInt8, _ above: UInt8) -> UInt8 {
      UInt8((Double(below) + (Double(above) - Double(below)) * min(1, max(0, opacity))).rounded())
    }
    return RGB(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }
}
