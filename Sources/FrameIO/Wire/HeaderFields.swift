// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The fields of a header as they stand in its bytes, by meaning: aliases are resolved here and nowhere else.
struct HeaderFields {
  var messageType: JSONSlice?
  var dtype: JSONSlice?
  var shape: JSONSlice?
  var endianness: JSONSlice?
  var encoding: JSONSlice?
  var source: JSONSlice?
  var series: JSONSlice?
  var frame: JSONSlice?
  var timeNs: JSONSlice?
  var pixelSizeNm: JSONSlice?
  var fieldOfViewNm: JSONSlice?
  var rotationRad: JSONSlice?
  var pixelTimeUs: JSONSlice?
  var validRows: JSONSlice?
  var dosePerA2: JSONSlice?
  var last: JSONSlice?

  /// Reads a header. The slices point into `bytes`. Of a key that comes twice the later one counts, as in Python.
  static func read(_ bytes: UnsafeRawBufferPointer) throws(FrameError) -> HeaderFields {
    var fields = HeaderFields()
    try scan(bytes) { fields.take($0, $1) }
    return fields
  }

  /// Calls `visit` with every key and value of a header that is not null.
  static func scan(
    _ bytes: UnsafeRawBufferPointer, _ visit: (_ key: JSONSlice, _ value: JSONSlice) -> Void
  ) throws(FrameError) {
    guard bytes.count <= FrameDecoder.largestHeader else {
      // A large part that is no JSON at all (pixels without a header) is that, and not a large header.
      guard bytes.first == UInt8(ascii: "{") else { throw .headerMalformed(offset: 0) }
      throw .headerTooLarge(byteCount: bytes.count)
    }
    guard isUTF8(bytes) else { throw .headerNotUTF8 }
    var scanner = JSONScanner(bytes)
    do throws(JSONScanner.Failure) {
      try scanner.scanObject { key, value in
        if value.kind != .null { visit(key, value) }
      }
    } catch {
      switch error {
      case .truncated: throw .headerTruncated(byteCount: bytes.count)
      case .malformed(let offset): throw .headerMalformed(offset: offset)
      case .tooDeep(let offset): throw .headerTooDeep(offset: offset)
      }
    }
  }

  private mutating func take(_ key: JSONSlice, _ value: JSONSlice) {
    if key.equals("dtype") {
      dtype = value
    }
    // array-1.0 calls it `type`; pyzmq's name wins when both are there.
    else if key.equals("type") {
      dtype = dtype ?? value
    } else if key.equals("shape") {
      shape = value
    } else if key.equals("htype") {
      messageType = value
    } else if key.equals("endianness") {
      endianness = value
    } else if key.equals("encoding") {
      encoding = value
    } else if key.equals("source") {
      source = value
    } else if key.equals("series") {
      series = value
    } else if key.equals("frame") {
      frame = value
    } else if key.equals("frame_num") || key.equals("image_id") || key.equals("frame_index") {
      frame = frame ?? value
    } else if key.equals("time_ns") {
      timeNs = value
    } else if key.equals("pixel_size_nm") {
      pixelSizeNm = value
    } else if key.equals("fov_nm") {
      fieldOfViewNm = value
    } else if key.equals("rotation_rad") {
      rotationRad = value
    } else if key.equals("pixel_time_us") {
      pixelTimeUs = value
    } else if key.equals("valid_rows") {
      validRows = value
    } else if key.equals("dose_e_per_A2") {
      dosePerA2 = value
    } else if key.equals("last") {
      last = value
    }
  }

  /// Most headers are ASCII, which costs one pass without memory; others are decoded once to see.
  private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var seen: UInt8 = 0
    for byte in bytes { seen |= byte }
    return seen < 0x80 || String(validating: bytes, as: UTF8.self) != nil
  }
}
