// SPDX-License-Identifier: GPL-3.0-or-later

extension StringProtocol {
  /// With a space for each control character: text from outside that goes into a line of a log, of a terminal or of a protocol of
  /// lines must neither end that line nor steer what shows it.
  ///
  /// By scalars and not by characters: "\r\n" is one character in Swift, which neither "\n" nor "\r" is equal to.
  public var onOneLine: String {
    guard unicodeScalars.contains(where: \.isControl) else { return String(self) }
    var line = String.UnicodeScalarView()
    for scalar in unicodeScalars { line.append(scalar.isControl ? " " : scalar) }
    return String(line)
  }
}

extension Unicode.Scalar {
  /// C0, DEL and C1: what moves a terminal's cursor, or begins an escape sequence.
  fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
