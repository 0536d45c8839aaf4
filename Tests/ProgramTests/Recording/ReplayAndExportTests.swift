// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing

/// `replay --asap` and `export` on the demo recording.
@Suite("Replay into the pipeline, and export", .serialized)
struct ReplayAndExportTests {
  private static let demo = SharedData.repository.appendingPathComponent("tools/demo-recording/demo.mcap").path
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.file(name))) }

  /// Frames of the demo recording, over and over, and something that is no frame.
  private func recording(frames: Int) throws -> String {
    let path = folder.file("frames.mcap")
    var reader = try RecordingReader(path: Self.demo)
    var writer = try RecordingWriter(path: path)
    var message = RecordedMessage()
    for number in 0..<frames {
      if try !reader.next(into: &message) {
        reader.rewind()
        guard try reader.next(into: &message) else { break }
      }
      let (log, publish) = (message.logTimeNs, message.publishTimeNs)
      try message.withParts {
        try writer.append(parts: $0, source: "abf", logTimeNs: log, publishTimeNs: publish, atNs: log)
      }
      guard number == 1 else { continue }
      try Array("garbage".utf8).withUnsafeBytes { garbage in
        try [garbage].withUnsafeBufferPointer {
          try writer.append(parts: $0, source: "abf", logTimeNs: log, publishTimeNs: log, atNs: log)
        }
      }
    }
    try writer.finish()
    return path
  }

  @Test(
    "the same recording gives the same overlays, byte for byte; what was refused is told; replays of overlays export")
  func identical() throws {
    let path = try recording(frames: 6)
    for run in ["a", "b"] {
      let result = try Program.run(
        "glazer", "replay", path, "--asap", "--overlays", folder.file("\(run).mcap"), "--csv",
        folder.file("\(run).csv"),
        "--json", folder.file("\(run).json"), seconds: 60)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.output.contains("6 overlays of 7 messages"))
    }
    for kind in ["mcap", "csv", "json"] { #expect(try bytes("a.\(kind)") == bytes("b.\(kind)"), "\(kind)") }
    let report = try #require(try JSONSerialization.jsonObject(with: try bytes("a.json")) as? [String: Any])
    #expect((report["rejected"] as? [String: Int])?["malformed"] == 1)
    #expect((report["overlays_sha256"] as? String)?.count == 64)

    // The overlays in the file say what the rows say.
    var reader = try RecordingReader(path: folder.file("a.mcap"))
    var message = RecordedMessage()
    var cells = 0
    var frames: [Int64] = []
    while try reader.next(into: &message) {
      let overlay = try OverlayDecoder.decode(message.parts)
      #expect(overlay.header.times.received == message.logTimeNs && overlay.header.times.inferred == 0)
      cells += overlay.cells.count
      frames.append(overlay.header.frame)
    }
    #expect(frames == Array(0..<6) && cells > 1000)
    let rows = String(decoding: try bytes("a.csv"), as: UTF8.self)
    #expect(rows.split(separator: "\n").count == cells + 1)

    let export = try Program.run(
      "glazer", "export", folder.file("a.mcap"), "--format", "csv", "--output", folder.file("c.csv"))
    #expect(export.code == 0 && export.output.contains("6 overlays"))
    #expect(try bytes("c.csv") == bytes("a.csv"))
  }

  @Test("of a replay that is interrupted nothing is kept, and its code is that of the signal")
  func interrupted() throws {
    let path = try recording(frames: 150)
    let replay = try Program(
      "glazer",
      [
        "replay", path, "--asap", "--csv", folder.file("a.csv"), "--json", folder.file("a.json"), "--overlays",
        folder.file("a.mcap"),
      ])
    #expect(replay.waits { $0.errorsSoFar.contains("replaying") }, "\(replay.errorsSoFar)")
    replay.interrupt()
    let result = replay.result()
    #expect(result.code == 130 && result.errors.contains("nothing is kept"), "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["frames.mcap"])
  }

  @Test("exported frames are the recorded ones, pixel for pixel, as TIFF and as an array; headers are a table")
  func frames() throws {
    let path = try recording(frames: 3)
    for (format, name) in [("tiff", "s.tif"), ("npy", "s.npy"), ("csv", "s.csv")] {
      let result = try Program.run("glazer", "export", path, "--format", format, "--output", folder.file(name))
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.output.contains("3 frames"))
    }
    var reader = try RecordingReader(path: path)
    var message = RecordedMessage()
    var pixels: [[UInt8]] = []
    while try reader.next(into: &message) { if message.partCount == 2 { pixels.append(message.parts[1]) } }
    try #require(pixels.count == 3)
    let array = [UInt8](try bytes("s.npy"))
    #expect(Array(array.suffix(3 * pixels[0].count)) == Array(pixels.joined()))
    #expect(String(decoding: array.prefix(128), as: UTF8.self).contains("'<u2'"))
    #expect(String(decoding: array.prefix(128), as: UTF8.self).contains("(3, 352, 352)"))
    let tiff = try TiffReader(path: folder.file("s.tif"))
    #expect(tiff.pageCount == 3)
    for page in 0..<3 {
      let read = try tiff.read(page: page)
      #expect(read.pixelType == .uint16 && read.pixelSizeNm == 0.02)
      let values = read.image.pixels.flatMap { [UInt8(Int($0) & 0xFF), UInt8(Int($0) >> 8)] }
      #expect(values == pixels[page])
    }
    let table = String(decoding: try bytes("s.csv"), as: UTF8.self).split(separator: "\n")
    #expect(table.count == 4 && table[0].hasPrefix("index,log_time_ns,source,series,frame,"))
    #expect(table[3].hasPrefix("2,") && table[3].contains(",abf,") && table[3].contains(",352,352,0.02,"))
  }

  /// A recording of a detector's series: its start with the largest count to trust, and one frame of 16 × 16 that begins
  /// with `pixels`.
  private func detector(_ name: String, largestCount: Int, pixels: [UInt16]) throws -> String {
    let padded = pixels + Array(repeating: 1, count: 256 - pixels.count)
    let blob: [UInt8] = padded.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let messages: [[[UInt8]]] = [
      [
        Array(#"{"htype":"dheader-1.0","series":1,"header_detail":"basic"}"#.utf8),
        Array(#"{"countrate_correction_count_cutoff":\#(largestCount)}"#.utf8),
      ],
      [
        Array(#"{"htype":"dimage-1.0","series":1,"frame":0,"hash":"0"}"#.utf8),
        Array(#"{"htype":"dimage_d-1.0","shape":[16,16],"type":"uint16","encoding":"<","size":512}"#.utf8), blob,
        Array(#"{"htype":"dconfig-1.0","start_time":0,"stop_time":1,"real_time":1}"#.utf8),
      ],
    ]
    let path = folder.file(name)
    var writer = try RecordingWriter(path: path)
    for parts in messages { try writer.append(parts) }
    try writer.finish()
    return path
  }

  @Test("pixels without a measurement are NaN in what is exported, and counts above what can be trusted stay whole")
  func missingPixels() throws {
    for (largestCount, pixels) in [(65535, [7, 0xFFFF, 300]), (255, [7, 9, 300])] as [(Int, [UInt16])] {
      let path = try detector("d\(largestCount).mcap", largestCount: largestCount, pixels: pixels)
      let expected = pixels.map { $0 == 0xFFFF ? "nan" : "\(Float($0))" }
      for (format, name) in [("npy", "d\(largestCount).npy"), ("tiff", "d\(largestCount).tif")] {
        let result = try Program.run("glazer", "export", path, "--format", format, "--output", folder.file(name))
        #expect(result.code == 0, "\(result.errors)")
        let values: [Float]
        if format == "tiff" {
          values = try TiffReader(path: folder.file(name)).read(page: 0).image.pixels
        } else {
          let array = [UInt8](try bytes(name))
          #expect(String(decoding: array.prefix(128), as: UTF8.self).contains("'<f4'"))
          values = stride(from: array.count - 4 * 256, to: array.count, by: 4).map { i in
            Float(bitPattern: array[i..<i + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
          }
        }
        #expect(values.count == 256 && values.prefix(3).map { "\($0)" } == expected, "\(name)")
      }
    }
  }

  @Test("what cannot be exported is refused in one line, and leaves nothing")
  func refusals() throws {
    let path = try recording(frames: 1)
    let none = try Program.run(
      "glazer", "export", path, "--format", "npy", "--source", "adf", "--output", folder.file("x.npy"))
    #expect(none.code == 65 && none.errors.contains("no such frame"))
    let missing = try Program.run(
      "glazer", "export", folder.file("no.mcap"), "--format", "csv", "--output", folder.file("x.csv"))
    #expect(missing.code == 66)
    let usage = try Program.run("glazer", "replay", path)
    #expect(usage.code == 64 && usage.errors.contains("--asap"))
    #expect(try Program.run("glazer", "replay", path, "--bind", "tcp://127.0.0.1:*", "--csv", "x.csv").code == 64)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names == ["frames.mcap"])
  }
}
