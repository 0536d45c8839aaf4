// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A file being written from start to end.
struct RecordingFile: ~Copyable {
  private let descriptor: Int32
  let path: String
  private(set) var offset = 0

  init(creating path: String) throws(RecordingError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
    self.path = path
  }

  deinit { close(descriptor) }

  mutating func write(_ bytes: [UInt8]) throws(RecordingError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(RecordingError) in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
    offset += bytes.count
  }

  /// Waits until the bytes are on the disk.
  func synchronize() throws(RecordingError) {
    // Pipes and the like cannot be synchronised, and need not be.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }
}
