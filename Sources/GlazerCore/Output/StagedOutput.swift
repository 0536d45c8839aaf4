// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// An output that may be larger than memory: written piece by piece aside, and renamed when it is whole. Nobody ever sees half
/// a file under its name, and after a failure the old one is still there. Until then it has no name at all where the file system
/// can do that, so that nothing stays of a program that was killed.
public final class StagedOutput {
  private let place: OutputPlace
  private let stagedPath: String
  private let descriptor: Int32
  /// False until it is whole, where the file system knows files without names.
  private var isNamed: Bool

  /// Refuses what is there and no regular file.
  public convenience init(path: String) throws(UnwritableFile) { try self.init(path: path, isNamed: false) }

  /// `isNamed`: also where it could do without.
  init(path: String, isNamed wantsName: Bool) throws(UnwritableFile) {
    place = try OutputPlace(path)
    stagedPath = "\(place.target).\(getpid()).part"
    // An earlier program of this number may have left it; a link that stands there is not followed.
    unlink(stagedPath)
    let nameless = wantsName ? -1 : Self.openWithoutName(in: place.folder)
    isNamed = nameless < 0
    descriptor =
      isNamed ? open(stagedPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666) : nameless
    guard descriptor >= 0 else { throw UnwritableFile(path: path, number: errno) }
    if let mode = place.mode { fchmod(descriptor, mode) }
  }

  /// Removes what was not committed.
  deinit {
    if descriptor >= 0 { close(descriptor) }
    if isNamed { unlink(stagedPath) }
  }

  /// O_TMPFILE, a macro that Swift does not see: with O_DIRECTORY in it.
  private static let withoutName = 0o20_000_000 | O_DIRECTORY

  /// A negative number where the system does not know files without names, or could not give this one a name later.
  private static func openWithoutName(in folder: String) -> Int32 {
    let descriptor = open(folder, withoutName | O_WRONLY | O_CLOEXEC, 0o666)
    guard descriptor >= 0, access("/proc/self/fd/\(descriptor)", F_OK) != 0 else { return descriptor }
    close(descriptor)
    return -1
  }

  public func write(_ bytes: some Collection<UInt8>) throws(UnwritableFile) {
    let failure: Int32 =
      bytes.withContiguousStorageIfAvailable { append($0) } ?? Array(bytes).withUnsafeBufferPointer { append($0) }
    guard failure == 0 else { throw UnwritableFile(path: place.path, number: failure) }
  }

  public func write(_ text: String) throws(UnwritableFile) { try write(text.utf8) }

  /// Gives the file its name.
  public func commit() throws(UnwritableFile) {
    guard fsync(descriptor) == 0, isNamed || giveName(), rename(stagedPath, place.target) == 0 else {
      throw UnwritableFile(path: place.path, number: errno)
    }
    isNamed = false
  }

  private func giveName() -> Bool {
    isNamed = linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, stagedPath, AT_SYMLINK_FOLLOW) == 0
    return isNamed
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
