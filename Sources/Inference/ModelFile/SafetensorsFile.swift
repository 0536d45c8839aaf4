// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension Safetensors {
  /// Metadata key of the sha256 of all tensor bytes.
  public static let digestKey = "sha256"

  /// Reads and checks a file; a stored sha256 must match the tensor bytes.
  public static func read(_ path: String) throws(ModelFileError) -> Safetensors {
    let (file, sha256) = try parse(try FileBytes.read(path, limit: maximumFileBytes), file: path)
    if let stored = file.metadata[digestKey], stored != sha256 {
      throw .badHeader(file: path, expected: "tensors with the sha256 \(stored)", found: sha256)
    }
    return file
  }

  /// Writes aside and renames; the sha256 of the tensor bytes goes into the metadata.
  public func write(_ path: String) throws(ModelFileError) {
    do throws(UnwritableFile) {
      try WholeFile.write(encoded(digestKey: Self.digestKey), path: path)
    } catch {
      throw .cannotWrite(file: path, reason: error.reason)
    }
  }
}
