// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Whole files, bounded.
enum FileBytes {
  /// All bytes of a regular file of at most `limit` bytes.
  static func read(_ path: String, limit: Int) throws(ModelFileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotRead(file: path, reason: reason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotRead(file: path, reason: reason()) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotRead(file: path, reason: "not a regular file") }
    guard status.st_size <= limit else { throw .tooLarge(file: path, bytes: Int(status.st_size), limit: limit) }
    let size = Int(status.st_size)
    var failure: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        let count = Glibc.read(descriptor, buffer.baseAddress! + filled, size - filled)
        if count < 0, errno == EINTR { continue }
        if count < 0 { failure = reason() }
        if count <= 0 { return }
        filled += count
      }
    }
    if let failure { throw .cannotRead(file: path, reason: failure) }
    guard bytes.count == size else { throw .truncated(file: path, needed: size, found: bytes.count) }
    return bytes
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
