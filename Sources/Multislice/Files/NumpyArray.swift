// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Why an array file was refused or could not be written.
public enum NumpyError: DiagnosableError {
  case unreadable(path: String)
  case malformed(path: String, expected: String, found: String)
  case unwritable(path: String, reason: String)

  public var category: ErrorCategory {
    switch self {
    case .unreadable: .noInput
    case .malformed: .badData
    case .unwritable: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .unreadable(let path): "cannot read \(path)"
    case .malformed(let path, let expected, let found): "\(path): expected \(expected), found \(found)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }
}

/// A float32 array in NumPy's .npy format (version 1.0), C order, little-endian.
public struct NumpyArray: Sendable, Equatable {
  public var shape: [Int]
  public var values: [Float]

  /// `values.count` must be the product of `shape`.
  public init(shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "the shape does not hold the values")
    self.shape = shape
    self.values = values
  }

  private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
  private static let mostValues = 1 << 28

  /// Writes aside and renames, so that a reader never sees half a file.
  public func write(path: String) throws(NumpyError) {
    var data = Self.header(shape: shape)
    values.withUnsafeBytes { data.append(contentsOf: $0) }
    do throws(UnwritableFile) {
      try WholeFile.write(data, path: path)
    } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  /// Everything before the values of an array in C order, of float32 or another NumPy type: for writers of arrays larger
  /// than memory.
  public static func header(shape: [Int], type: String = "<f4") -> Data {
    let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(dimensions)), }"
    let unpadded = magic.count + 2 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var data = Data(magic)
    data.append(contentsOf: [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
    data.append(Data(header.utf8))
    return data
  }

  /// Reads float32 or float64 in C order; anything else is refused by name.
  public static func read(path: String) throws(NumpyError) -> NumpyArray {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    let bytes = [UInt8](data)
    guard bytes.count > 10, Array(bytes[0..<6]) == Array(magic[0..<6]), bytes[6] == 1 else {
      throw .malformed(path: path, expected: "a .npy file of version 1", found: "another format")
    }
    let length = Int(bytes[8]) + Int(bytes[9]) << 8
    guard bytes.count >= 10 + length, let header = String(bytes: bytes[10..<10 + length], encoding: .ascii) else {
      throw .malformed(path: path, expected: "a header of \(length) bytes", found: "\(bytes.count) bytes in all")
    }
    let isFloat = header.contains("'<f4'")
    guard isFloat || header.contains("'<f8'"), header.contains("'fortran_order': False") else {
      throw .malformed(path: path, expected: "'<f4' or '<f8' in C order", found: String(header.prefix(60)))
    }
    guard let open = header.firstIndex(of: "("), let close = header.firstIndex(of: ")"), open < close else {
      throw .malformed(path: path, expected: "a shape", found: String(header.prefix(60)))
    }
    let shape = header[header.index(after: open)..<close].split(separator: ",")
      .compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    var count = 1
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow, dimension >= 0, product <= mostValues else {
        throw .malformed(path: path, expected: "at most \(mostValues) values", found: "shape \(shape)")
      }
      count = product
    }
    let payload = bytes[(10 + length)...]
    guard payload.count == count * (isFloat ? 4 : 8) else {
      throw .malformed(
        path: path, expected: "\(count * (isFloat ? 4 : 8)) bytes of data", found: "\(payload.count)")
    }
    let values: [Float] = payload.withUnsafeBytes { raw in
      isFloat
        ? (0..<count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        : (0..<count).map { Float(raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
    }
    return NumpyArray(shape: shape, values: values)
  }
}
