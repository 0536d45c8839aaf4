// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

@testable import FrameIO

/// Pixels for native headers that are right: no mutation finds the exact number of bytes.
nonisolated(unsafe) private let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

/// Messages of the input stream in whatever dialect they look like.
func fuzzFrame(_ input: UnsafeRawBufferPointer) { fuzz(input, dialect: nil) }

/// SIMPLON v1.
func fuzzSimplon(_ input: UnsafeRawBufferPointer) { fuzz(input, dialect: .simplon) }

/// Stream2: CBOR with typed arrays and compression.
func fuzzStream2(_ input: UnsafeRawBufferPointer) { fuzz(input, dialect: .stream2) }

private func fuzz(_ input: UnsafeRawBufferPointer, dialect: FrameDialect?) {
  var decoder = FrameDecoder(settings: .init(dialect: dialect, leftoverSilenceS: 1))
  var frame = Frame(header: FrameHeader(source: "", frame: 0), image: Image(width: 0, height: 0))
  for (number, parts) in WireParts.messages(input).enumerated() {
    parts.withUnsafeBufferPointer {
      _ = WireFacts(parts: $0)
      _ = SeriesMark.isMark($0)
    }
    let before = (frame.header, frame.image.pixels.count)
    func checkUnchanged(_ error: FrameError) {
      require((frame.header, frame.image.pixels.count) == before, "the old frame after an error")
      require(!error.description.isEmpty, "words for \(error)")
    }
    do throws(FrameError) {
      try decode(parts, &decoder, &frame, number)
    } catch .byteCountMismatch(let width, let height, let type, let found) {
      checkUnchanged(.byteCountMismatch(width: width, height: height, pixelType: type, found: found))
      let count = width * height * type.byteCount
      guard dialect == nil, parts.count > 1, count <= zeros.count else { continue }
      let full = parts.dropLast() + [UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(zeros)[..<count])]
      do throws(FrameError) { try decode(Array(full), &decoder, &frame, number) } catch { checkUnchanged(error) }
    } catch {
      checkUnchanged(error)
    }
  }
}

private func decode(
  _ parts: [UnsafeRawBufferPointer], _ decoder: inout FrameDecoder, _ frame: inout Frame, _ number: Int
) throws(FrameError) {
  let message = try parts.withUnsafeBufferPointer { (parts) throws(FrameError) in
    try decoder.decode(parts: parts, into: &frame, receivedNs: UInt64(number) * 700_000_000)
  }
  guard message == .frame else { return }
  let image = frame.image
  require(FrameDecoder.sides.contains(image.width) && FrameDecoder.sides.contains(image.height), "sides within bounds")
  require(image.pixels.count == image.width * image.height, "as many pixels as the size says")
  require((0...image.height).contains(frame.header.validRows ?? 0), "valid rows within the frame")
}
