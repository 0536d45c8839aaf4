// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Multislice

/// Why frames were not exported.
enum ExportError: DiagnosableError {
  case noFrames(path: String, reason: String?)
  case differentSizes(path: String, first: String, odd: String)

  var category: ErrorCategory { .badData }

  var description: String {
    switch self {
    case .noFrames(let path, let reason):
      "\(path): no such frame in the recording" + (reason.map { "; the first message that is none: \($0)" } ?? "")
    case .differentSizes(let path, let first, let odd):
      "\(path): an array wants frames of one size: the first is \(first) pixels, \(odd); "
        + "select with --source or --series, or export TIFF"
    }
  }
}

/// Frames of a recording as pages of a TIFF file or as one NumPy array, page after page: no more than a frame in memory.
enum StackExport {
  /// A TIFF file beyond this wants 64-bit offsets.
  private static let largeTIFF = 2 << 30

  static func tiff(_ path: String, _ selection: FrameSelection, _ survey: FrameSurvey, to output: String) throws {
    // TIFF pages are 16-bit or float here; eight bits go into sixteen.
    let isWhole = survey.pixelType == .uint8 || survey.pixelType == .uint16
    let byteCount = survey.count * survey.width * survey.height * (isWhole ? 2 : 4)
    var writer = try TiffStackWriter(
      path: output, as: isWhole ? .uint16 : .float32, isLarge: byteCount > largeTIFF || survey.oddFrame != nil)
    do {
      try forEachFrame(path, selection) { frame in
        try writer.append(frame.image, pixelSizeNm: frame.header.pixelSizeNm)
      }
    } catch {
      writer.discard()
      throw error
    }
    try writer.finish()
  }

  static func numpy(_ path: String, _ selection: FrameSelection, _ survey: FrameSurvey, to output: String) throws {
    if let odd = survey.oddFrame {
      throw ExportError.differentSizes(path: path, first: "\(survey.width) x \(survey.height)", odd: odd)
    }
    let type = survey.pixelType
    let names: [PixelType: String] = [.uint8: "|u1", .int16: "<i2", .uint16: "<u2"]
    let file = try StagedOutput(path: output)
    try file.write(
      NumpyArray.header(shape: [survey.count, survey.height, survey.width], type: names[type] ?? "<f4"))
    var encoder = FrameEncoder()
    try forEachFrame(path, selection) { frame in
      encoder.encodePixels(of: frame.image, as: type)
      try file.write(Data(encoder.pixels))
    }
    try file.commit()
  }

  private static func forEachFrame(
    _ path: String, _ selection: FrameSelection, _ body: (Frame) throws -> Void
  ) throws {
    let bar = ProgressBar("exporting")
    var walk = try FrameWalk(path: path, selection)
    while try walk.next() {
      try body(walk.frame)
      bar.update(walk.share)
    }
    bar.finish()
  }
}
