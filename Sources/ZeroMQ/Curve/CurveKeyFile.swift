// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Key files as pyzmq's `zmq.auth.create_certificates` writes them: NAME.key holds `public-key = "…"`, NAME.key_secret also
/// `secret-key = "…"`, in Z85, indented below `curve`. Lines that begin with # are comments, other entries are passed over.
public enum CurveKeyFile {
  public static let publicSuffix = ".key"
  public static let secretSuffix = ".key_secret"
  static let publicName = "public-key"
  static let secretName = "secret-key"
  public static let largestFile = 16 << 10

  /// Whether a text is written like a key: nobody should see it in a message about a path.
  public static func looksLikeKey(_ text: String) -> Bool {
    text.utf8.count == CurvePublicKey.textLength && !text.hasSuffix(publicSuffix) && Z85.isText(text.utf8)
  }

  /// The public key of a file that holds no secret one.
  public static func publicKey(at path: String) throws(CurveKeyError) -> CurvePublicKey {
    let found = try read(path)
    guard found.secretKey == nil else { throw .holdsSecret(path: path) }
    guard let key = found.publicKey else { throw .noKey(path: path, name: publicName) }
    return key
  }

  /// The key pair of a secret file, which nobody but its owner may read.
  public static func keyPair(at path: String) throws(CurveKeyError) -> CurveKeyPair {
    let found = try read(path)
    guard let secretKey = found.secretKey else { throw .noKey(path: path, name: secretName) }
    guard found.mode & 0o077 == 0 else { throw .readableByOthers(path: path, mode: found.mode) }
    guard let pair = CurveKeyPair(secretKey) else { throw .unsupported }
    guard found.publicKey ?? pair.publicKey == pair.publicKey else { throw .noPair(path: path) }
    return pair
  }

  private struct Keys {
    var publicKey: CurvePublicKey?
    var secretKey: CurveSecretKey?
    /// Permissions of the file that was read, which nobody can exchange in between.
    var mode: UInt32 = 0
  }

  private static func read(_ path: String) throws(CurveKeyError) -> Keys {
    if looksLikeKey(path) { throw .keyForPath }
    // Without O_NONBLOCK a named pipe would wait for its writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "no plain file")
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: largestFile + 1, alignment: 1)
    defer {
      wipe(memory)
      memory.deallocate()
    }
    var count = 0
    while count < memory.count {
      let got = Glibc.read(file, memory.baseAddress! + count, memory.count - count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
      if got == 0 { break }
      count += got
    }
    guard count <= largestFile else { throw .tooLarge(path: path, limit: largestFile) }
    var keys = try parse(UnsafeRawBufferPointer(rebasing: memory[..<count]), path: path)
    keys.mode = facts.st_mode & 0o7777
    return keys
  }

  private static func parse(_ text: UnsafeRawBufferPointer, path: String) throws(CurveKeyError) -> Keys {
    var keys = Keys()
    let newline = UInt8(ascii: "\n")
    for (index, line) in text.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = trimmed(line[..<equals], " \t")
      let value = UnsafeRawBufferPointer(rebasing: trimmed(line[(equals + 1)...], " \t\r'\""))
      if name.elementsEqual(publicName.utf8) {
        guard keys.publicKey == nil else { throw .repeated(path: path, line: index + 1, name: publicName) }
        keys.publicKey = CurvePublicKey(z85: value)
        if keys.publicKey == nil { throw .damaged(path: path, line: index + 1, name: publicName) }
      } else if name.elementsEqual(secretName.utf8) {
        guard keys.secretKey == nil else { throw .repeated(path: path, line: index + 1, name: secretName) }
        keys.secretKey = CurveSecretKey(z85: value)
        if keys.secretKey == nil { throw .damaged(path: path, line: index + 1, name: secretName) }
      }
    }
    return keys
  }

  private static func trimmed(_ text: Slice<UnsafeRawBufferPointer>, _ blank: StaticString) -> Slice<
    UnsafeRawBufferPointer
  > {
    let isBlank: (UInt8) -> Bool = { byte in
      UnsafeBufferPointer(start: blank.utf8Start, count: blank.utf8CodeUnitCount).contains(byte)
    }
    guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) })
    else { return text[text.startIndex..<text.startIndex] }
    return text[first...last]
  }
}
