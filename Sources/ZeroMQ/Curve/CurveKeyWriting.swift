// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

extension CurveKeyPair {
  /// Writes NAME.key (0644) and NAME.key_secret (0600) into a folder, which is made if need be (0700). Both are written
  /// aside and renamed; files that are there are replaced only with `replaces`.
  public func write(name: String, to folder: String, replaces: Bool) throws(CurveKeyError) -> (
    publicPath: String, secretPath: String
  ) {
    guard Self.isName(name) else { throw .badName(name) }
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw .cannotWrite(path: folder, reason: String(cString: strerror(errno)))
    }
    let publicPath = "\(folder)/\(name)\(CurveKeyFile.publicSuffix)"
    let secretPath = "\(folder)/\(name)\(CurveKeyFile.secretSuffix)"
    if !replaces {
      for path in [secretPath, publicPath] where access(path, F_OK) == 0 { throw .exists(path: path) }
    }
    let publicFile = try StagedKey(publicPath, mode: 0o644)
    let secretFile = try StagedKey(secretPath, mode: 0o600)
    publicFile.append(
      head(
        name, "public key",
        "For everybody who is to know this identity; bring it there in a way that nobody can change."))
    secretFile.append(head(name, "secret key", "For its owner alone. Never send it anywhere."))
    secretFile.append("    \(CurveKeyFile.secretName) = \"")
    secretKey.withText { secretFile.append(UnsafeRawBufferPointer(rebasing: $0.dropLast())) }
    secretFile.append("\"\n")
    try secretFile.commit(replaces: replaces)
    try publicFile.commit(replaces: replaces)
    return (publicPath, secretPath)
  }

  private func head(_ name: String, _ kind: String, _ advice: String) -> String {
    """
    #   ZeroMQ CURVE \(kind), made by glazer keygen
    #   \(advice)

    metadata
        name = "\(name)"
    curve
        \(CurveKeyFile.publicName) = "\(publicKey)"

    """
  }

  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && name.first != "."
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}

/// A file that has its mode from the first byte on and its name when it is whole.
private final class StagedKey {
  private let path: String
  private let staged: String
  private let file: Int32
  private var failure: String?

  init(_ path: String, mode: mode_t) throws(CurveKeyError) {
    self.path = path
    staged = "\(path).\(getpid()).part"
    unlink(staged)
    file = open(staged, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard file >= 0 else { throw .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
    // The umask must not take the public key from those it is for.
    fchmod(file, mode)
  }

  deinit {
    if file >= 0 { close(file) }
    unlink(staged)
  }

  func append(_ text: String) { Array(text.utf8).withUnsafeBytes { append($0) } }

  /// What fails here is told by `commit`.
  func append(_ bytes: UnsafeRawBufferPointer) {
    var done = 0
    while failure == nil, done < bytes.count {
      let wrote = write(file, bytes.baseAddress! + done, bytes.count - done)
      if wrote < 0, errno == EINTR { continue }
      if wrote <= 0 { failure = String(cString: strerror(errno)) } else { done += wrote }
    }
  }

  func commit(replaces: Bool) throws(CurveKeyError) {
    if let failure { throw .cannotWrite(path: path, reason: failure) }
    // A link, unlike a renaming, fails where somebody was faster.
    guard fsync(file) == 0, (replaces ? rename(staged, path) : link(staged, path)) == 0 else {
      if errno == EEXIST { throw .exists(path: path) }
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }
}
