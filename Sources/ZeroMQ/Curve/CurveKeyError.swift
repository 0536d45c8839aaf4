// SPDX-License-Identifier: GPL-3.0-or-later

/// What is wrong with a key file or a folder of them. Never holds what stands in a file.
public enum CurveKeyError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, limit: Int)
  /// A secret file whose mode gives it to others than its owner.
  case readableByOthers(path: String, mode: UInt32)
  case noKey(path: String, name: String)
  case damaged(path: String, line: Int, name: String)
  case repeated(path: String, line: Int, name: String)
  /// The two keys of a secret file are no pair.
  case noPair(path: String)
  /// A file for others that holds a secret.
  case holdsSecret(path: String)
  /// A key where the path of its file was expected; the text is not repeated here.
  case keyForPath
  case tooManyKeys(path: String, limit: Int)
  case badName(String)
  case exists(path: String)
  case cannotWrite(path: String, reason: String)
  /// libzmq was built without CURVE.
  case unsupported

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .tooLarge(let path, let limit): "\(path): no key file: more than \(limit) bytes"
    case .readableByOthers(let path, let mode):
      "\(path): the secret key is open to others (mode 0\(String(mode, radix: 8))), expected 0600: chmod 600 \(path), "
        + "and a new key if they may have read it"
    case .noKey(let path, let name):
      "\(path): no \(name) in it, expected a key file as `glazer keygen` or pyzmq writes it (\(Self.kind(name)))"
    case .damaged(let path, let line, let name): "\(path):\(line): \(name) is damaged, expected 40 characters of Z85"
    case .repeated(let path, let line, let name): "\(path):\(line): a second \(name), expected one"
    case .noPair(let path): "\(path): public-key does not belong to secret-key; make a new pair with `glazer keygen`"
    case .holdsSecret(let path):
      "\(path): holds a secret key where a public one is expected; give the .key file, and keep the secret one at its owner's"
    case .keyForPath: "a key stands where the path of a key file is expected; if it is a secret one, replace it"
    case .tooManyKeys(let path, let limit): "\(path): more than \(limit) key files"
    case .badName(let name):
      "\"\(name.prefix(60))\" is no name for a key, expected 1 to 64 of the characters A-Z a-z 0-9 . _ -"
    case .exists(let path):
      "\(path): there is one already; --force replaces it, and whoever knows the old key needs the new"
    case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
    case .unsupported: "libzmq was built without CURVE; Debian's libzmq5 has it"
    }
  }

  private static func kind(_ name: String) -> String {
    name == CurveKeyFile.secretName ? "the secret one ends in .key_secret" : "the public one ends in .key"
  }
}
