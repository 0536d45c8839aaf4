// SPDX-License-Identifier: GPL-3.0-or-later

/// Element types that glazer stores, by their safetensors names. All are little-endian.
public enum TensorElement: String, Sendable, Hashable, CaseIterable {
  case float32 = "F32"
  case int32 = "I32"
  case int8 = "I8"

  public var byteCount: Int { self == .int8 ? 1 : 4 }
}

/// A dense tensor, row-major (the last index runs fastest), with its shape.
public struct Tensor: Sendable, Equatable {
  public enum Values: Sendable, Equatable {
    case float32([Float])
    case int32([Int32])
    case int8([Int8])
  }

  public let shape: [Int]
  public let values: Values

  /// `values.count` must be the product of `shape`.
  public init(_ values: [Float], shape: [Int]) {
    self.init(values: .float32(values), count: values.count, shape: shape)
  }

  public init(_ values: [Int32], shape: [Int]) {
    self.init(values: .int32(values), count: values.count, shape: shape)
  }

  public init(_ values: [Int8], shape: [Int]) {
    self.init(values: .int8(values), count: values.count, shape: shape)
  }

  private init(values: Values, count: Int, shape: [Int]) {
    precondition(shape.reduce(1, *) == count, "\(count) values do not fill the shape \(shape)")
    self.shape = shape
    self.values = values
  }

  public var element: TensorElement {
    switch values {
    case .float32: .float32
    case .int32: .int32
    case .int8: .int8
    }
  }

  /// The values if this is a float32 tensor.
  public var floats: [Float]? { if case .float32(let values) = values { values } else { nil } }
  /// The values if this is an int32 tensor.
  public var int32s: [Int32]? { if case .int32(let values) = values { values } else { nil } }
  /// The values if this is an int8 tensor.
  public var int8s: [Int8]? { if case .int8(let values) = values { values } else { nil } }
}

extension Tensor {
  /// From little-endian bytes; their number must be that of the shape (checked by the reader).
  init(bytes: UnsafeRawBufferPointer, element: TensorElement, shape: [Int]) {
    func array<T>(_: T.Type) -> [T] {
      let count = bytes.count / MemoryLayout<T>.stride
      return Array(unsafeUninitializedCapacity: count) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        initialized = count
      }
    }
    switch element {
    case .float32: self.init(array(Float.self), shape: shape)
    case .int32: self.init(array(Int32.self), shape: shape)
    case .int8: self.init(array(Int8.self), shape: shape)
    }
  }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch values {
    case .float32(let values): values.withUnsafeBytes(body)
    case .int32(let values): values.withUnsafeBytes(body)
    case .int8(let values): values.withUnsafeBytes(body)
    }
  }
}

#if _endian(big)
  #error("model files are little-endian and are copied as they are")
#endif
