// SPDX-License-Identifier: GPL-3.0-or-later

/// How a grey pixel is stored in a file or on the wire.
public enum PixelType: String, Sendable, CaseIterable {
  case uint8, int16, uint16, int32, uint32, float32, float64

  public var byteCount: Int {
    switch self {
    case .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .float64: 8
    }
  }

  /// The largest value an integer type can store: a pixel that reaches it is saturated. Nil for floating point.
  public var saturationLevel: Float? {
    switch self {
    case .uint8: Float(UInt8.max)
    case .int16: Float(Int16.max)
    case .uint16: Float(UInt16.max)
    case .int32: Float(Int32.max)
    case .uint32: Float(UInt32.max)
    case .float32, .float64: nil
    }
  }
}
