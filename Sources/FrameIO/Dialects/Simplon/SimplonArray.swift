// SPDX-License-Identifier: GPL-3.0-or-later

/// An array of a SIMPLON stream: a JSON header with `shape` as [x, y], `type` and `encoding`, and a blob.
enum SimplonArray {
  static func read(
    header: UnsafeRawBufferPointer, blob: UnsafeRawBufferPointer, type: StaticString
  ) throws(FrameError) -> PackedArray {
    let fields = try HeaderFields.read(header)
    guard let found = fields.messageType else { throw .missingField("htype") }
    guard found.hasPrefix(type) else { throw .unknownMessageType(found.excerpt, expected: "\(type)0") }
    guard let dtype = fields.dtype else { throw .missingField("type") }
    guard let spelled = WirePixelType(dtype) else { throw .unsupportedPixelType(dtype.excerpt) }
    let (packing, isBigEndian) = try encoding(fields.encoding)
    return PackedArray(
      layout: try layout(fields.shape, spelled.type, isBigEndian: isBigEndian), packing: packing, bytes: blob)
  }

  /// [x, y], and a depth of 1 where there is one: the fastest axis first, unlike everywhere else.
  private static func layout(
    _ shape: JSONSlice?, _ type: PixelType, isBigEndian: Bool
  ) throws(FrameError) -> ArrayLayout {
    let expected = "[width, height]"
    let (sides, count) = try ArrayLayout.sides(shape, expected: expected)
    guard count == 2 || count == 3 && sides[2] == 1 else { throw ArrayLayout.invalidShape(shape, expected: expected) }
    return try ArrayLayout(width: Int(sides[0]), height: Int(sides[1]), pixelType: type, isBigEndian: isBigEndian)
  }

  /// `[bs<bits>][[-]lz4][<|>]`: bitshuffle with elements of so many bits, LZ4, byte order.
  private static func encoding(_ value: JSONSlice?) throws(FrameError) -> (packing: Packing, isBigEndian: Bool) {
    // Arrays of a series header have none: they are as they are.
    guard let value else { return (.none, false) }
    guard value.kind == .string else { throw .unsupportedEncoding(value.excerpt) }
    var name = value
    var isBigEndian = false
    if let last = value.bytes.last, last == UInt8(ascii: "<") || last == UInt8(ascii: ">") {
      isBigEndian = last == UInt8(ascii: ">")
      name.bytes = UnsafeRawBufferPointer(rebasing: value.bytes.dropLast())
    }
    let packing: Packing
    if name.equals("") {
      packing = .none
    } else if name.equals("lz4") {
      packing = .lz4
    } else if name.equals("bs8-lz4") || name.equals("bs8lz4") {
      packing = .bitshuffleLZ4(elementSize: 1)
    } else if name.equals("bs16-lz4") || name.equals("bs16lz4") {
      packing = .bitshuffleLZ4(elementSize: 2)
    } else if name.equals("bs32-lz4") || name.equals("bs32lz4") {
      packing = .bitshuffleLZ4(elementSize: 4)
    } else {
      throw .unsupportedEncoding(value.excerpt)
    }
    return (packing, isBigEndian)
  }
}
