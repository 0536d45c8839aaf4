// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import GlazerCore

/// A network with its weights, as it stands in a safetensors file (tensor names in `TensorSpecification`).
///
/// Everything in `__metadata__` is a string: `format`, `name`, `architecture` (JSON), `sha256` of the tensor bytes,
/// `sigma_scale` (JSON, `SigmaScale`) and, free for the writer, `targets`, `training`, `evaluation` (JSON) and others.
public struct ModelFile: Sendable, Equatable {
  /// What the weights are; the number is raised when their meaning changes.
  public enum Format: String, Sendable, CaseIterable {
    case float = "glazer-float-1"
    case int8 = "glazer-int8-1"
  }

  public var format: Format
  public var name: String
  public var architecture: NetworkArchitecture
  /// Factors on the stated standard deviations of q, c and s that make them cover 68 % on calibration data.
  public var sigmaScale: SigmaScale
  /// The other metadata: `targets`, `training`, `evaluation` and whatever a writer adds.
  public var metadata: [String: String]
  public var tensors: [String: Tensor]
  /// SHA-256 of the tensor bytes as read or last written; empty before.
  public private(set) var sha256: String = ""

  public init(
    format: Format, name: String, architecture: NetworkArchitecture, sigmaScale: SigmaScale = .one,
    metadata: [String: String] = [:], tensors: [String: Tensor] = [:]
  ) {
    self.format = format
    self.name = name
    self.architecture = architecture
    self.sigmaScale = sigmaScale
    self.metadata = metadata
    self.tensors = tensors
  }

  enum Key {
    static let format = "format"
    static let name = "name"
    static let architecture = "architecture"
    static let sha256 = "sha256"
    static let sigmaScale = "sigma_scale"
    static let own = [format, name, architecture, sha256, sigmaScale]
  }

  /// Reads and checks a file. `expecting` refuses the other format with an error that names both.
  public static func read(_ path: String, expecting format: Format? = nil) throws(ModelFileError) -> ModelFile {
    try parse(try FileBytes.read(path, limit: Safetensors.maximumFileBytes), file: path, expecting: format)
  }

  /// As `read`, from bytes; `file` names them in errors.
  public static func parse(
    _ bytes: [UInt8], file: String, expecting: Format? = nil
  ) throws(ModelFileError) -> ModelFile {
    let (content, digest) = try Safetensors.parse(bytes, file: file)
    func text(_ key: String) throws(ModelFileError) -> String {
      guard let text = content.metadata[key] else {
        throw .badMetadata(file: file, key: key, expected: "a value", found: "none")
      }
      return text
    }
    let allowed = expecting.map { [$0] } ?? Format.allCases
    let formatName = try text(Key.format)
    guard let format = Format(rawValue: formatName), allowed.contains(format) else {
      throw .badMetadata(
        file: file, key: Key.format, expected: allowed.map(\.rawValue).joined(separator: " or "),
        found: String(formatName.prefix(40)))
    }
    let stored = try text(Key.sha256)
    guard stored == digest else { throw .digestMismatch(file: file, expected: stored, found: digest) }
    let architecture = try json(
      NetworkArchitecture.self, try text(Key.architecture), key: Key.architecture, file: file, expected: "a network")
    var sigmaScale = SigmaScale.one
    if let scale = content.metadata[Key.sigmaScale] {
      sigmaScale = try json(
        SigmaScale.self, scale, key: Key.sigmaScale, file: file, expected: SigmaScale.expected)
    }
    var model = ModelFile(
      format: format, name: try text(Key.name), architecture: architecture, sigmaScale: sigmaScale,
      metadata: content.metadata.filter { !Key.own.contains($0.key) }, tensors: content.tensors)
    model.sha256 = digest
    try model.check(file: file)
    return model
  }

  /// Checks, writes aside and renames; `sha256` is set to that of the weights written.
  public mutating func write(_ path: String) throws(ModelFileError) {
    let (bytes, digest) = try encoded(file: path)
    do throws(UnwritableFile) {
      try WholeFile.write(bytes, path: path)
    } catch {
      throw .cannotWrite(file: path, reason: error.reason)
    }
    sha256 = digest
  }

  /// The bytes of the file and the SHA-256 of its tensors; `file` names it in errors.
  public func encoded(file: String) throws(ModelFileError) -> (bytes: [UInt8], sha256: String) {
    try check(file: file)
    var content = Safetensors(metadata: metadata, tensors: tensors)
    content.metadata[Key.format] = format.rawValue
    content.metadata[Key.name] = name
    content.metadata[Key.architecture] = String(decoding: canonicalJSON(architecture), as: UTF8.self)
    content.metadata[Key.sigmaScale] = String(decoding: canonicalJSON(sigmaScale), as: UTF8.self)
    let bytes = content.encoded(digestKey: Key.sha256)
    let digest = try Safetensors.parse(bytes, file: file).sha256
    return (bytes, digest)
  }

  private static func json<T: Decodable>(
    _: T.Type, _ text: String, key: String, file: String, expected: String
  ) throws(ModelFileError) -> T {
    do {
      return try JSONDecoder().decode(T.self, from: Data(text.utf8))
    } catch {
      throw .badMetadata(file: file, key: key, expected: expected, found: Safetensors.reason(error))
    }
  }
}
