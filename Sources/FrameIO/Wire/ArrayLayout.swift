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
    (height, width) = try Self.size(fields.shape)
    guard FrameDecoder.sides.contains(width), FrameDecoder.sides.contains(height) else {
      throw .sizeOutOfRange(width: width, height: height)
    }
  }

  private static func isBigEndian(_ value: JSONSlice?) throws(FrameError) -> Bool {
    guard let value else { return false }
    if value.equals("little") { return false }
    if value.equals("big") { return true }
    throw .invalidField("endianness", found: value.excerpt, expected: "\"little\" or \"big\"")
  }

  /// [height, width], after any number of leading ones (a stack of one frame).
  private static func size(_ shape: JSONSlice?) throws(FrameError) -> (height: Int, width: Int) {
    guard let shape else { throw .missingField("shape") }
    func invalid() -> FrameError { .invalidField("shape", found: shape.excerpt, expected: "[height, width]") }
    guard shape.kind == .array else { throw invalid() }
    var elements = JSONScanner(shape.bytes)
    var height = 1
    var width = 1
    var count = 0
    do throws(JSONScanner.Failure) {
      while let element = try elements.nextElement() {
        // Sides are bounded by the caller; here they only must not overflow on the way.
        guard let side = element.integer, (0...Int64(Int32.max)).contains(side), count < 4, height == 1 || count < 2
        else {
          count = 0
          break
        }
        (height, width) = (width, Int(side))
        count += 1
      }
    } catch {
      throw invalid()
    }
    guard count >= 2 else { throw invalid() }
    return (height, width)
  }
}
