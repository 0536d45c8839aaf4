// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A file being written from start to end.
struct RecordingFile: ~Copyable {
  private let descriptor: Int32
  let path: String
  private(set) var offset = 0

  /// A file that is there is not touched: it may be all that is left of a recording that was cut off.
  init(creating path: String) throws(RecordingError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw errno == EEXIST
        ? .unfinished(path: path) : .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    self.path = path
  }

  deinit { close(descriptor) }

  /// All of it or nothing: what a full disk took of it is given back.
  mutating func write(_ pieces: [UInt8]...) throws(RecordingError) {
    for piece in pieces {
      guard let number = writeAll(piece) else { continue }
      ftruncate(descriptor, offset)
      lseek(descriptor, offset, SEEK_SET)
      throw .cannotWrite(path: path, reason: String(cString: strerror(number)))
    }
    let count = pieces.reduce(0) { $0 + $1.count }
    // Linux begins to write at once then: finishing a large file is quick, a power cut costs little, and a recording does
    // not push everything else out of the page cache.
    posix_fadvise(descriptor, offset, count, POSIX_FADV_DONTNEED)
    offset += count
  }

  /// The error number of a failure.
  private func writeAll(_ bytes: [UInt8]) -> Int32? {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          return errno
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
      return nil
    }
  }

  /// Waits until the bytes are on the disk.
  func synchronize() throws(RecordingError) {
    // Pipes and the like cannot be synchronised, and need not be.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }
}
