// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Version 2 of the stream interface of DECTRIS detectors: each message one CBOR map of `type` start, image or end
/// (https://github.com/dectris/documentation, stream_v2/README.md).
///
/// The source of a frame is its channel. Its series is `series_unique_id`, or `series_id` where there is none: numbers
/// begin anew when the detector does.
struct Stream2Dialect: Sendable {
  private(set) var announced = SeriesFacts()
  /// `series_date` as it was last met, and what it means: frames of a series repeat it.
  private var date = Stream2Date()

  /// `channel` is the one that is read; nil for the first of each frame.
  mutating func read(
    _ parts: MessageParts, channel: String?, into header: inout FrameHeader, unpacker: inout Unpacker
  ) throws(FrameError) -> DialectMessage {
    guard parts.count == 1 else { throw .partCount(found: parts.totalCount, expected: "one CBOR map") }
    let fields = try Stream2Fields(parts[0])
    guard let type = fields.type else { throw .missingField("type") }
    if type.equals("image") { return .frame(try image(fields, channel: channel, into: &header)) }
    if type.equals("start") {
      // Also where the rest cannot be read: what the last series told is over.
      announced = SeriesFacts()
      let series = try series(fields)
      announced = SeriesFacts(series: series, facts: try start(fields, channel: channel, unpacker: &unpacker))
      return .start(series: series)
    }
    if type.equals("end") { return .end(source: nil, series: try series(fields)) }
    throw .unknownMessageType(type.excerpt, expected: "start, image or end")
  }

  private func start(
    _ fields: Stream2Fields, channel: String?, unpacker: inout Unpacker
  ) throws(FrameError) -> DetectorFacts {
    var facts = DetectorFacts()
    facts.largestCount = fields.saturationValue.map { Double($0) }
    if let masks = fields.pixelMask {
      do throws(FrameError) {
        // Frames have their channels in the order of `channels`, maps of masks in any.
        let first = try fields.firstChannel()
        try facts.mask.take(try Stream2Array.find(masks, channel: channel ?? first).array, unpacker: &unpacker)
      } catch .unknownChannel {
        // Masks of other channels only.
      } catch .missingField {
        // No mask at all.
      }
    }
    if let userData = fields.userData { facts.scan = try ScanFacts(userData: userData) }
    return facts
  }

  private mutating func image(
    _ fields: Stream2Fields, channel: String?, into header: inout FrameHeader
  ) throws(FrameError) -> PackedArray {
    guard let data = fields.data else { throw .missingField("data") }
    guard let number = fields.imageID.flatMap({ Int64(exactly: $0) }), number < .max else {
      throw .invalidField(
        "image_id", found: fields.imageID.map { "\($0)" } ?? "absent", expected: "a whole number below 2^63 - 1")
    }
    let (name, array) = try Stream2Array.find(data, channel: channel)
    try FrameHeader.set(&header.source, to: name, field: "data")
    if let id = fields.seriesUniqueID {
      var series = header.series ?? ""
      try FrameHeader.set(&series, to: id, field: "series_unique_id")
      header.series = series
    } else {
      header.series = fields.seriesID.map { "\($0)" }
    }
    let scan = try fields.userData.map { (data) throws(FrameError) in try ScanFacts(userData: data) } ?? ScanFacts()
    try scan.apply(to: &header, series: announced.facts(of: header.series).scan, layout: array.layout)
    header.frame = number
    header.timeNs = fields.seriesDate.flatMap { date.nanoseconds($0, after: fields.stopTime) }
    return array
  }

  private func series(_ fields: Stream2Fields) throws(FrameError) -> String? {
    guard let id = fields.seriesUniqueID else { return fields.seriesID.map { "\($0)" } }
    var name = ""
    try FrameHeader.set(&name, to: id, field: "series_unique_id")
    return name
  }
}
