// SPDX-License-Identifier: GPL-3.0-or-later

/// Dates of RFC 3339, as CBOR's tag 0 holds them, in nanoseconds since 1970.
struct Stream2Date: Sendable {
  private var text: [UInt8] = []
  private var value: UInt64?

  /// The date and a ratio of seconds after it; nil for what is no date or lies outside 1970 to 2500.
  mutating func nanoseconds(
    _ date: UnsafeRawBufferPointer, after seconds: (numerator: UInt64, denominator: UInt64)?
  ) -> UInt64? {
    guard date.count <= 40 else { return nil }
    if !text.elementsEqual(date) {
      text.removeAll(keepingCapacity: true)
      text.append(contentsOf: date)
      value = Self.parse(text)
    }
    guard let value, let seconds else { return value }
    guard seconds.denominator > 0 else { return nil }
    let elapsed = Double(seconds.numerator) / Double(seconds.denominator) * 1e9
    // A date is below 1.68e19, so that the sum fits.
    guard elapsed < 1e18 else { return nil }
    return value + UInt64(elapsed)
  }

  /// YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)
  static func parse(_ text: [UInt8]) -> UInt64? {
    var position = 0
    func number(_ digits: Int, then separators: [UInt8]) -> Int64? {
      guard position + digits + (separators.isEmpty ? 0 : 1) <= text.count else { return nil }
      var value: Int64 = 0
      for byte in text[position..<position + digits] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      position += digits
      if separators.isEmpty { return value }
      guard separators.contains(text[position]) else { return nil }
      position += 1
      return value
    }
    guard let year = number(4, then: [UInt8(ascii: "-")]), (1970...2500).contains(year),
      let month = number(2, then: [UInt8(ascii: "-")]), (1...12).contains(month),
      let day = number(2, then: [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")]), (1...31).contains(day),
      let hour = number(2, then: [UInt8(ascii: ":")]), hour < 24,
      let minute = number(2, then: [UInt8(ascii: ":")]), minute < 60,
      let second = number(2, then: []), second <= 60, position < text.count
    else { return nil }
    var fraction: Int64 = 0
    if text[position] == UInt8(ascii: ".") {
      position += 1
      var unit: Int64 = 100_000_000
      while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
        fraction += unit * Int64(text[position] - UInt8(ascii: "0"))
        unit /= 10
        position += 1
      }
    }
    guard position < text.count else { return nil }
    var offset: Int64 = 0
    let zone = text[position]
    position += 1
    switch zone {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"): break
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard let hours = number(2, then: [UInt8(ascii: ":")]), let minutes = number(2, then: []) else { return nil }
      offset = (hours * 60 + minutes) * (zone == UInt8(ascii: "+") ? 60 : -60)
    default: return nil
    }
    guard position == text.count else { return nil }
    let seconds = (days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset
    // From 2262-04-11 on nanoseconds need the 64th bit.
    return seconds < 0 ? nil : UInt64(seconds) * 1_000_000_000 + UInt64(fraction)
  }

  /// Days from 1970-01-01 in the Gregorian calendar: years begin in March here, so that a leap day is a year's last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let marchMonth = (month + 9) % 12
    return 365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + (153 * marchMonth + 2) / 5 + day - 1
      - 719_468
  }
}
