// SPDX-License-Identifier: GPL-3.0-or-later

/// Turns stored pixels into float32.
enum PixelWidening {
  /// Writes `bytes.count / type.byteCount` floats to the start of `output`. The bytes need no alignment; `swapped` says
  /// that they are in big-endian order. Infinities become NaN, the mark of a missing pixel: one of them would poison
  /// every Fourier transform it enters. O(n), allocates nothing.
  static func widen(
    _ bytes: UnsafeRawBufferPointer, of type: PixelType, swapped: Bool, into output: UnsafeMutableBufferPointer<Float>
  ) {
    let count = bytes.count / type.byteCount
    precondition(count <= output.count, "the output is too small for these pixels")
    guard count > 0, let input = bytes.baseAddress, let output = output.baseAddress else { return }
    switch type {
    case .uint8: integers(UInt8.self, input, count, swapped: false, output)
    case .int16: integers(Int16.self, input, count, swapped: swapped, output)
    case .uint16: integers(UInt16.self, input, count, swapped: swapped, output)
    case .int32: integers(Int32.self, input, count, swapped: swapped, output)
    case .uint32: integers(UInt32.self, input, count, swapped: swapped, output)
    case .float32:
      for i in 0..<count {
        let bits = input.loadUnaligned(fromByteOffset: i &* 4, as: UInt32.self)
        let value = Float(bitPattern: swapped ? bits.byteSwapped : bits)
        output[i] = value.magnitude < .infinity ? value : .nan
      }
    case .float64:
      for i in 0..<count {
        let bits = input.loadUnaligned(fromByteOffset: i &* 8, as: UInt64.self)
        let value = Float(Double(bitPattern: swapped ? bits.byteSwapped : bits))
        output[i] = value.magnitude < .infinity ? value : .nan
      }
    }
  }

  @inline(__always)
  private static func integers<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ type: Stored.Type, _ input: UnsafeRawPointer, _ count: Int, swapped: Bool, _ output: UnsafeMutablePointer<Float>
  ) {
    let size = MemoryLayout<Stored>.size
    if swapped {
      for i in 0..<count {
        output[i] = Float(input.loadUnaligned(fromByteOffset: i &* size, as: Stored.self).byteSwapped)
      }
    } else {
      for i in 0..<count { output[i] = Float(input.loadUnaligned(fromByteOffset: i &* size, as: Stored.self)) }
    }
  }
}
