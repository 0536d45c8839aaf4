// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@Suite("Text from outside on one line")
struct OneLineTests {
  /// Scalars, since equal strings may differ in them.
  private func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }

  @Test(
    "each control character becomes a space",
    arguments: [
      ("a\nb", "a b"), ("a\rb", "a b"), ("a\r\nb", "a  b"), ("a\n\rb", "a  b"), ("\r\n", "  "), ("a\u{0}b", "a b"),
      ("\u{1B}[2J", " [2J"), ("a\tb", "a b"), ("\u{1F}\u{7F}\u{80}\u{9B}\u{9F}", "     "),
      ("a\n\u{301}b", "a \u{301}b"), ("x\r\nWATCHDOG=trigger", "x  WATCHDOG=trigger"),
    ])
  func controls(_ text: String, _ line: String) {
    #expect(scalars(text.onOneLine) == scalars(line))
    #expect(scalars(text.dropFirst(0).onOneLine) == scalars(line))
  }

  @Test(
    "everything else stays as it is",
    arguments: ["", " ", "~", "\u{A0}", "SrTiO3 (α, β)", "e\u{301}", "\u{E9}", "\u{1F469}\u{200D}\u{1F52C}", "日本語"])
  func ordinary(_ text: String) { #expect(scalars(text.onOneLine) == scalars(text)) }

  @Test("all scalars of the first planes: none but controls is touched")
  func everyScalar() {
    for scalar in (0...0x1_FFFF).lazy.compactMap({ Unicode.Scalar(UInt32($0)) }) {
      let isControl = scalar.properties.generalCategory == .control
      let expected = isControl ? 32 : scalar.value
      let found = scalars(String(Character(scalar)).onOneLine)
      if found != [expected] { Issue.record("U+\(String(scalar.value, radix: 16)): \(found)") }
    }
  }
}
