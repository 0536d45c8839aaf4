// SPDX-License-Identifier: GPL-3.0-or-later

/// Size and type of the pixels that a header announces, within bounds.
struct ArrayLayout {
  var width: Int
  var height: Int
  var pixelType: PixelType
  var isBigEndian: Bool

  var byteCount: Int { width * height * pixelType.byteCount }

  init(of fields: HeaderFields) throws(FrameError) {
    guard let dtype = fields.dtype else { throw .missingField("dtype") }
    guard let spelled = WirePixelType(dtype) else { throw .unsupportedPixelType(dtype.excerpt) }
    pixelType = spelled.type
    if let isBigEndian = spelled.isBigEndian {
      self.isBigEndian = isBigEndian
    } else {
      isBigEndian = try Self.isBigEndian(fields.endianness)
    }
    if let encoding = fields.encoding {
      guard encoding.equals("none") || encoding.equals("raw") || encoding.equals("") else {
        throw .unsupportedEncoding(encoding.excerpt)
      }
    }
    let (sides, count) = try Self.sides(fields.shape, expected: Self.nativeShape)
    // After any number of leading ones (a stack of one frame).
    guard count >= 2, (0..<count - 2).allSatisfy({ sides[$0] == 1 }) else {
      throw Self.invalidShape(fields.shape, expected: Self.nativeShape)
    }
    (width, height) = (Int(sides[count - 1]), Int(sides[count - 2]))
    try check()
  }

  /// Throws when the size is out of bounds.
  init(width: Int, height: Int, pixelType: PixelType, isBigEndian: Bool) throws(FrameError) {
    (self.width, self.height, self.pixelType, self.isBigEndian) = (width, height, pixelType, isBigEndian)
    try check()
  }

  private func check() throws(FrameError) {
    guard FrameDecoder.sides.contains(width), FrameDecoder.sides.contains(height) else {
      throw .sizeOutOfRange(width: width, height: height)
    }
  }

  private static let nativeShape = "[height, width]"

  private static func isBigEndian(_ value: JSONSlice?) throws(FrameError) -> Bool {
    guard let value else { return false }
    if value.equals("little") { return false }
    if value.equals("big") { return true }
    throw .invalidField("endianness", found: value.excerpt, expected: "\"little\" or \"big\"")
  }

  /// Up to four sides of a `shape`, none below 0.
  static func sides(
    _ shape: JSONSlice?, expected: String
  ) throws(FrameError) -> (sides: SIMD4<Int32>, count: Int) {
    guard let shape else { throw .missingField("shape") }
    guard shape.kind == .array else { throw invalidShape(shape, expected: expected) }
    var elements = JSONScanner(shape.bytes)
    var sides = SIMD4<Int32>()
    var count = 0
    do throws(JSONScanner.Failure) {
      while let element = try elements.nextElement() {
        guard let side = element.integer, let side = Int32(exactly: side), side >= 0, count < 4 else {
          throw .malformed(0)
        }
        sides[count] = side
        count += 1
      }
    } catch {
      throw invalidShape(shape, expected: expected)
    }
    return (sides, count)
  }

  static func invalidShape(_ shape: JSONSlice?, expected: String) -> FrameError {
    .invalidField("shape", found: shape?.excerpt ?? "absent", expected: expected)
  }
}
