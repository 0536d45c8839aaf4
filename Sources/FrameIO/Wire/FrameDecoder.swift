// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

/// What a message on the input stream was.
public enum FrameMessage: Sendable, Equatable {
  case frame
  /// The acquisition is over; its name where the message said so.
  case seriesEnd(series: String?)
}

/// Turns wire messages into frames: `[topic]` `[JSON header]` `[raw pixels]`, the header a superset of pyzmq's `send_array`
/// and of PSI's `array-1.0`. Says what the message says: frames of one value or without any value are data here.
public struct FrameDecoder: Sendable {
  /// Largest header, bytes.
  public static let largestHeader = 64 * 1024
  /// Width and height of a frame, pixels.
  public static let sides = 16...8192
  /// Largest pixel part that can be valid: what the receiving socket should be limited to.
  public static let largestMessage = sides.upperBound * sides.upperBound * 8
  /// Longest name of a source or series, bytes.
  public static let longestName = 256

  /// Name of a source that gives none.
  private let defaultSource: String
  /// Number of the next frame for publishers that do not count (plain `send_array`).
  private var nextFrame: Int64 = 0

  public init(defaultSource: String = "frames") { self.defaultSource = defaultSource }

  /// Decodes a received message. On an error `frame` is unchanged. See `decode(parts:into:)`.
  public mutating func decode(
    _ message: borrowing Multipart, into frame: inout Frame
  ) throws(FrameError) -> FrameMessage {
    let outcome = message.withParts { parts -> Result<FrameMessage, FrameError> in
      do throws(FrameError) {
        return .success(try decode(parts: parts, into: &frame))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  /// Decodes the parts of a message into `frame`, whose memory is used again: nothing is allocated once it is as large as
  /// the largest frame and its names have not changed. On an error `frame` is unchanged. O(bytes).
  ///
  /// A header without `source` or `frame` gets the default source and a running number. Without `pixel_size_nm`, `fov_nm`
  /// over the width is the pixel size.
  public mutating func decode(
    parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, into frame: inout Frame
  ) throws(FrameError) -> FrameMessage {
    let message = try WireMessage(parts: parts)
    let fields = try HeaderFields.read(message.header)
    if let type = fields.messageType {
      if type.hasPrefix("series_end-1.") { return .seriesEnd(series: try fields.name("series", fields.series)) }
      guard type.hasPrefix("array-1.") else { throw .unknownMessageType(type.excerpt) }
    }
    guard let pixels = message.pixels else { throw .partCount(found: parts.count) }
    let layout = try ArrayLayout(of: fields)
    guard pixels.count == layout.byteCount else {
      throw .byteCountMismatch(
        width: layout.width, height: layout.height, pixelType: layout.pixelType, found: pixels.count)
    }
    try fields.update(&frame.header, defaultSource: defaultSource, nextFrame: nextFrame, layout: layout)
    nextFrame = frame.header.frame &+ 1

    frame.saturationLevel = layout.pixelType.saturationLevel
    frame.image.resize(width: layout.width, height: layout.height)
    frame.image.pixels.withUnsafeMutableBufferPointer { output in
      let rows = frame.header.validRows ?? layout.height
      let valid = rows * layout.width
      PixelWidening.widen(
        UnsafeRawBufferPointer(rebasing: pixels[..<(valid * layout.pixelType.byteCount)]), of: layout.pixelType,
        swapped: layout.isBigEndian, into: output)
      for i in valid..<output.count { output[i] = .nan }
    }
    return .frame
  }
}

/// The parts of a message by meaning.
struct WireMessage {
  var header: UnsafeRawBufferPointer
  var pixels: UnsafeRawBufferPointer?

  /// A first part that does not begin with `{` is a topic.
  init(parts: UnsafeBufferPointer<UnsafeRawBufferPointer>) throws(FrameError) {
    guard let first = parts.first else { throw .partCount(found: 0) }
    let start = first.first == UInt8(ascii: "{") || parts.count == 1 ? 0 : 1
    guard (1...2).contains(parts.count - start) else { throw .partCount(found: parts.count) }
    header = parts[start]
    pixels = parts.count - start == 2 ? parts[start + 1] : nil
  }
}
