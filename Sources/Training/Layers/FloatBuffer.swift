// SPDX-License-Identifier: GPL-3.0-or-later

/// A fixed block of float32, 64-byte aligned and zeroed at birth. It is handed between threads by whoever owns it; two
/// threads never write the same block at once.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  public let base: UnsafeMutablePointer<Float>

  public init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    base = raw.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

  public var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

  public func fill(_ value: Float) { values.update(repeating: value) }

  /// The values as an array. O(count).
  public var array: [Float] { Array(values) }

  /// Takes the values of an array of the same size.
  public func assign(_ array: [Float]) {
    precondition(array.count == count, "a buffer takes as many values as it holds")
    for (i, value) in array.enumerated() { base[i] = value }
  }
}
