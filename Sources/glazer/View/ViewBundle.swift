// SPDX-License-Identifier: GPL-3.0-or-later

/// Packs wire messages for the page: u32 count of messages; for each u32 count of parts; for each part u32 length and its
/// bytes, which begin and end at multiples of 8 so that JavaScript can lay typed arrays over them. Little-endian.
enum ViewBundle {
  static func pack(_ messages: [[[UInt8]]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(messages.joined().reduce(64) { $0 + $1.count + 24 })
    func number(_ value: Int) { withUnsafeBytes(of: UInt32(value).littleEndian) { bytes.append(contentsOf: $0) } }
    func align() { bytes.append(contentsOf: repeatElement(0, count: (8 - bytes.count % 8) % 8)) }
    number(messages.count)
    for parts in messages {
      number(parts.count)
      for part in parts {
        number(part.count)
        align()
        bytes.append(contentsOf: part)
        align()
      }
    }
    return bytes
  }
}
