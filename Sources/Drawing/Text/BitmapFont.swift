// SPDX-License-Identifier: GPL-3.0-or-later

/// A small font for labels: 5 × 7 with two rows for descenders, enlarged by whole factors.
public enum BitmapFont {
  /// Ink columns of a glyph, and the step to the next one, in font pixels.
  static let glyphWidth = 5
  static let advance = 6
  /// Rows above the base line, and in all.
  static let ascent = 7
  static let rows = 9

  /// Ink per character: nine rows, bit 4 is the leftmost column.
  private static let glyphs: [Character: [UInt8]] = {
    var glyphs: [Character: [UInt8]] = [" ": [UInt8](repeating: 0, count: rows)]
    for row in GlyphSheet.rows {
      let lines = row.art.split(separator: "\n").map(Array.init)
      for (index, character) in row.characters.enumerated() {
        glyphs[character] = lines.map { line in
          line[(index * advance)..<(index * advance + glyphWidth)].reduce(0) { $0 << 1 | ($1 == "#" ? 1 : 0) }
        }
      }
    }
    return glyphs
  }()

  /// Width in pixels of `text` at `scale`.
  public static func width(of text: String, scale: Int) -> Int {
    text.isEmpty ? 0 : (text.count * advance - 1) * scale
  }

  /// Height in pixels of capitals at `scale`.
  public static func height(scale: Int) -> Int { ascent * scale }

  /// True if every character can be drawn; others appear as `?`.
  public static func covers(_ text: String) -> Bool { text.allSatisfy { glyphs[$0] != nil } }

  static func glyph(_ character: Character) -> [UInt8] {
    glyphs[character] ?? glyphs["?"] ?? [UInt8](repeating: 0x1F, count: rows)
  }
}

/// Which point of a text stands at the given place.
public enum TextAnchor: Sendable {
  case left, middle, right
}

extension Raster {
  /// Draws one line of text with the top of its capitals at `y`.
  public mutating func drawText(
    _ text: String, x: Int, y: Int, scale: Int = 2, _ colour: RGB = .black, anchor: TextAnchor = .left
  ) {
    let width = BitmapFont.width(of: text, scale: scale)
    var left: Int
    switch anchor {
    case .left: left = x
    case .middle: left = x - width / 2
    case .right: left = x - width
    }
    for character in text {
      for (row, bits) in BitmapFont.glyph(character).enumerated() {
        for column in 0..<BitmapFont.glyphWidth where bits >> (BitmapFont.glyphWidth - 1 - column) & 1 == 1 {
          fillRectangle(x: left + column * scale, y: y + row * scale, width: scale, height: scale, colour)
        }
      }
      left += BitmapFont.advance * scale
    }
  }
}
