// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import FrameIO

/// Messages that pyzmq, cbor2, lz4 and the HDF5 filters made, down to the pixel.
@Suite struct DialectTests {
  static let packings = ["raw", "lz4", "bslz4"]

  @Test(arguments: [PixelType.uint8, .uint16, .uint32], packings)
  func pixelsOfSimplon(_ type: PixelType, _ packing: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    #expect(try decoder.decode(fixture: "simplon-image-\(type.rawValue)-\(packing)", into: &frame) == .frame)
    #expect(frame.image.width == Fixture.width && frame.image.height == Fixture.height)
    #expect(frame.image.pixels == Fixture.pixels(type, frame: 3))
    #expect(frame.header == FrameHeader(source: "frames", series: "7", frame: 3))
    #expect(frame.saturationLevel == type.saturationLevel)
  }

  /// 2026-03-01T12:00:05.25Z and 3.9 ms, the end of the exposure.
  static let timeNs: UInt64 = 1_772_366_405_253_900_000

  @Test(arguments: [PixelType.uint8, .uint16, .uint32], packings)
  func pixelsOfStream2(_ type: PixelType, _ packing: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    #expect(try decoder.decode(fixture: "stream2-image-\(type.rawValue)-\(packing)", into: &frame) == .frame)
    #expect(frame.image.width == Fixture.width && frame.image.height == Fixture.height)
    #expect(frame.image.pixels == Fixture.pixels(type, frame: 3))
    #expect(
      frame.header
        == FrameHeader(source: "threshold_1", series: "01HBV3JPF9T4ZDPADX8EMK6XM7", frame: 3, timeNs: Self.timeNs))
    #expect(frame.saturationLevel == type.saturationLevel)
  }

  @Test(arguments: ["simplon-image-uint16-big", "stream2-image-uint16-big", "stream2-image-indefinite", "native-image"])
  func pixelsOfOtherForms(_ name: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    #expect(try decoder.decode(fixture: name, into: &frame) == .frame)
    #expect(frame.image.pixels == Fixture.pixels(.uint16, frame: 3))
    #expect(frame.header.frame == 3)
  }

  @Test(arguments: ["native-rows", "simplon-image-rows", "stream2-image-rows"])
  func rowsThatAreNotScannedYetAreMissing(_ name: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    #expect(try decoder.decode(fixture: name, into: &frame) == .frame)
    #expect(frame.header.validRows == 7 && frame.image.height == Fixture.height)
    let valid = 7 * Fixture.width
    #expect(frame.image.pixels[..<valid] == Fixture.pixels(.uint16, frame: 4)[..<valid])
    #expect(frame.image.pixels[valid...].allSatisfy { $0.isNaN })
  }

  @Test func channels() throws {
    for (channel, number) in [(nil, 1), ("threshold_1", 1), ("threshold_2", 2)] as [(String?, UInt64)] {
      var decoder = FrameDecoder(settings: .init(channel: channel))
      var frame = Fixture.emptyFrame
      #expect(try decoder.decode(fixture: "stream2-image-two-channels", into: &frame) == .frame)
      #expect(frame.header.source == "threshold_\(number)")
      #expect(frame.image.pixels == Fixture.pixels(.uint16, frame: number))
    }
    for (channel, row) in [(nil, 3), ("threshold_2", 8)] as [(String?, Int)] {
      var decoder = FrameDecoder(settings: .init(channel: channel))
      var frame = Fixture.emptyFrame
      _ = try decoder.decode(fixture: "stream2-start-two-channels", into: &frame)
      _ = try decoder.decode(fixture: "stream2-image-two-channels", into: &frame)
      let masked = frame.image.pixels.indices.filter { frame.image.pixels[$0].isNaN }
      #expect(masked == frame.image.pixels.indices.filter { Fixture.isMasked($0, deadRow: row) })
    }
    var decoder = FrameDecoder(settings: .init(channel: "threshold_3"))
    var frame = Fixture.emptyFrame
    let parts = try Fixture.parts("stream2-image-two-channels")
    let error = thrown { () throws(FrameError) in _ = try decoder.decode(parts, into: &frame) }
    #expect(error?.reason == "channel" && frame == Fixture.emptyFrame)
    #expect(error?.description.contains("\"threshold_1\"") == true)
  }

  @Test(arguments: [
    ("simplon-header-none", "7"), ("simplon-header-none-appendix", "7"), ("simplon-header-basic", "7"),
    ("simplon-header-all", "7"), ("simplon-header-all-appendix", "7"),
    ("stream2-start", "01HBV3JPF9T4ZDPADX8EMK6XM7"), ("stream2-start-mask", "01HBV3JPF9T4ZDPADX8EMK6XM7"),
  ]) func startsAreNoFrames(_ name: String, _ series: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    #expect(try decoder.decode(fixture: name, into: &frame) == .seriesStart(series: series))
    #expect(frame == Fixture.emptyFrame)
  }

  @Test func ends() throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    #expect(try decoder.decode(fixture: "simplon-end", into: &frame) == .seriesEnd(source: nil, series: "7"))
    #expect(
      try decoder.decode(fixture: "stream2-end", into: &frame)
        == .seriesEnd(source: nil, series: "01HBV3JPF9T4ZDPADX8EMK6XM7"))
    #expect(frame == Fixture.emptyFrame)
  }

  /// Mask, largest count and what the scan control added; the detector's 75 µm are no pixel size of a scan.
  @Test(arguments: [
    ("simplon-header-all-appendix", "simplon-image-uint16-bslz4"), ("stream2-start-mask", "stream2-image-uint16-bslz4"),
  ]) func whatAStartTellsHoldsForItsFrames(_ start: String, _ image: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    _ = try decoder.decode(fixture: start, into: &frame)
    #expect(try decoder.decode(fixture: image, into: &frame) == .frame)
    #expect(frame.header.pixelSizeNm == 0.0098 && frame.header.dosePerA2 == 10000)
    #expect(frame.saturationLevel == 60000)
    for (i, value) in Fixture.pixels(.uint16, frame: 3).enumerated() {
      #expect(Fixture.isMasked(i) ? frame.image.pixels[i].isNaN : frame.image.pixels[i] == value)
    }
  }

  /// An image of series 7 as it would be in series 8.
  private func ofSeries8(_ parts: [[UInt8]]) -> [[UInt8]] {
    parts.map {
      $0.replacing(#""series": 7"#.utf8, with: #""series": 8"#.utf8).replacing("K6XM7".utf8, with: "K6XM8".utf8)
    }
  }

  @Test(arguments: [
    ("simplon-header-all-appendix", "simplon-image-uint16-bslz4"), ("stream2-start-mask", "stream2-image-uint16-bslz4"),
  ]) func whatAStartTellsHoldsForNoOtherSeries(_ start: String, _ image: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    _ = try decoder.decode(fixture: start, into: &frame)
    // The start of series 8 was lost.
    let other = try ofSeries8(Fixture.parts(image))
    #expect(try decoder.decode(other, into: &frame) == .frame)
    #expect(frame.header.series?.hasSuffix("8") == true)
    #expect(frame.header.pixelSizeNm == nil && frame.header.dosePerA2 == nil && frame.saturationLevel == 65535)
    #expect(frame.image.pixels == Fixture.pixels(.uint16, frame: 3))
    #expect(try decoder.decode(fixture: image, into: &frame) == .frame)
    #expect(frame.header.pixelSizeNm == 0.0098 && frame.saturationLevel == 60000)
  }

  /// Of a start that cannot be read nothing is known, and what the one before told is over.
  @Test(arguments: [
    ("simplon-header-all-appendix", "simplon-image-uint16-bslz4"), ("stream2-start-mask", "stream2-image-uint16-bslz4"),
  ]) func aDamagedStartEndsWhatTheOneBeforeTold(_ start: String, _ image: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    let sound = try Fixture.parts(start)
    _ = try decoder.decode(sound, into: &frame)
    var damaged = sound.map { $0.replacing("bslz4".utf8, with: "bslz5".utf8) }
    if damaged.count > 1 { damaged[5].removeLast() }
    let error = thrown { () throws(FrameError) in _ = try decoder.decode(damaged, into: &frame) }
    #expect(error != nil)
    #expect(try decoder.decode(fixture: image, into: &frame) == .frame)
    #expect(frame.header.pixelSizeNm == nil && frame.header.dosePerA2 == nil && frame.saturationLevel == 65535)
    #expect(frame.image.pixels == Fixture.pixels(.uint16, frame: 3))
  }

  /// What a recorder and a replayer see without judging.
  @Test func factsForRecorders() throws {
    for name in Fixture.names {
      let facts = try Fixture.parts(name).withBuffers { WireFacts(parts: $0) }
      let isImage = name.contains("image") || name.hasPrefix("native")
      #expect(facts.isFrame == isImage, "\(name)")
      let series = name.hasPrefix("stream2") ? "01HBV3JPF9T4ZDPADX8EMK6XM7" : name.hasPrefix("native") ? "s7" : "7"
      #expect(facts.series == (name.hasPrefix("pickle") ? nil : series), "\(name)")
      #expect(facts.frame == (isImage ? name.hasSuffix("rows") ? 4 : 3 : nil), "\(name)")
      #expect((facts.timeNs != nil) == name.hasPrefix("stream2-image"))
    }
  }

  @Test(arguments: [
    ("simplon-header-basic", "simplon-image-uint16-bslz4"), ("stream2-start", "stream2-image-uint16-bslz4"),
  ]) func theDetectorsPixelsAreNoPixelsOfAScan(_ start: String, _ image: String) throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    _ = try decoder.decode(fixture: start, into: &frame)
    _ = try decoder.decode(fixture: image, into: &frame)
    #expect(frame.header.pixelSizeNm == nil && frame.saturationLevel == 60000)
    #expect(frame.image.pixels == Fixture.pixels(.uint16, frame: 3))
  }

  /// Detectors write the largest value where they have no measurement.
  @Test func theLargestValueIsNoMeasurement() throws {
    var parts = try Fixture.parts("simplon-image-uint16-raw")
    (parts[2][20], parts[2][21]) = (0xFF, 0xFF)
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    _ = try decoder.decode(parts, into: &frame)
    #expect(frame.image.pixels.indices.filter { frame.image.pixels[$0].isNaN } == [10])
  }

  /// One memory serves frames of every dialect and packing, in any order.
  @Test func dialectsInOneStream() throws {
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    let names = Fixture.names.filter { $0.contains("-image-uint") && !$0.contains("big") }
    #expect(names.count == 18)
    for name in names + names.reversed() {
      #expect(try decoder.decode(fixture: name, into: &frame) == .frame)
      let type = try #require(PixelType.allCases.first { name.contains("image-\($0.rawValue)-") })
      #expect(frame.image.pixels == Fixture.pixels(type, frame: 3))
    }
  }

  @Test func aChosenDialectTakesNoOther() throws {
    let images = [
      FrameDialect.native: "native-image", .simplon: "simplon-image-uint16-lz4", .stream2: "stream2-image-uint16-lz4",
    ]
    for chosen in FrameDialect.allCases {
      var decoder = FrameDecoder(settings: .init(dialect: chosen))
      for (dialect, name) in images {
        var frame = Fixture.emptyFrame
        let parts = try Fixture.parts(name)
        let error = thrown { () throws(FrameError) in _ = try decoder.decode(parts, into: &frame) }
        #expect((error == nil) == (dialect == chosen), "\(name) as \(chosen)")
      }
    }
  }

  @Test(arguments: ["pickle", "pickle-topic"]) func picklesAreRefused(_ name: String) throws {
    let parts = try Fixture.parts(name)
    for dialect in [nil] + FrameDialect.allCases {
      var decoder = FrameDecoder(settings: .init(dialect: dialect))
      var frame = Fixture.emptyFrame
      let error = thrown { () throws(FrameError) in _ = try decoder.decode(parts, into: &frame) }
      #expect(error?.reason == "pickle" && frame == Fixture.emptyFrame)
    }
  }

  /// A PUB socket of somebody between the detector and the agent.
  @Test func topicsInFront() throws {
    // "ي" begins with the byte that CBOR's tag for itself begins with.
    for (name, topic) in [
      ("simplon-image-uint16-bslz4", "eiger"), ("stream2-image-uint16-bslz4", "eiger"), ("native-image", ""),
      ("native-image", "ي"), ("stream2-image-uint16-bslz4", "ي"),
    ] {
      var decoder = FrameDecoder()
      var frame = Fixture.emptyFrame
      #expect(try decoder.decode([Array(topic.utf8)] + Fixture.parts(name), into: &frame) == .frame)
      #expect(frame.image.pixels == Fixture.pixels(.uint16, frame: 3))
    }
  }
}
