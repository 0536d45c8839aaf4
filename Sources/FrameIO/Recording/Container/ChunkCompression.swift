// SPDX-License-Identifier: GPL-3.0-or-later
import CLZ4
import CZSTD

/// Undoes the compression of chunks, which other people's writers use; ours do not compress: noisy frames hardly shrink.
enum ChunkCompression: String {
  case zstd, lz4

  enum Outcome: Equatable {
    case whole
    /// The input ended before the output was whole; what there is of it is right.
    case partial
    case damaged(String)
  }

  /// Memory grows with what really comes out, in these steps: an announced size is not believed.
  private static let step = 1 << 20

  /// Appends what `input` unpacks to, at most `byteCount` bytes.
  func unpack(_ input: UnsafeRawBufferPointer, byteCount: Int, into output: inout [UInt8]) -> Outcome {
    switch self {
    case .zstd:
      guard let context = ZSTD_createDStream() else { return .damaged("zstd has no memory") }
      defer { ZSTD_freeDStream(context) }
      return run(input, byteCount, &output) { source, room in
        var from = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var to = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        let status = ZSTD_decompressStream(context, &to, &from)
        if ZSTD_isError(status) != 0 { return .failure(Failure(ZSTD_getErrorName(status))) }
        return .success((from.pos, to.pos))
      }
    case .lz4:
      var context: OpaquePointer?
      guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else {
        return .damaged("lz4 has no memory")
      }
      defer { LZ4F_freeDecompressionContext(context) }
      return run(input, byteCount, &output) { source, room in
        var (read, written) = (source.count, room.count)
        let status = LZ4F_decompress(context, room.baseAddress, &written, source.baseAddress, &read, nil)
        if LZ4F_isError(status) != 0 { return .failure(Failure(LZ4F_getErrorName(status))) }
        return .success((read, written))
      }
    }
  }

  private struct Failure: Error {
    let reason: String
    init(_ name: UnsafePointer<CChar>?) { reason = name.map { String(cString: $0) } ?? "unknown" }
  }

  /// `unpack` takes bytes and room, and returns how many of each it used.
  private func run(
    _ input: UnsafeRawBufferPointer, _ byteCount: Int, _ output: inout [UInt8],
    _ unpack: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Result<(Int, Int), Failure>
  ) -> Outcome {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
    defer { room.deallocate() }
    var used = 0
    var written = 0
    while true {
      let rest = UnsafeRawBufferPointer(rebasing: input[used...])
      switch unpack(rest, room) {
      case .failure(let failure): return .damaged("\(rawValue): \(failure.reason)")
      case .success((let read, let count)):
        guard count <= byteCount - written else { return .damaged("\(rawValue): more than the announced size") }
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: room[..<count]))
        used += read
        written += count
        if used == input.count, count < room.count { return written == byteCount ? .whole : .partial }
        // Neither reads nor writes: a frame is over and what follows is none.
        if read == 0, count == 0 { return .damaged("\(rawValue): bytes after the end") }
      }
    }
  }
}
