// SPDX-License-Identifier: GPL-3.0-or-later
import CFuzzDriver
import Foundation

/// A file in memory with a path that any reader can open.
struct InputFile {
  let path: String
  private let descriptor: Int32

  init(_ name: String) {
    descriptor = glazer_memory_file(name)
    require(descriptor >= 0, "a file in memory")
    path = "/proc/self/fd/\(descriptor)"
  }

  func fill(_ bytes: UnsafeRawBufferPointer) {
    require(ftruncate(descriptor, 0) == 0, "an empty file")
    require(pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count, "all bytes in the file")
  }
}
