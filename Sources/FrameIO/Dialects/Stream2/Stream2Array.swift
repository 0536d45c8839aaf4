// SPDX-License-Identifier: GPL-3.0-or-later

/// A two-dimensional array in CBOR: tag 40 of RFC 8746 around its sides and a typed array, whose bytes may stand in tag
/// 56500 (https://github.com/dectris/documentation, cbor/dectris-compression-tag.md).
enum Stream2Array {
  /// The array of one channel out of a map of them; the first where none is asked for. Its name comes with it.
  static func find(
    _ map: CBORReader, channel: String?
  ) throws(FrameError) -> (name: UnsafeRawBufferPointer, array: PackedArray) {
    var reader = map
    var pairs = try reader.map()
    var first: UnsafeRawBufferPointer?
    while try reader.next(&pairs) {
      let name = try reader.text()
      guard let channel, !channel.utf8.elementsEqual(name) else { return (name, try read(&reader)) }
      first = first ?? name
      try reader.skip()
    }
    guard let first else { throw .missingField("data of a channel") }
    throw .unknownChannel("\"\(channel ?? "")\"", expected: "one that is there, as \(first.excerpt)")
  }

  static func read(_ reader: inout CBORReader) throws(FrameError) -> PackedArray {
    let tag = try reader.tag()
    guard tag == 40 else { throw .unsupportedArray("tag \(tag)", expected: "tag 40, a row-major array") }
    var pair = try reader.array()
    try reader.element(of: &pair)
    let (height, width) = try sides(&reader)
    try reader.element(of: &pair)
    let typeTag = try reader.tag()
    guard let (type, isBigEndian) = elementType(typeTag) else { throw .unsupportedPixelType("CBOR tag \(typeTag)") }
    var array = PackedArray(
      layout: try ArrayLayout(width: width, height: height, pixelType: type, isBigEndian: isBigEndian), packing: .none,
      bytes: UnsafeRawBufferPointer(start: nil, count: 0))
    if try reader.peekHead().major == .tag {
      let tag = try reader.tag()
      guard tag == 56500 else { throw .unsupportedEncoding("CBOR tag \(tag)") }
      (array.packing, array.bytes) = try compressed(&reader)
    } else {
      array.bytes = try reader.byteString()
    }
    try reader.end(of: &pair)
    return array
  }

  private static func sides(_ reader: inout CBORReader) throws(FrameError) -> (height: Int, width: Int) {
    var sides = try reader.array()
    if let count = sides.remaining, count != 2 { throw .unsupportedArray("of \(count) dimensions", expected: "2") }
    try reader.element(of: &sides)
    let height = Int(clamping: try reader.unsigned())
    try reader.element(of: &sides)
    let width = Int(clamping: try reader.unsigned())
    try reader.end(of: &sides)
    return (height, width)
  }

  /// [algorithm, element size, bytes]
  private static func compressed(
    _ reader: inout CBORReader
  ) throws(FrameError) -> (Packing, UnsafeRawBufferPointer) {
    var items = try reader.array()
    try reader.element(of: &items)
    let algorithm = try reader.text()
    try reader.element(of: &items)
    let elementSize = try reader.unsigned()
    try reader.element(of: &items)
    let bytes = try reader.byteString()
    try reader.end(of: &items)
    if algorithm.equals("lz4") { return (.lz4Blocks, bytes) }
    guard algorithm.equals("bslz4") else { throw .unsupportedEncoding(algorithm.excerpt) }
    guard let size = Int(exactly: elementSize), Packing.elementSizes.contains(size) else {
      throw .compression("bitshuffle elements of \(elementSize) bytes", expected: "1, 2 or 4")
    }
    return (.bitshuffleLZ4(elementSize: size), bytes)
  }

  /// Typed arrays of RFC 8746: 0b010_f_s_e_ll, float, signed, little-endian, length. 68 is uint8 with clamped arithmetic.
  private static func elementType(_ tag: UInt64) -> (PixelType, isBigEndian: Bool)? {
    switch tag {
    case 64, 68: (.uint8, false)
    case 65: (.uint16, true)
    case 66: (.uint32, true)
    case 69: (.uint16, false)
    case 70: (.uint32, false)
    case 73: (.int16, true)
    case 74: (.int32, true)
    case 77: (.int16, false)
    case 78: (.int32, false)
    case 81: (.float32, true)
    case 82: (.float64, true)
    case 85: (.float32, false)
    case 86: (.float64, false)
    default: nil
    }
  }
}
