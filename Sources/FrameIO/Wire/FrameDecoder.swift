// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

/// What a message on the input stream was.
public enum FrameMessage: Sendable, Equatable {
  case frame
  /// An acquisition begins; takes no frame number.
  case seriesStart(series: String?)
  /// The acquisition is over; its name where the message said so.
  case seriesEnd(source: String?, series: String?)
}

/// Turns wire messages of any dialect into frames. Says what the message says: frames of one value or without any value
/// are data here.
public struct FrameDecoder: Sendable {
  /// Largest header, bytes.
  public static let largestHeader = 64 * 1024
  /// Width and height of a frame, pixels.
  public static let sides = 16...8192
  /// Largest pixel part that can be valid: what the receiving socket should be limited to.
  public static let largestMessage = sides.upperBound * sides.upperBound * 8
  /// Longest name of a source or series, bytes.
  public static let longestName = 256

  /// What messages are taken, and how.
  public struct Settings: Sendable, Equatable {
    /// The only dialect that is taken; nil takes each message for what it looks like.
    public var dialect: FrameDialect?
    /// The one of several channels of a stream2 frame; nil for its first.
    public var channel: String?
    /// Seconds. Messages of a series that is over are refused until another has been silent for so long, see `SeriesGate`:
    /// what a live agent wants. Nil takes them, as a reader of recordings wants.
    public var leftoverSilenceS: Double?

    public init(dialect: FrameDialect? = nil, channel: String? = nil, leftoverSilenceS: Double? = nil) {
      self.dialect = dialect
      self.channel = channel
      self.leftoverSilenceS = leftoverSilenceS
    }
  }

  /// May be changed between two messages; what is known of the running series stays.
  public var settings: Settings

  private let native: NativeDialect
  private var simplon: SimplonDialect
  private var stream2 = Stream2Dialect()
  private var gate = SeriesGate()
  private var unpacker = Unpacker()
  /// Number of the next frame for publishers that do not count (plain `send_array`).
  private var nextFrame: Int64 = 0
  /// What a message says before it is known to be good; keeps the names, so that they take no memory again.
  private var header = FrameHeader.unknown

  public init(defaultSource: String = "frames", settings: Settings = Settings()) {
    self.settings = settings
    native = NativeDialect(defaultSource: defaultSource)
    simplon = SimplonDialect(source: defaultSource)
  }

  /// Decodes a received message. On an error `frame` is unchanged. See `decode(parts:into:)`.
  public mutating func decode(
    _ message: borrowing Multipart, into frame: inout Frame
  ) throws(FrameError) -> FrameMessage {
    let outcome = message.withParts { parts -> Result<FrameMessage, FrameError> in
      do throws(FrameError) {
        return .success(try decode(parts: parts, into: &frame))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  /// Decodes the parts of a message into `frame`, whose memory is used again: nothing is allocated once it is as large as
  /// the largest frame and its names have not changed. On an error `frame` is unchanged. O(bytes).
  ///
  /// A header without `source` or `frame` gets the default source and a running number. Without `pixel_size_nm`, `fov_nm`
  /// over the width is the pixel size. `receivedNs`, nanoseconds of any clock, is for the leftovers of a series.
  public mutating func decode(
    parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, into frame: inout Frame, receivedNs: UInt64 = 0
  ) throws(FrameError) -> FrameMessage {
    let parts = MessageParts(parts)
    // Looked for whatever the dialect: a pickle is refused by name.
    let detected = try FrameDialect.detect(parts)
    let dialect = settings.dialect ?? detected
    let message = try read(parts, in: dialect)
    let scope = scope(dialect)
    // Where no silence is set nothing is ever fresh, and no leftover is told from a message that is wanted.
    gate.silenceNs = settings.leftoverSilenceS.map { UInt64(max(0, min($0, 1e9)) * 1e9) } ?? 0
    switch message {
    case .start(let series):
      gate.began(scope, series: series, atNs: receivedNs)
      return .seriesStart(series: series)
    case .end(let source, let series):
      try gate.ended(dialect == .native ? source : scope, series: series, atNs: receivedNs)
      return .seriesEnd(source: dialect == .native ? source : nil, series: series)
    case .frame(let array):
      try gate.admit(scope, series: header.series, frame: header.frame, atNs: receivedNs)
      try fill(&frame, from: array, facts: facts(dialect))
      if header.isLast { try gate.ended(scope, series: header.series, atNs: receivedNs) }
      return .frame
    }
  }

  private mutating func read(_ parts: MessageParts, in dialect: FrameDialect) throws(FrameError) -> DialectMessage {
    switch dialect {
    case .native: try native.read(parts, into: &header, nextFrame: nextFrame)
    case .simplon: try simplon.read(parts, into: &header, unpacker: &unpacker)
    case .stream2: try stream2.read(parts, channel: settings.channel, into: &header, unpacker: &unpacker)
    }
  }

  /// Whose series the gate keeps apart: sources in native; a SIMPLON stream has one detector.
  private func scope(_ dialect: FrameDialect) -> String { dialect == .native ? header.source : "" }

  /// What is known of the detector behind the frame that `header` tells of.
  private func facts(_ dialect: FrameDialect) -> DetectorFacts? {
    switch dialect {
    case .native: nil
    case .simplon: simplon.announced.facts(of: header.series)
    case .stream2: stream2.announced.facts(of: header.series)
    }
  }

  /// Unpacks and widens the pixels; only then is anything in `frame` changed.
  private mutating func fill(_ frame: inout Frame, from array: PackedArray, facts: DetectorFacts?) throws(FrameError) {
    let layout = array.layout
    let header = header
    try unpacker.withUnpacked(array) { bytes in
      frame.header = header
      frame.saturationLevel = layout.pixelType.saturationLevel
      frame.image.resize(width: layout.width, height: layout.height)
      frame.image.pixels.withUnsafeMutableBufferPointer { output in
        let valid = (header.validRows ?? layout.height) * layout.width
        PixelWidening.widen(
          UnsafeRawBufferPointer(rebasing: bytes[..<(valid * layout.pixelType.byteCount)]), of: layout.pixelType,
          swapped: layout.isBigEndian, into: output)
        facts?.mark(output, layout: layout)
        for i in valid..<output.count { output[i] = .nan }
      }
      if let facts { frame.saturationLevel = facts.saturationLevel(of: layout.pixelType) }
    }
    // The largest number that a header may say is the last: counting begins anew.
    nextFrame = header.frame < HeaderFields.frameNumbers.upperBound ? header.frame + 1 : 0
  }
}
