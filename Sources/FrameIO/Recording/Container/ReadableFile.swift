// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A regular file, read at any place.
struct ReadableFile: ~Copyable {
  let path: String
  /// Bytes when it was opened.
  let byteCount: Int
  private let descriptor: Int32

  init(path: String) throws(RecordingError) {
    // A pipe that nobody writes into would keep `open` waiting.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .cannotOpen(path: path, reason: "not a regular file")
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads so many bytes into `bytes`, in place of what it held; false, and nothing allocated, when the file has fewer.
  func read(_ count: Int, at start: Int, into bytes: inout [UInt8]) throws(RecordingError) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    guard count <= byteCount - start else { return false }
    bytes.append(contentsOf: repeatElement(0, count: count))
    let (done, number) = bytes.withUnsafeMutableBytes { bytes -> (Int, Int32) in
      var done = 0
      while done < count, let base = bytes.baseAddress {
        let got = pread(descriptor, base + done, count - done, start + done)
        if got < 0, errno != EINTR { return (done, errno) }
        if got == 0 { break }
        done += max(0, got)
      }
      return (done, 0)
    }
    guard number == 0 else { throw .cannotRead(path: path, reason: String(cString: strerror(number))) }
    return done == count
  }
}
