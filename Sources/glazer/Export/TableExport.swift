// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore

/// A recording as CSV: the cells of its overlays where it holds any, else what the headers of its frames say.
enum TableExport {
  static let frameColumns =
    "index,log_time_ns,source,series,frame,time_ns,width,height,pixel_size_nm,dose_e_per_A2,valid_rows,last"

  /// True when the first message of a recording that is neither a status nor an event is an overlay.
  static func holdsOverlays(_ path: String) throws -> Bool {
    var reader = try RecordingReader(path: path)
    var message = RecordedMessage()
    while try reader.next(into: &message) {
      guard let topic = message.parts.first.flatMap({ OverlayTopic(bytes: $0) }) else { return false }
      // Status and events may come before the first overlay.
      if topic == .overlay { return true }
    }
    return false
  }

  /// Rows as `infer` writes them; `frame` is the number in the overlay. Returns the number of overlays.
  static func cells(_ path: String, _ selection: FrameSelection, to output: String) throws -> Int {
    let file = try StagedOutput(path: output)
    try file.write(CellsCSV.header + "\n")
    var reader = try RecordingReader(path: path)
    var message = RecordedMessage()
    let bar = ProgressBar("exporting")
    var count = 0
    while try reader.next(into: &message) {
      let parts = message.parts
      guard let first = parts.first, OverlayTopic(bytes: first) == .overlay else { continue }
      let overlay = try OverlayDecoder.decode(parts)
      guard selection.source == nil || overlay.header.source == selection.source,
        selection.series == nil || overlay.header.series == selection.series
      else { continue }
      var rows = CellsCSV(withHeader: false)
      rows.append(overlay.cells, frame: Int(overlay.header.frame))
      try file.write(rows.text)
      count += 1
      bar.update(reader.share)
    }
    bar.finish()
    try file.commit()
    return count
  }

  /// One row a frame; `index` is its page in a TIFF file, its place in an array. Returns the number of frames.
  static func frames(_ path: String, _ selection: FrameSelection, to output: String) throws -> Int {
    let file = try StagedOutput(path: output)
    try file.write(frameColumns + "\n")
    var walk = try FrameWalk(path: path, selection)
    let bar = ProgressBar("exporting")
    var index = 0
    while try walk.next() {
      let header = walk.frame.header
      let cells: [String?] = [
        "\(index)", "\(walk.logTimeNs)", quoted(header.source), header.series.map(quoted), "\(header.frame)",
        header.timeNs.map { "\($0)" }, "\(walk.frame.image.width)", "\(walk.frame.image.height)",
        header.pixelSizeNm.map { "\($0)" }, header.dosePerA2.map { "\($0)" }, header.validRows.map { "\($0)" },
        header.isLast ? "1" : "0",
      ]
      try file.write(cells.map { $0 ?? "" }.joined(separator: ",") + "\n")
      index += 1
      bar.update(walk.share)
    }
    bar.finish()
    guard index > 0 else { throw ExportError.noFrames(path: path, reason: walk.firstRefusal) }
    try file.commit()
    return index
  }

  /// A name as a field of CSV (RFC 4180). By bytes, as whoever reads it does: "\r\n" is one character in Swift, and so is a quote
  /// with a combining mark behind it.
  static func quoted(_ text: String) -> String {
    let quote = UInt8(ascii: "\"")
    guard text.utf8.contains(where: { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 10 || $0 == 13 }) else {
      return text
    }
    var bytes = [quote]
    for byte in text.utf8 {
      if byte == quote { bytes.append(quote) }
      bytes.append(byte)
    }
    return String(decoding: bytes + [quote], as: UTF8.self)
  }
}
