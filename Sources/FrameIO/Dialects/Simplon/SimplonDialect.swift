// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Version 1 of the stream interface of DECTRIS detectors (SIMPLON API 1.8, "Stream"): multipart messages of JSON and blobs.
///
/// | message | parts |
/// |---|---|
/// | `dheader-1.0` | 1, with `header_detail` `basic` also the detector's configuration, with `all` also flatfield, pixel mask and count-rate table, each a header and a blob |
/// | `dimage-1.0` | series and number; `dimage_d-1.0` with shape, type, encoding; the blob; `dconfig-1.0` with times |
/// | `dseries_end-1.0` | 1 |
///
/// A header and an image may have one part more, the user's appendix. `hash` and `size` are not checked: what the pixels
/// must be follows from shape and type.
struct SimplonDialect: Sendable {
  /// The stream does not name its detector.
  let source: String
  private(set) var announced = SeriesFacts()

  init(source: String) { self.source = source }

  mutating func read(
    _ parts: MessageParts, into header: inout FrameHeader, unpacker: inout Unpacker
  ) throws(FrameError) -> DialectMessage {
    guard let first = parts.first else { throw Self.partCount(parts, "a DECTRIS message") }
    let fields = try HeaderFields.read(first)
    guard let type = fields.messageType else { throw .missingField("htype") }
    if type.hasPrefix("dimage-1.") { return .frame(try image(parts, fields, into: &header)) }
    if type.hasPrefix("dheader-1.") {
      // Also where the rest cannot be read: what the last series told is over.
      announced = SeriesFacts()
      let series = try fields.name("series", fields.series)
      announced = SeriesFacts(series: series, facts: try SimplonStart.facts(parts, unpacker: &unpacker))
      return .start(series: series)
    }
    if type.hasPrefix("dseries_end-1.") {
      return .end(source: nil, series: try fields.name("series", fields.series))
    }
    throw .unknownMessageType(type.excerpt, expected: "dheader-1.0, dimage-1.0 or dseries_end-1.0")
  }

  private func image(
    _ parts: MessageParts, _ fields: HeaderFields, into header: inout FrameHeader
  ) throws(FrameError) -> PackedArray {
    guard (4...5).contains(parts.count) else {
      throw Self.partCount(parts, "dimage-1.0, dimage_d-1.0, pixels, dconfig-1.0 [appendix]")
    }
    let array = try SimplonArray.read(header: parts[1], blob: parts[2], type: "dimage_d-1.")
    guard let number = fields.frame?.integer, number >= 0, number < .max else {
      throw .invalidField("frame", found: fields.frame?.excerpt ?? "absent", expected: "a whole number from 0")
    }
    guard let series = fields.series else { throw .missingField("series") }
    var name = header.series ?? ""
    if series.hasEscapes {
      name = try fields.name("series", series) ?? ""
    } else {
      try FrameHeader.set(&name, to: series.bytes, field: "series")
    }
    let scan = parts.count == 5 ? try ScanFacts(appendix: parts[4]) : ScanFacts()
    try scan.apply(to: &header, series: announced.facts(of: name).scan, layout: array.layout)
    if header.source != source { header.source = source }
    header.series = name
    header.frame = number
    // Times of `dconfig-1.0` count from the arming of the detector, which nobody knows here.
    header.timeNs = nil
    return array
  }

  static func partCount(_ parts: MessageParts, _ expected: String) -> FrameError {
    .partCount(found: parts.totalCount, expected: expected)
  }
}
