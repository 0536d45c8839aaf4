// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

@testable import FrameIO

/// CBOR by itself: every item of the input, however it is nested.
func fuzzCBOR(_ input: UnsafeRawBufferPointer) {
  var reader = CBORReader(input)
  var position = -1
  while !reader.isAtEnd {
    require(reader.position > position, "progress")
    position = reader.position
    var text = reader
    _ = try? text.text()
    var array = reader
    if var items = try? array.array() {
      while let more = try? array.next(&items), more, (try? array.skip()) != nil {}
    }
    do throws(FrameError) { _ = try reader.number() } catch { return }
    require(reader.position <= input.count, "a position within the input")
  }
}

/// Arrays packed by LZ4 and bitshuffle. The first four bytes say how, and how large.
func fuzzBitshuffle(_ input: UnsafeRawBufferPointer) {
  guard input.count >= 4 else { return }
  let packings: [Packing] = [
    .none, .lz4, .lz4Blocks, .bitshuffleLZ4(elementSize: 1), .bitshuffleLZ4(elementSize: 2),
    .bitshuffleLZ4(elementSize: 4),
  ]
  let type = PixelType.allCases[Int(input[3]) % PixelType.allCases.count]
  guard
    let layout = try? ArrayLayout(
      width: Int(input[1]) + 1, height: Int(input[2]) + 1, pixelType: type, isBigEndian: input[3] > 127)
  else { return }
  let array = PackedArray(
    layout: layout, packing: packings[Int(input[0]) % packings.count],
    bytes: UnsafeRawBufferPointer(rebasing: input[4...]))
  var unpacker = Unpacker()
  let first = try? unpacker.withUnpacked(array) { Array($0) }
  require(first == nil || first?.count == layout.byteCount, "the size that was asked for")
  // Memory that is used again does not shine through.
  let second = try? unpacker.withUnpacked(array) { Array($0) }
  require(first == second, "the same bytes again")
}
