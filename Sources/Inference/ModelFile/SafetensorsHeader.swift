// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials

/// The JSON at the head of a safetensors file: tensors by name, and a map of strings under `__metadata__`.
struct SafetensorsHeader: Codable {
  struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    /// First byte and the byte past the last, from the end of the header.
    var dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  var metadata: [String: String]
  var entries: [String: Entry]

  private static let metadataKey = Name("__metadata__")

  init(metadata: [String: String], entries: [String: Entry]) {
    self.metadata = metadata
    self.entries = entries
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    metadata = try container.decodeIfPresent([String: String].self, forKey: Self.metadataKey) ?? [:]
    entries = [:]
    for key in container.allKeys where key.stringValue != Self.metadataKey.stringValue {
      entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    if !metadata.isEmpty { try container.encode(metadata, forKey: Self.metadataKey) }
    for (name, entry) in entries { try container.encode(entry, forKey: Name(name)) }
  }

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }
}

extension SafetensorsHeader.Entry {
  /// The element type and byte range, or what is wrong. `dataCount` is the number of bytes after the header.
  func checked(dataCount: Int, file: String, name: String) throws(ModelFileError) -> (TensorElement, Range<Int>) {
    func refuse(_ expected: String, _ found: String) -> ModelFileError {
      .badTensor(file: file, tensor: name, expected: expected, found: found)
    }
    guard let element = TensorElement(rawValue: dtype) else {
      throw refuse(TensorElement.allCases.map(\.rawValue).joined(separator: ", "), "dtype \(dtype.prefix(20))")
    }
    guard shape.count <= Safetensors.maximumRank else {
      throw refuse("at most \(Safetensors.maximumRank) dimensions", "\(shape.count)")
    }
    var bytes = element.byteCount
    for side in shape {
      guard side >= 0 else { throw refuse("sizes of 0 and above", "\(shape)") }
      let (product, overflow) = bytes.multipliedReportingOverflow(by: side)
      guard !overflow, product <= Safetensors.maximumFileBytes else { throw refuse("a size that fits", "\(shape)") }
      bytes = product
    }
    guard dataOffsets.count == 2, dataOffsets[0] >= 0, dataOffsets[0] <= dataOffsets[1], dataOffsets[1] <= dataCount
    else { throw refuse("two offsets within \(dataCount) bytes", "\(dataOffsets.prefix(4))") }
    let range = dataOffsets[0]..<dataOffsets[1]
    guard range.count == bytes else { throw refuse("\(bytes) bytes for \(dtype) \(shape)", "\(range.count)") }
    return (element, range)
  }
}
