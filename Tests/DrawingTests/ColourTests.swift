// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Drawing

@Suite("Colours and legends")
struct ColourTests {
  private func lightness(_ map: ColourMap) -> [Double] {
    (0...100).map { Oklab(map.colour(Double($0) / 100)).lightness }
  }

  @Test("Sequential: lightness rises in even steps")
  func sequential() {
    let steps = zip(lightness(.sequential).dropFirst(), lightness(.sequential)).map { $0 - $1 }
    #expect(steps.allSatisfy { $0 > 0 })
    #expect(steps.max()! < 4 * steps.reduce(0, +) / 100)
  }

  @Test("Diverging: lightest in the middle, falling to both sides, ends equally dark")
  func diverging() {
    let values = lightness(.diverging)
    #expect(values.indices.max { values[$0] < values[$1] }! == 50)
    for index in 0..<50 {
      #expect(values[index] <= values[index + 1] + 1e-3)
      #expect(values[100 - index] <= values[99 - index] + 1e-3)
    }
    #expect(abs(values[0] - values[100]) < 0.06)
  }

  @Test("A map ends in its anchors, and stays there beyond")
  func anchors() {
    let map = ColourMap([RGB(10, 20, 30), RGB(200, 100, 50)])
    #expect(map.colour(0) == RGB(10, 20, 30))
    #expect(map.colour(-3) == RGB(10, 20, 30))
    #expect(map.colour(7) == RGB(200, 100, 50))
  }

  @Test(
    "Scale bars are 1, 2 or 5 and a quarter of the picture or so", arguments: [0.003, 0.00932, 0.0381, 0.05, 0.3, 1])
  func scaleBar(pixelSizeNm: Double) {
    let bar = ScaleBar(widthPx: 1000, pixelSizeNm: pixelSizeNm)
    #expect(bar.lengthPx > 100 && bar.lengthPx <= 300.1)
    var mantissa = bar.lengthNm
    while mantissa >= 9.99 { mantissa /= 10 }
    while mantissa < 0.999 { mantissa *= 10 }
    #expect([1.0, 2, 5].contains { abs($0 - mantissa) < 1e-6 })
    #expect(abs(bar.lengthPx * pixelSizeNm - bar.lengthNm) < 1e-9)
  }

  @Test func labels() {
    #expect(ScaleBar(widthPx: 1000, pixelSizeNm: 0.00932).label == "2 nm")
    #expect(ScaleBar(widthPx: 100, pixelSizeNm: 0.01).label == "2 Å")
    let bar = ColourBar(map: .diverging, range: -3...3, title: "q")
    #expect(bar.ticks == [-3, -2, -1, 0, 1, 2, 3])
    #expect(bar.ticks.map(bar.label) == ["-3", "-2", "-1", "0", "+1", "+2", "+3"])
    for limit in [2.0, 3, 4, 5, 6, 8, 10, 12, 15, 20] {
      let ticks = ColourBar(map: .diverging, range: -limit...limit, title: "").ticks
      #expect((4...11).contains(ticks.count))
      #expect(ticks.contains(0))
    }
  }

  @Test("The font has what labels need, in its cell, and every glyph is its own")
  func font() {
    let characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:;-+/()[]=%±°Åσργαβ√×"
    #expect(BitmapFont.covers(characters + " "))
    #expect(!BitmapFont.covers("漢"))
    #expect(Set(characters.map(BitmapFont.glyph)).count == characters.count)
    var raster = Raster(width: 40, height: 30)
    raster.drawText("Ig", x: 3, y: 4, scale: 2)
    let ink = (0..<30).flatMap { y in (0..<40).filter { raster[$0, y] != .white }.map { ($0, y) } }
    #expect(ink.map(\.0).min()! >= 3 && ink.map(\.0).max()! < 3 + BitmapFont.width(of: "Ig", scale: 2))
    #expect(ink.map(\.1).min()! == 4 && ink.map(\.1).max()! < 4 + 2 * BitmapFont.rows)
  }
}
