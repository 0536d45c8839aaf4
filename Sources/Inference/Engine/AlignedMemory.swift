// SPDX-License-Identifier: GPL-3.0-or-later

/// Zeroed memory on a cache line, owned by this object.
final class AlignedMemory<Element: BitwiseCopyable> {
  let buffer: UnsafeMutableBufferPointer<Element>

  /// All bits zero. `count` elements.
  init(count: Int) {
    let cacheLine = 64
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: count * MemoryLayout<Element>.stride, alignment: cacheLine)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    buffer = bytes.bindMemory(to: Element.self)
  }

  /// A copy of `values`, followed by zeros up to `count`.
  convenience init(_ values: [Element], count: Int) {
    self.init(count: count)
    for (index, value) in values.enumerated() { buffer[index] = value }
  }

  deinit { UnsafeMutableRawBufferPointer(buffer).deallocate() }

  var base: UnsafeMutablePointer<Element> {
    guard let address = buffer.baseAddress else { preconditionFailure("memory of no size") }
    return address
  }
}

extension Int {
  func roundedUp(toMultipleOf step: Int) -> Int { (self + step - 1) / step * step }
}
