// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials

/// A safetensors file: named tensors and a map of strings.
///
/// Layout: header length (8 bytes, little-endian), header (JSON), tensor bytes without holes. Glazer writes four-byte
/// elements first and each kind in the order of names, so that the same content gives the same file. Everything that a
/// file claims is checked before memory is taken for it.
public struct Safetensors: Sendable, Equatable {
  public static let maximumFileBytes = 512 << 20
  public static let maximumHeaderBytes = 16 << 20
  static let maximumRank = 8
  private static let lengthBytes = 8

  public var metadata: [String: String]
  public var tensors: [String: Tensor]

  public init(metadata: [String: String] = [:], tensors: [String: Tensor] = [:]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Parses the bytes of a file; `file` only names it in errors. O(bytes).
  ///
  /// `sha256` is that of all tensor bytes, in hexadecimal.
  public static func parse(_ bytes: [UInt8], file: String) throws(ModelFileError) -> (Safetensors, sha256: String) {
    guard bytes.count <= maximumFileBytes else {
      throw .tooLarge(file: file, bytes: bytes.count, limit: maximumFileBytes)
    }
    guard bytes.count >= lengthBytes else { throw .truncated(file: file, needed: lengthBytes, found: bytes.count) }
    let headerCount64 = bytes[..<lengthBytes].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard headerCount64 <= UInt64(maximumHeaderBytes) else {
      throw .badHeader(file: file, expected: "at most \(maximumHeaderBytes) bytes", found: "\(headerCount64)")
    }
    let dataStart = lengthBytes + Int(headerCount64)
    guard dataStart <= bytes.count else { throw .truncated(file: file, needed: dataStart, found: bytes.count) }
    guard bytes[lengthBytes..<dataStart].first == UInt8(ascii: "{") else {
      throw .badHeader(file: file, expected: "a JSON object", found: "something else")
    }
    let header: SafetensorsHeader
    do {
      header = try JSONDecoder().decode(SafetensorsHeader.self, from: Data(bytes[lengthBytes..<dataStart]))
    } catch {
      throw .badHeader(
        file: file, expected: "tensors with dtype, shape and data_offsets, and a map of strings as __metadata__",
        found: Self.reason(error))
    }
    return try parseData(header: header, bytes: bytes, dataStart: dataStart, file: file)
  }

  private static func parseData(
    header: SafetensorsHeader, bytes: [UInt8], dataStart: Int, file: String
  ) throws(ModelFileError) -> (Safetensors, sha256: String) {
    let dataCount = bytes.count - dataStart
    var parts: [(name: String, element: TensorElement, shape: [Int], range: Range<Int>)] = []
    for (name, entry) in header.entries {
      let (element, range) = try entry.checked(dataCount: dataCount, file: file, name: name)
      parts.append((name, element, entry.shape, range))
    }
    // Without holes and without overlaps: in the order of offsets each tensor begins where the one before ends.
    parts.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var end = 0
    for part in parts {
      guard part.range.lowerBound == end else {
        throw .badTensor(
          file: file, tensor: part.name, expected: "a start at byte \(end)", found: "\(part.range.lowerBound)")
      }
      end = part.range.upperBound
    }
    guard end == dataCount else {
      throw .badHeader(file: file, expected: "tensors that fill \(dataCount) bytes", found: "\(end)")
    }
    var result = Safetensors(metadata: header.metadata)
    result.tensors.reserveCapacity(parts.count)
    return bytes.withUnsafeBytes { raw in
      let data = UnsafeRawBufferPointer(rebasing: raw[dataStart...])
      for part in parts {
        result.tensors[part.name] = Tensor(
          bytes: UnsafeRawBufferPointer(rebasing: data[part.range]), element: part.element, shape: part.shape)
      }
      return (result, sha256Hex(data))
    }
  }

  /// The bytes of the file. `digestKey` names the metadata entry that receives the sha256 of the tensor bytes.
  public func encoded(digestKey: String? = nil) -> [UInt8] {
    let names = tensors.sorted {
      ($1.value.element.byteCount, $0.key) < ($0.value.element.byteCount, $1.key)
    }
    var data: [UInt8] = []
    var header = SafetensorsHeader(metadata: metadata, entries: [:])
    for (name, tensor) in names {
      let start = data.count
      tensor.withBytes { data.append(contentsOf: $0) }
      header.entries[name] = .init(
        dtype: tensor.element.rawValue, shape: tensor.shape, dataOffsets: [start, data.count])
    }
    if let digestKey { header.metadata[digestKey] = data.withUnsafeBytes(sha256Hex) }
    var json = canonicalJSON(header)
    // Tensor bytes begin at a multiple of 8; the format pads with spaces.
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    let length = (0..<Self.lengthBytes).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
    return length + json + data
  }

  static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "unreadable JSON" }
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let c), .valueNotFound(_, let c), .keyNotFound(_, let c), .dataCorrupted(let c): context = c
    @unknown default: return "unreadable JSON"
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return (path.isEmpty ? "" : "at \(path.prefix(60)): ") + context.debugDescription.prefix(120)
  }
}

/// JSON with sorted keys, so that the same value gives the same bytes.
func canonicalJSON(_ value: some Encodable) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  // Only a non-finite number can fail, and none of the values written here can hold one.
  guard let data = try? encoder.encode(value) else { preconditionFailure("a value that JSON cannot hold") }
  return [UInt8](data)
}
