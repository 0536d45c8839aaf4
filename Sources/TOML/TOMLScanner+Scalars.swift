// SPDX-License-Identifier: GPL-3.0-or-later

extension TOMLScanner {
  /// A number, a flag, a date or a time.
  mutating func scalar() throws(TOMLError) -> TOMLValue {
    var text = String(decoding: take(while: Self.isScalarByte), as: UTF8.self)
    // A date and a time may stand apart.
    if Self.isDate(text), peek == 0x20, let next = peek(ahead: 1), Self.isDigit(next) {
      advance()
      text += " " + String(decoding: take(while: Self.isScalarByte), as: UTF8.self)
    }
    switch text {
    case "": throw error("a value is missing")
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "inf", "+inf": return .float(.infinity)
    case "-inf": return .float(-.infinity)
    case "nan", "+nan", "-nan": return .float(.nan)
    default: break
    }
    if let number = Self.integer(text) { return .integer(number) }
    if let number = Self.float(text) { return .float(number) }
    if Self.isTime(text) { return .time(text) }
    throw error("\(text.prefix(60)) is no value (text stands in quotes)")
  }

  private static func isScalarByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"):
      true
    default: isDigit(byte)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// Nil for what is no integer, or one beyond 64 bits.
  private static func integer(_ text: String) -> Int? {
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
      return digits(text.dropFirst(2), radix: radix).flatMap { Int($0, radix: radix) }
    }
    guard let plain = decimal(text[...]) else { return nil }
    return Int(plain)
  }

  /// integer [.digits] [e integer], where the exponent may begin with zeros.
  private static func float(_ text: String) -> Double? {
    let mantissa = text.prefix { $0 != "e" && $0 != "E" }
    let halves = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    // Without either it is an integer, and one beyond 64 bits where this is asked.
    guard halves.count == 2 || mantissa.count < text.count else { return nil }
    guard halves.count <= 2, let whole = decimal(halves[0]) else { return nil }
    var plain = whole
    if halves.count == 2 {
      guard let fraction = digits(halves[1], radix: 10) else { return nil }
      plain += "." + fraction
    }
    if mantissa.count < text.count {
      let exponent = text.dropFirst(mantissa.count + 1)
      let sign = exponent.first == "-" || exponent.first == "+" ? exponent.prefix(1) : ""
      guard let power = digits(exponent.dropFirst(sign.count), radix: 10) else { return nil }
      plain += "e" + sign + power
    }
    return Double(plain)
  }

  /// A sign and digits without leading zeros; underscores taken out.
  private static func decimal(_ text: Substring) -> String? {
    let sign = text.first == "-" || text.first == "+" ? text.prefix(1) : ""
    guard let digits = digits(text.dropFirst(sign.count), radix: 10), digits.count == 1 || digits.first != "0" else {
      return nil
    }
    return sign + digits
  }

  /// Digits with single underscores between them, which are taken out.
  private static func digits(_ text: Substring, radix: Int) -> String? {
    var plain = ""
    var isAfterDigit = false
    for character in text {
      if character == "_" {
        guard isAfterDigit else { return nil }
        isAfterDigit = false
      } else {
        guard let value = character.hexDigitValue, value < radix else { return nil }
        plain.append(character)
        isAfterDigit = true
      }
    }
    return isAfterDigit ? plain : nil
  }

  // MARK: Dates and times

  private static func isDate(_ text: String) -> Bool { matches(text[...], "0000-00-00") }

  /// `1979-05-27`, `07:32:00.999`, both joined by T, t or a blank, then perhaps `Z` or `+00:00`.
  private static func isTime(_ text: String) -> Bool {
    if isDate(text) { return true }
    guard matches(text.prefix(10), "0000-00-00") else { return isClock(text[...]) }
    var rest = text.dropFirst(10)
    guard let joint = rest.popFirst(), "Tt ".contains(joint) else { return false }
    if let last = rest.last, last == "Z" || last == "z" { return isClock(rest.dropLast()) }
    let offset = rest.suffix(6)
    if matches(offset, "+00:00") || matches(offset, "-00:00") { return isClock(rest.dropLast(6)) }
    return isClock(rest)
  }

  private static func isClock(_ text: Substring) -> Bool {
    guard matches(text.prefix(8), "00:00:00") else { return false }
    let fraction = text.dropFirst(8)
    return fraction.isEmpty || fraction.first == "." && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDecimal)
  }

  /// A digit for each 0 of the pattern, its other characters as they are.
  private static func matches(_ text: Substring, _ pattern: String) -> Bool {
    text.count == pattern.count && zip(text, pattern).allSatisfy { $1 == "0" ? isDecimal($0) : $0 == $1 }
  }

  private static func isDecimal(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
