// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Writes the parts of frame messages in glazer's own form, little-endian. Keeps its memory from one message to the next.
public struct FrameEncoder: Sendable {
  private var writer = JSONWriter(capacity: 512)
  /// The raw pixels that `encodePixels` wrote.
  public private(set) var pixels: [UInt8] = []

  public init() {}

  /// The JSON header of a frame; fields that are not known are left out.
  public mutating func header(_ header: FrameHeader, width: Int, height: Int, pixelType: PixelType) -> [UInt8] {
    writer.removeAll()
    writer.beginObject()
    writer.member("htype", "array-1.0")
    writer.member("dtype", pixelType.rawValue)
    writer.array("shape") {
      $0.value(height)
      $0.value(width)
    }
    writer.member("endianness", "little")
    writer.member("encoding", "none")
    writer.member("source", header.source)
    if let series = header.series { writer.member("series", series) }
    writer.member("frame", header.frame)
    if let time = header.timeNs { writer.member("time_ns", time) }
    if let size = header.pixelSizeNm { writer.member("pixel_size_nm", size) }
    if let field = header.fieldOfViewNm { writer.member("fov_nm", field) }
    if let rotation = header.rotationRad { writer.member("rotation_rad", rotation) }
    if let time = header.pixelTimeUs { writer.member("pixel_time_us", time) }
    if let rows = header.validRows { writer.member("valid_rows", rows) }
    if let dose = header.dosePerA2 { writer.member("dose_e_per_A2", dose) }
    if header.isLast { writer.member("last", true) }
    writer.endObject()
    return writer.bytes
  }

  /// The only part of a message that ends a series.
  public mutating func seriesEnd(source: String, series: String?) -> [UInt8] {
    writer.removeAll()
    writer.beginObject()
    writer.member("htype", "series_end-1.0")
    writer.member("source", source)
    if let series { writer.member("series", series) }
    writer.endObject()
    return writer.bytes
  }

  /// Writes the image's pixels as `pixelType` into `pixels`: integers rounded and clamped, missing pixels as 0.
  public mutating func encodePixels(of image: Image, as pixelType: PixelType) {
    pixels.removeAll(keepingCapacity: true)
    pixels.append(contentsOf: repeatElement(0, count: image.pixels.count * pixelType.byteCount))
    pixels.withUnsafeMutableBytes { bytes in
      switch pixelType {
      case .uint8: Self.integers(UInt8.self, image.pixels, bytes)
      case .int16: Self.integers(Int16.self, image.pixels, bytes)
      case .uint16: Self.integers(UInt16.self, image.pixels, bytes)
      case .int32: Self.integers(Int32.self, image.pixels, bytes)
      case .uint32: Self.integers(UInt32.self, image.pixels, bytes)
      case .float32:
        for (i, value) in image.pixels.enumerated() {
          bytes.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: i &* 4, as: UInt32.self)
        }
      case .float64:
        for (i, value) in image.pixels.enumerated() {
          bytes.storeBytes(of: Double(value).bitPattern.littleEndian, toByteOffset: i &* 8, as: UInt64.self)
        }
      }
    }
  }

  private static func integers<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ type: Stored.Type, _ values: [Float], _ bytes: UnsafeMutableRawBufferPointer
  ) {
    // In Double every bound of a 32-bit integer is exact.
    let (least, most) = (Double(Stored.min), Double(Stored.max))
    for (i, value) in values.enumerated() {
      let number = value.isNaN ? 0 : min(max(Double(value).rounded(), least), most)
      bytes.storeBytes(of: Stored(number).littleEndian, toByteOffset: i &* MemoryLayout<Stored>.size, as: Stored.self)
    }
  }
}
