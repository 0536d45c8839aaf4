// SPDX-License-Identifier: GPL-3.0-or-later

/// How the bytes of an array are packed.
enum Packing: Equatable, Sendable {
  case none
  /// One LZ4 block, without any framing: SIMPLON's `lz4<`.
  case lz4
  /// LZ4 blocks as the HDF5 filter 32004 frames them: stream2's `lz4`.
  case lz4Blocks
  /// Bit-transposed blocks in LZ4 as the HDF5 filter 32008 frames them: `bs16-lz4<`, `bslz4`. Bytes of an element.
  case bitshuffleLZ4(elementSize: Int)

  /// Elements that the bitshuffle kernel is tested with.
  static let elementSizes = [1, 2, 4]

  var name: String {
    switch self {
    case .none: "raw"
    case .lz4: "an LZ4 block"
    case .lz4Blocks: "LZ4 blocks"
    case .bitshuffleLZ4(let size): "bitshuffle-LZ4 with elements of \(size) bytes"
    }
  }
}

/// An array as a message holds it: valid as long as the message.
struct PackedArray {
  var layout: ArrayLayout
  var packing: Packing
  var bytes: UnsafeRawBufferPointer
}
