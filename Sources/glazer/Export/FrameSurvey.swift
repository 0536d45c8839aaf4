// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

/// Which frames of a recording are wanted.
struct FrameSelection {
  var source: String?
  var series: String?

  func takes(_ header: FrameHeader) -> Bool {
    (source == nil || header.source == source) && (series == nil || header.series == series)
  }
}

/// The frames of a recording, one after the other.
struct FrameWalk: ~Copyable {
  private var reader: RecordingReader
  private var decoder = FrameDecoder()
  private var message = RecordedMessage()
  private let selection: FrameSelection
  private(set) var frame = Frame(header: FrameHeader(source: "", frame: 0), image: Image(width: 0, height: 0))
  private(set) var logTimeNs: UInt64 = 0
  /// Messages that are no frames that can be read, and why the first of them is none.
  private(set) var refusedCount = 0
  private(set) var firstRefusal: String?
  var share: Double { reader.share }
  var fileSize: Int { reader.fileSize }
  var isTruncated: Bool { reader.isTruncated }
  var otherMessageCount: Int { reader.otherMessageCount }

  init(path: String, _ selection: FrameSelection) throws(RecordingError) {
    reader = try RecordingReader(path: path)
    self.selection = selection
  }

  /// Goes to the next wanted frame; false at the end.
  mutating func next() throws(RecordingError) -> Bool {
    while try reader.next(into: &message) {
      let failure = message.withParts { parts -> String? in
        do throws(FrameError) {
          return try decoder.decode(parts: parts, into: &frame, receivedNs: message.logTimeNs) == .frame ? nil : ""
        } catch {
          return error.description
        }
      }
      guard let failure else {
        guard selection.takes(frame.header) else { continue }
        logTimeNs = message.logTimeNs
        return true
      }
      guard !failure.isEmpty else { continue }
      refusedCount += 1
      if firstRefusal == nil { firstRefusal = failure }
    }
    return false
  }
}

/// What a stack of the frames must hold, found in a first pass.
struct FrameSurvey {
  private(set) var count = 0
  private(set) var width = 0
  private(set) var height = 0
  /// The first frame of another size than the first.
  private(set) var oddFrame: String?
  /// The type all pixels have in common; float32 where they have none, where pixels are missing, and for types that are
  /// wider than what frames are read into.
  private(set) var pixelType = PixelType.float32
  private(set) var refusedCount = 0
  private(set) var firstRefusal: String?
  private(set) var isTruncated = false
  private(set) var otherMessageCount = 0

  init(_ path: String, _ selection: FrameSelection, onProgress: (Double) -> Void) throws(RecordingError) {
    var walk = try FrameWalk(path: path, selection)
    while try walk.next() {
      let image = walk.frame.image
      let type = Self.storage(of: walk.frame)
      if count == 0 { (width, height, pixelType) = (image.width, image.height, type) }
      if type != pixelType { pixelType = .float32 }
      if oddFrame == nil, (image.width, image.height) != (width, height) {
        oddFrame = "frame \(walk.frame.header.frame) is \(image.width) x \(image.height) pixels"
      }
      count += 1
      onProgress(walk.share)
    }
    (refusedCount, firstRefusal, isTruncated) = (walk.refusedCount, walk.firstRefusal, walk.isTruncated)
    otherMessageCount = walk.otherMessageCount
  }

  /// The type that holds a frame as it was read. Its saturation level tells which integers it came as; a detector may have
  /// told another one, and a missing pixel is NaN, so that the pixels themselves have to fit.
  private static func storage(of frame: Frame) -> PixelType {
    let type = [PixelType.uint8, .int16, .uint16].first { $0.saturationLevel == frame.saturationLevel }
    guard let type, let largest = type.saturationLevel else { return .float32 }
    let range = (type == .int16 ? -largest - 1 : 0)...largest
    return frame.image.pixels.allSatisfy { range.contains($0) } ? type : .float32
  }
}
