// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

extension FrameDecoder {
  /// Decodes parts that are arrays.
  mutating func decode(_ parts: [[UInt8]], into frame: inout Frame) throws(FrameError) -> FrameMessage {
    try parts.withBuffers { (buffers) throws(FrameError) -> FrameMessage in
      try decode(parts: buffers, into: &frame)
    }
  }

  /// Decodes a header and pixels into a new frame.
  static func frame(_ header: String, _ pixels: [UInt8]) throws(FrameError) -> Frame {
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
    _ = try decoder.decode([Array(header.utf8), pixels], into: &frame)
    return frame
  }
}

extension [[UInt8]] {
  /// Lends copies of the parts, each in memory of its own: reading past one is found by a sanitizer.
  func withBuffers<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let buffers = map { part in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: part.count, alignment: 1)
      copy.copyBytes(from: part)
      return UnsafeRawBufferPointer(copy)
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    return try buffers.withUnsafeBufferPointer(body)
  }
}

/// The error that a call throws.
func thrown<Failure: Error>(_ body: () throws(Failure) -> Void) -> Failure? {
  do throws(Failure) {
    try body()
    return nil
  } catch {
    return error
  }
}
