// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

@testable import FrameIO

nonisolated(unsafe) private var decoder = FrameDecoder()
nonisolated(unsafe) private var frame = Frame(
  header: FrameHeader(source: "", frame: 0), image: Image(width: 0, height: 0))
/// Pixels for headers that are right: no mutation finds the exact number of bytes.
nonisolated(unsafe) private let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

/// Messages of the input stream. The state of the decoder and its frame goes on from message to message, as in the agent.
func fuzzFrame(_ input: UnsafeRawBufferPointer) {
  let parts = WireParts(input).parts
  parts.withUnsafeBufferPointer { _ = WireFacts(parts: $0) }
  let before = frame.header
  do throws(FrameError) {
    try decode(parts)
  } catch .byteCountMismatch(let width, let height, let type, _) {
    require(frame.header == before, "the old header after an error")
    let count = width * height * type.byteCount
    guard count <= zeros.count else { return }
    let full = parts.dropLast() + [UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(zeros)[..<count])]
    do throws(FrameError) {
      try decode(Array(full))
    } catch {
      require(frame.header == before, "the old header after an error")
      if case .byteCountMismatch = error { require(false, "pixels of the size that was asked for") }
    }
  } catch {
    require(frame.header == before, "the old header after an error")
    require(!error.description.isEmpty && !error.reason.isEmpty, "words for \(error)")
  }
}

private func decode(_ parts: [UnsafeRawBufferPointer]) throws(FrameError) {
  let message = try parts.withUnsafeBufferPointer { (parts) throws(FrameError) in
    try decoder.decode(parts: parts, into: &frame)
  }
  guard message == .frame else { return }
  let image = frame.image
  require(FrameDecoder.sides.contains(image.width) && FrameDecoder.sides.contains(image.height), "sides within bounds")
  require(image.pixels.count == image.width * image.height, "as many pixels as the size says")
  require((0...image.height).contains(frame.header.validRows ?? 0), "valid rows within the frame")
}
