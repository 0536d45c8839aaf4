// SPDX-License-Identifier: GPL-3.0-or-later
import CBitshuffle
import CLZ4

/// Unpacks arrays into memory of its own, which is used again: nothing is allocated once it is as large as the largest.
///
/// Formats: the LZ4 block format, the framing of the HDF5 filters for LZ4
/// (https://support.hdfgroup.org/services/filters/HDF5_LZ4.pdf) and for bitshuffle (the same framing, with a remainder of
/// fewer than eight elements as it is). Numbers of the framing are big-endian.
struct Unpacker: Sendable {
  /// A block of bitshuffle has a few kB as a rule.
  static let largestShuffledBlock = 16 << 20
  /// LZ4 cannot make data smaller than by this factor: what claims more is no LZ4 and is refused before memory is taken.
  static let largestRatio = 255

  private var output: [UInt8] = []
  private var block: [UInt8] = []

  /// Unpacks `array` and lends the result: exactly the bytes of its layout, or an error. O(bytes).
  mutating func withUnpacked<Result>(
    _ array: PackedArray, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(FrameError) -> Result {
    let expected = array.layout.byteCount
    guard array.packing != .none else {
      guard array.bytes.count == expected else {
        throw .byteCountMismatch(
          width: array.layout.width, height: array.layout.height, pixelType: array.layout.pixelType,
          found: array.bytes.count)
      }
      return body(array.bytes)
    }
    guard expected <= Int(Int32.max), array.bytes.count <= Int(Int32.max) else {
      throw .compression("\(array.packing.name) of \(array.bytes.count) bytes", expected: "less than 2 GiB")
    }
    guard expected / Self.largestRatio <= array.bytes.count else {
      throw .compression("\(array.bytes.count) bytes for an array of \(expected)", expected: "what LZ4 can hold")
    }
    if output.count < expected { output.append(contentsOf: repeatElement(0, count: expected - output.count)) }
    switch array.packing {
    case .none: break
    case .lz4:
      try output.withUnsafeMutableBufferPointer { (output) throws(FrameError) in
        try Self.decompress(array.bytes, into: UnsafeMutableRawBufferPointer(output)[..<expected])
      }
    case .lz4Blocks:
      try output.withUnsafeMutableBufferPointer { (output) throws(FrameError) in
        try Self.unpackBlocks(array.bytes, into: UnsafeMutableRawBufferPointer(output)[..<expected])
      }
    case .bitshuffleLZ4(let size): try unshuffle(array.bytes, elementSize: size, byteCount: expected)
    }
    return output.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<expected])) }
  }

  private static func unpackBlocks(
    _ bytes: UnsafeRawBufferPointer, into slice: Slice<UnsafeMutableRawBufferPointer>
  ) throws(FrameError) {
    let output = UnsafeMutableRawBufferPointer(rebasing: slice)
    var input = BlockReader(bytes)
    let blockSize = try input.header(byteCount: output.count)
    guard blockSize > 0 else { throw .compression("blocks of \(blockSize) bytes", expected: "1 or more") }
    var start = 0
    while start < output.count {
      let count = min(blockSize, output.count - start)
      let block = try input.block()
      let target = output[start..<start + count]
      // What LZ4 cannot make smaller stands there as it is.
      if block.count == count {
        UnsafeMutableRawBufferPointer(rebasing: target).copyMemory(from: block)
      } else {
        try decompress(block, into: target)
      }
      start += count
    }
    try input.end()
  }

  private mutating func unshuffle(
    _ bytes: UnsafeRawBufferPointer, elementSize: Int, byteCount: Int
  ) throws(FrameError) {
    var input = BlockReader(bytes)
    let blockSize = try input.header(byteCount: byteCount)
    let unit = 8 * elementSize
    guard blockSize > 0, blockSize % unit == 0, blockSize <= Self.largestShuffledBlock, byteCount % elementSize == 0
    else {
      throw .compression(
        "bitshuffle blocks of \(blockSize) bytes with elements of \(elementSize)",
        expected: "a multiple of \(unit) up to \(Self.largestShuffledBlock)")
    }
    let scratch = min(blockSize, byteCount)
    if block.count < scratch { block.append(contentsOf: repeatElement(0, count: scratch - block.count)) }
    try output.withUnsafeMutableBufferPointer { (output) throws(FrameError) in
      try block.withUnsafeMutableBufferPointer { (block) throws(FrameError) in
        var start = 0
        while byteCount - start >= unit {
          let count = min(blockSize, (byteCount - start) / unit * unit)
          try Self.decompress(try input.block(), into: UnsafeMutableRawBufferPointer(block)[..<count])
          guard let from = block.baseAddress, let to = output.baseAddress else { return }
          glazer_bitunshuffle(from, to + start, count / elementSize, elementSize)
          start += count
        }
        let rest = try input.take(byteCount - start)
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[start..<byteCount])
          .copyMemory(from: rest)
      }
    }
    try input.end()
  }

  /// One LZ4 block that must fill `output` exactly.
  private static func decompress(
    _ block: UnsafeRawBufferPointer, into slice: Slice<UnsafeMutableRawBufferPointer>
  ) throws(FrameError) {
    let output = UnsafeMutableRawBufferPointer(rebasing: slice)
    guard let from = block.baseAddress, let to = output.baseAddress else {
      throw .compression("an empty LZ4 block", expected: "\(output.count) bytes in it")
    }
    // Never reads or writes outside the two buffers, whatever the block says.
    let count = LZ4_decompress_safe(
      from.assumingMemoryBound(to: CChar.self), to.assumingMemoryBound(to: CChar.self), Int32(block.count),
      Int32(output.count))
    guard count == Int32(output.count) else {
      throw .compression(
        count < 0 ? "a damaged LZ4 block" : "an LZ4 block of \(count) bytes", expected: "\(output.count) bytes in it")
    }
  }
}

/// The framing of the HDF5 filters: a header, then blocks behind their lengths.
private struct BlockReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Checks the size of the whole; returns that of a block.
  mutating func header(byteCount: Int) throws(FrameError) -> Int {
    let total = try number(8)
    guard total == UInt64(byteCount) else {
      throw .compression("an array of \(total) bytes", expected: "\(byteCount)")
    }
    return Int(try number(4))
  }

  mutating func block() throws(FrameError) -> UnsafeRawBufferPointer { try take(Int(try number(4))) }

  mutating func take(_ count: Int) throws(FrameError) -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else {
      throw .compression(
        "compressed data that ends after \(bytes.count) bytes", expected: "\(position + count) or more")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  func end() throws(FrameError) {
    guard position == bytes.count else {
      throw .compression("\(bytes.count) bytes of compressed data", expected: "\(position)")
    }
  }

  private mutating func number(_ count: Int) throws(FrameError) -> UInt64 {
    try take(count).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
