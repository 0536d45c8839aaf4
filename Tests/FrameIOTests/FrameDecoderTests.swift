// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Testing

@Suite struct FrameDecoderTests {
  let pixels16 = (0..<16 * 17).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }

  @Test func everyFieldComesThrough() throws {
    let frame = try FrameDecoder.frame(
      """
      {"htype":"array-1.0","dtype":"uint16","shape":[16,17],"frame":977,"source":"abf","series":"s1","endianness":"little",
       "encoding":"none","time_ns":1700000000123456789,"pixel_size_nm":0.0098,"fov_nm":0.2,"rotation_rad":-0.5,
       "pixel_time_us":2.5,"valid_rows":16,"dose_e_per_A2":1e5,"last":true,"unknown":{"a":[1,{"b":null}]}}
      """, pixels16)
    #expect(
      frame.header
        == FrameHeader(
          source: "abf", series: "s1", frame: 977, timeNs: 1_700_000_000_123_456_789, pixelSizeNm: 0.0098,
          fieldOfViewNm: 0.2, rotationRad: -0.5, pixelTimeUs: 2.5, validRows: 16, dosePerA2: 1e5, isLast: true))
    #expect(frame.image.width == 17 && frame.image.height == 16)
    #expect(frame.image.pixels == (0..<16 * 17).map(Float.init))
    #expect(frame.saturationLevel == 65535)
  }

  @Test(arguments: [
    #""frame":5"#, #""frame_num":5"#, #""image_id":5"#, #""frame_index":5"#, #""frame":"5""#, #""frame":5.0"#,
    #""frame_num":4,"frame":5"#, #""frame":5,"frame_num":4"#, #""frame":null,"image_id":5"#,
  ]) func frameAliases(field: String) throws {
    let frame = try FrameDecoder.frame(#"{"dtype":"uint16","shape":[16,17],\#(field)}"#, pixels16)
    #expect(frame.header.frame == 5)
  }

  /// What Python's `json.dumps(dict(dtype=str(a.dtype), shape=a.shape))` sends, and odin-data's strings.
  @Test(arguments: ["[16, 17]", #"["16", "17"]"#, "[1,16,17]", "[1, 1, 16, 17]", " [ 16 ,\t17 ] "])
  func shapes(_ shape: String) throws {
    let frame = try FrameDecoder.frame(#"{"dtype": "uint16", "shape": \#(shape)}"#, pixels16)
    #expect(frame.image.width == 17 && frame.image.height == 16)
  }

  struct Spelling: Sendable, CustomTestStringConvertible {
    var header: String
    var bytes: [UInt8]
    var value: Float
    var level: Float?
    var testDescription: String { header }
  }

  static let spellings: [Spelling] = [
    Spelling(header: #""dtype":"uint8""#, bytes: [200], value: 200, level: 255),
    Spelling(header: #""dtype":"|u1""#, bytes: [200], value: 200, level: 255),
    Spelling(header: #""dtype":"uint16""#, bytes: [1, 2], value: 513, level: 65535),
    Spelling(header: #""type":"uint16""#, bytes: [1, 2], value: 513, level: 65535),
    Spelling(header: #""type":"float32","dtype":"uint16""#, bytes: [1, 2], value: 513, level: 65535),
    Spelling(header: #""dtype":"<u2","endianness":"big""#, bytes: [1, 2], value: 513, level: 65535),
    Spelling(header: #""dtype":"=u2""#, bytes: [1, 2], value: 513, level: 65535),
    Spelling(header: #""dtype":">u2""#, bytes: [1, 2], value: 258, level: 65535),
    Spelling(header: #""dtype":"uint16","endianness":"big""#, bytes: [1, 2], value: 258, level: 65535),
    Spelling(header: #""dtype":"int16""#, bytes: [0xFF, 0xFF], value: -1, level: 32767),
    Spelling(header: #""dtype":"<i4""#, bytes: [0xFE, 0xFF, 0xFF, 0xFF], value: -2, level: 2_147_483_648),
    Spelling(header: #""dtype":">u4""#, bytes: [0, 0, 1, 0], value: 256, level: 4_294_967_296),
    Spelling(header: #""dtype":"float32""#, bytes: [0, 0, 0xC0, 0x3F], value: 1.5, level: nil),
    Spelling(header: #""dtype":">f4""#, bytes: [0x3F, 0xC0, 0, 0], value: 1.5, level: nil),
    Spelling(header: #""dtype":"<f8""#, bytes: [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], value: 1.5, level: nil),
  ]

  @Test(arguments: spellings) func pixelTypes(_ spelling: Spelling) throws {
    let pixels = (0..<256).flatMap { _ in spelling.bytes }
    let frame = try FrameDecoder.frame(#"{\#(spelling.header),"shape":[16,16]}"#, pixels)
    #expect(frame.image.pixels == Array(repeating: spelling.value, count: 256))
    #expect(frame.saturationLevel == spelling.level)
  }

  @Test("numbers that frames do not say go on from the last, and begin anew behind the largest")
  func framesWithoutNumbers() throws {
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "x", frame: 0), image: Image(width: 1, height: 1))
    var numbers: [Int64] = []
    for number in [#","frame":9223372036854775805"#, "", "", ""] {
      let header = Array(#"{"dtype":"uint16","shape":[16,17]\#(number)}"#.utf8)
      _ = try decoder.decode([header, pixels16], into: &frame)
      numbers.append(frame.header.frame)
    }
    #expect(numbers == [Int64.max - 2, Int64.max - 1, 0, 1])
  }

  @Test func rowsNotYetScannedAreMissing() throws {
    let frame = try FrameDecoder.frame(#"{"dtype":"uint16","shape":[16,17],"valid_rows":"5"}"#, pixels16)
    #expect(frame.image.pixels[..<85].elementsEqual((0..<85).map(Float.init)))
    #expect(frame.image.pixels[85...].allSatisfy { $0.isNaN })
  }

  @Test func infinitePixelsAreMissing() throws {
    let bits = [Float.infinity, -.infinity, .nan, 3].map(\.bitPattern)
    let pixels = (0..<256).flatMap { i in (0..<4).map { UInt8(truncatingIfNeeded: bits[i % 4] >> (8 * UInt32($0))) } }
    let frame = try FrameDecoder.frame(#"{"dtype":"float32","shape":[16,16]}"#, pixels)
    for (i, value) in frame.image.pixels.enumerated() { #expect(i % 4 == 3 ? value == 3 : value.isNaN) }
  }

  @Test func topicPartsAndRunningNumbers() throws {
    var decoder = FrameDecoder(defaultSource: "camera")
    var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
    let header = Array(#"{"dtype":"uint16","shape":[16,17]}"#.utf8)
    for number in 0..<3 {
      let topic: [[UInt8]] = number == 1 ? [Array("frames".utf8)] : number == 2 ? [[]] : []
      #expect(try decoder.decode(topic + [header, pixels16], into: &frame) == .frame)
      #expect(frame.header.frame == Int64(number) && frame.header.source == "camera")
    }
    let numbered = Array(#"{"dtype":"uint16","shape":[16,17],"frame":40}"#.utf8)
    _ = try decoder.decode([numbered, pixels16], into: &frame)
    _ = try decoder.decode([header, pixels16], into: &frame)
    #expect(frame.header.frame == 41)
  }

  @Test func seriesEnds() throws {
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "x", frame: 3), image: Image(width: 1, height: 1))
    let before = frame
    #expect(
      try decoder.decode([Array(#"{"htype":"series_end-1.0","series":"s1"}"#.utf8)], into: &frame)
        == .seriesEnd(source: nil, series: "s1"))
    #expect(
      try decoder.decode([Array("t".utf8), Array(#"{"htype":"series_end-1.1","series":12}"#.utf8)], into: &frame)
        == .seriesEnd(source: nil, series: "12"))
    #expect(
      try decoder.decode([Array(#"{"htype":"series_end-1.0"}"#.utf8)], into: &frame)
        == .seriesEnd(source: nil, series: nil))
    #expect(frame == before)
  }

  @Test func namesWithEscapes() throws {
    let frame = try FrameDecoder.frame(
      #"{"dtype":"uint16","shape":[16,17],"source":"a\"b\\\u00e9\ud83d\ude00","series":"Å"}"#, pixels16)
    #expect(frame.header.source == "a\"b\\é😀")
    #expect(frame.header.series == "Å")
  }

  @Test func pixelSizeFromTheFieldOfView() throws {
    let frame = try FrameDecoder.frame(#"{"dtype":"uint16","shape":[16,17],"fov_nm":"0.17"}"#, pixels16)
    #expect(abs(try #require(frame.header.pixelSizeNm) - 0.01) < 1e-15)
  }

  /// Python's json writes NaN for what it does not know.
  @Test func notFiniteNumbersAreAbsent() throws {
    let frame = try FrameDecoder.frame(
      #"{"dtype":"uint16","shape":[16,17],"pixel_size_nm":NaN,"rotation_rad":-Infinity,"fov_nm":Infinity}"#, pixels16)
    #expect(frame.header.pixelSizeNm == nil && frame.header.rotationRad == nil && frame.header.fieldOfViewNm == nil)
  }

  /// One frame's memory serves the next, larger or smaller, and its names when they change.
  @Test func framesAreUsedAgain() throws {
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
    for (side, source) in [(16, "a"), (64, "a"), (20, "b"), (64, "a")] {
      let header = Array(
        #"{"dtype":"uint8","shape":[\#(side),\#(side)],"source":"\#(source)","series":"\#(side)"}"#.utf8)
      let pixels = [UInt8](repeating: UInt8(side), count: side * side)
      _ = try decoder.decode([header, pixels], into: &frame)
      #expect(frame.image == Image(width: side, height: side, fill: Float(side)))
      #expect(frame.header.source == source && frame.header.series == "\(side)")
    }
  }

  @Test(arguments: PixelType.allCases) func whatTheEncoderWritesComesBack(_ type: PixelType) throws {
    var random = SeededRandom(seed: 3)
    let image = Image(width: 33, height: 21, pixels: (0..<33 * 21).map { _ in Float(Int(random.uniform(0, 255))) })
    let header = FrameHeader(
      source: "abf \"1\"\n", series: "s\\1", frame: 9_007_199_254_740_993, timeNs: 1_700_000_000_123_456_789,
      pixelSizeNm: 0.00932627, fieldOfViewNm: 10.1, rotationRad: -0.25, pixelTimeUs: 1.5, validRows: 21,
      dosePerA2: 12_345.5,
      isLast: true)
    var encoder = FrameEncoder()
    encoder.encodePixels(of: image, as: type)
    let parts = [encoder.header(header, width: 33, height: 21, pixelType: type), encoder.pixels]
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
    _ = try decoder.decode(parts, into: &frame)
    #expect(frame == Frame(header: header, image: image, saturationLevel: type.saturationLevel))
    #expect(
      try decoder.decode([encoder.seriesEnd(source: "a", series: "b")], into: &frame)
        == .seriesEnd(source: "a", series: "b"))
  }

  @Test func encoderClampsAndRounds() {
    var encoder = FrameEncoder()
    encoder.encodePixels(of: Image(width: 5, height: 1, pixels: [-1, 0.5, 300, .nan, 254.6]), as: .uint8)
    #expect(encoder.pixels == [0, 1, 255, 0, 255])
    encoder.encodePixels(of: Image(width: 2, height: 1, pixels: [1e20, -1e20]), as: .int32)
    #expect(encoder.pixels == [0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0x80])
  }
}
