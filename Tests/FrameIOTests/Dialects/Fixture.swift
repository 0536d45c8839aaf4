// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore

/// Messages made by tools/dialects/make-fixtures.py with other people's software.
enum Fixture {
  static let width = 21
  static let height = 19

  /// The parts of a message.
  static func parts(_ name: String) throws -> [[UInt8]] {
    let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")
    var data = try Data(contentsOf: folder.appendingPathComponent("\(name).parts"))
    var parts: [[UInt8]] = []
    while !data.isEmpty {
      let count = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      parts.append([UInt8](data.dropFirst(8).prefix(count)))
      data = data.dropFirst(8 + count)
    }
    return parts
  }

  static var names: [String] {
    let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".parts") }.map { String($0.dropLast(6)) }.sorted()
  }

  /// The same formula as in the script.
  static func pixels(_ type: PixelType, frame: UInt64, width: Int = width, height: Int = height) -> [Float] {
    let divisor: UInt64 = type == .uint8 ? 251 : type == .uint16 ? 65521 : 4_294_967_291
    return (0..<height * width).map { i in
      let (x, y) = (UInt64(i % width), UInt64(i / width))
      if y % 4 < 2 { return Float(x / 4 + y + frame) }
      var noise = ((x + 1) * 2_654_435_761 + (y + 1) * 2_654_404_609 + frame * 97) & 0xFFFF_FFFF
      noise ^= noise >> 15
      return Float(noise % divisor)
    }
  }

  static func isMasked(_ index: Int, deadRow: Int = 3) -> Bool {
    let (x, y) = (index % width, index / width)
    return y == deadRow || x == 5 || (x, y) == (11, 10)
  }

  static var emptyFrame: Frame {
    Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
  }
}

extension FrameDecoder {
  mutating func decode(fixture name: String, into frame: inout Frame) throws -> FrameMessage {
    try decode(Fixture.parts(name), into: &frame)
  }
}
