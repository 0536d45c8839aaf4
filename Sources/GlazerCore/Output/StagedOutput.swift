// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// An output that may be larger than memory: written piece by piece aside, and renamed when it is whole. Nobody ever sees half
/// a file under its name, and after a failure the old one is still there.
public final class StagedOutput {
  private let place: OutputPlace
  private let stagedPath: String
  private let descriptor: Int32

  /// Refuses what is there and no regular file.
  public init(path: String) throws(UnwritableFile) {
    place = try OutputPlace(path)
    stagedPath = "\(place.target).\(getpid()).part"
    // An earlier program of this number may have left it; a link that stands there is not followed.
    unlink(stagedPath)
    descriptor = open(stagedPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw UnwritableFile(path: path, number: errno) }
    if let mode = place.mode { fchmod(descriptor, mode) }
  }

  /// Removes what was not committed.
  deinit {
    if descriptor >= 0 { close(descriptor) }
    unlink(stagedPath)
  }

  public func write(_ bytes: some Collection<UInt8>) throws(UnwritableFile) {
    let failure: Int32 =
      bytes.withContiguousStorageIfAvailable { append($0) } ?? Array(bytes).withUnsafeBufferPointer { append($0) }
    guard failure == 0 else { throw UnwritableFile(path: place.path, number: failure) }
  }

  public func write(_ text: String) throws(UnwritableFile) { try write(text.utf8) }

  /// Gives the file its name.
  public func commit() throws(UnwritableFile) {
    guard fsync(descriptor) == 0, rename(stagedPath, place.target) == 0 else {
      throw UnwritableFile(path: place.path, number: errno)
    }
  }

  /// Number of the error, 0 for none.
  private func append(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return errno }
      written += count
    }
    return 0
  }
}
