// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing

@Suite("Overlays from a hostile publisher")
struct HostileOverlayTests {
  private let parts = Overlay(header: .sample, cells: .sample(rows: 5)).parts

  private func replacing(_ old: String, _ new: String) -> [[UInt8]] {
    var changed = parts
    let text = String(decoding: parts[1], as: UTF8.self)
    #expect(text.contains(old))
    changed[1] = Array(text.replacingOccurrences(of: old, with: new).utf8)
    return changed
  }

  @Test("each part missing or cut short is refused")
  func truncated() {
    for count in 0..<parts.count {
      #expect(throws: OverlayError.self) { try OverlayDecoder.decode(Array(parts.prefix(count))) }
    }
    for index in parts.indices.dropFirst() {
      var cut = parts
      cut[index].removeLast()
      #expect(throws: OverlayError.self) { try OverlayDecoder.decode(cut) }
    }
  }

  @Test("sizes that lie are refused by name")
  func sizes() {
    #expect(throws: OverlayError.tooManyCells(found: -1, limit: OverlayDecoder.maximumCells)) {
      try OverlayDecoder.decode(replacing("\"n\":5", "\"n\":-1"))
    }
    #expect(throws: OverlayError.tooManyCells(found: 4_000_000_000, limit: OverlayDecoder.maximumCells)) {
      try OverlayDecoder.decode(replacing("\"n\":5", "\"n\":4000000000"))
    }
    #expect(throws: OverlayError.columnSizeMismatch(name: "i", expectedBytes: 24, foundBytes: 20)) {
      try OverlayDecoder.decode(replacing("\"n\":5", "\"n\":6"))
    }
  }

  @Test("wrong types, missing and repeated columns are refused by name")
  func columns() {
    #expect(throws: OverlayError.columnTypeMismatch(name: "flags", expected: "<u2", found: "<u4")) {
      try OverlayDecoder.decode(replacing("\"<u2\"", "\"<u4\""))
    }
    #expect(throws: OverlayError.columnMissing(name: "score")) {
      try OverlayDecoder.decode(replacing("\"score\"", "\"scare\""))
    }
    #expect(throws: OverlayError.columnRepeated(name: "x")) {
      try OverlayDecoder.decode(replacing("\"name\":\"y\"", "\"name\":\"x\""))
    }
    #expect(throws: OverlayError.wrongType(found: "cell-overlay-2.0")) {
      try OverlayDecoder.decode(replacing("cell-overlay-1.0", "cell-overlay-2.0"))
    }
    #expect(throws: OverlayError.headerUnreadable(reason: "no \"lattice\"")) {
      try OverlayDecoder.decode(replacing("\"lattice\":", "\"lettuce\":"))
    }
  }

  @Test("garbage and huge headers are refused before they are parsed")
  func garbage() {
    #expect(throws: OverlayError.headerUnreadable(reason: "no JSON")) {
      try OverlayDecoder.decode([parts[0], Array("{\"htype\":".utf8)])
    }
    let size = OverlayDecoder.maximumHeaderBytes + 1
    #expect(throws: OverlayError.headerTooLarge(bytes: size, limit: size - 1)) {
      try OverlayDecoder.decode([parts[0], Array(repeating: UInt8(ascii: "["), count: size)])
    }
    #expect(throws: OverlayError.self) {
      try OverlayDecoder.decode([parts[0], Array(repeating: UInt8(ascii: "["), count: size - 1)])
    }
  }
}
