// SPDX-License-Identifier: GPL-3.0-or-later
import CPNG
import GlazerCore

public enum DrawingError: DiagnosableError, Equatable {
  case emptyPicture
  case encoder(reason: String)
  case cannotWrite(path: String, reason: String)

  public var category: ErrorCategory { .inputOutput }

  public var description: String {
    switch self {
    case .emptyPicture: "a picture of no pixels cannot be written as PNG, at least 1 x 1 expected"
    case .encoder(let reason): "libpng: \(reason)"
    case .cannotWrite(let path, let reason): "\(path): cannot write picture: \(reason)"
    }
  }
}

extension Raster {
  /// The picture as the bytes of a PNG file, 8-bit RGB.
  public func png() throws(DrawingError) -> [UInt8] {
    guard width > 0, height > 0 else { throw .emptyPicture }
    var header = png_image()
    header.version = png_uint_32(PNG_IMAGE_VERSION)
    header.width = png_uint_32(width)
    header.height = png_uint_32(height)
    header.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&header) }
    var samples: [UInt8] = []
    samples.reserveCapacity(3 * pixels.count)
    for pixel in pixels {
      samples.append(pixel.red)
      samples.append(pixel.green)
      samples.append(pixel.blue)
    }
    // A bound on the compressed size: stored blocks, filter bytes and chunks.
    var bytes = [UInt8](repeating: 0, count: samples.count + height + samples.count / 1000 + 4096)
    var size = png_alloc_size_t(bytes.count)
    guard png_image_write_to_memory(&header, &bytes, &size, 0, samples, 0, nil) != 0 else {
      let reason = withUnsafeBytes(of: header.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw .encoder(reason: reason)
    }
    bytes.removeLast(bytes.count - Int(size))
    return bytes
  }

  /// Writes a PNG file aside and renames it, so that the path never holds half a picture.
  public func writePNG(path: String) throws(DrawingError) {
    let bytes = try png()
    do throws(UnwritableFile) {
      try WholeFile.write(bytes, path: path)
    } catch {
      throw .cannotWrite(path: path, reason: error.reason)
    }
  }
}
