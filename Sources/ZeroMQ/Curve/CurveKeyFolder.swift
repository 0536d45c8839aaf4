// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

extension CurveKeyFile {
  /// Most keys of an allow-list.
  public static let largestKeyCount = 1024

  /// The public keys at `path`: all files *.key of a folder, as pyzmq's authenticator takes them, or one file. One that is
  /// no good refuses the whole list: an operator who listed a client should hear that it is not let in.
  public static func publicKeys(at path: String) throws(CurveKeyError) -> Set<CurvePublicKey> {
    if looksLikeKey(path) { throw .keyForPath }
    guard let folder = opendir(path) else {
      guard errno == ENOTDIR else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
      return [try publicKey(at: path)]
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = Self.name(of: entry)
      // A name with a leading dot is what editors and copying programs leave while they write.
      guard name.hasSuffix(publicSuffix), !name.hasPrefix(".") else { continue }
      guard names.count < largestKeyCount else { throw .tooManyKeys(path: path, limit: largestKeyCount) }
      names.append(name)
    }
    var keys: Set<CurvePublicKey> = []
    for name in names.sorted() { keys.insert(try publicKey(at: path + "/" + name)) }
    return keys
  }

  /// By its address and never as a value: an entry is as long as its name, the declared array of 256 reaches beyond it.
  private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return "" }
    return String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
  }
}
