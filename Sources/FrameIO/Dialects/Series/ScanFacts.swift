// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What a scan control adds to a detector's own messages, under the names of the native header: in `header_appendix` for a
/// series and `image_appendix` for a frame (SIMPLON), in `user_data` of either (stream2).
struct ScanFacts: Sendable {
  var pixelSizeNm: Double?
  var fieldOfViewNm: Double?
  var rotationRad: Double?
  var pixelTimeUs: Double?
  var dosePerA2: Double?
  var validRows: Double?
  var isLast = false

  init() {}

  /// An appendix is any text; only a JSON object has facts. What begins as one must be one: a scan must not be taken for
  /// complete because the word that says otherwise cannot be read.
  init(appendix bytes: UnsafeRawBufferPointer) throws(FrameError) {
    guard bytes.first == UInt8(ascii: "{") else { return }
    let fields = try HeaderFields.read(bytes)
    pixelSizeNm = try fields.positive("pixel_size_nm", fields.pixelSizeNm)
    fieldOfViewNm = try fields.positive("fov_nm", fields.fieldOfViewNm)
    rotationRad = try fields.finite("rotation_rad", fields.rotationRad)
    pixelTimeUs = try fields.positive("pixel_time_us", fields.pixelTimeUs)
    dosePerA2 = try fields.positive("dose_e_per_A2", fields.dosePerA2)
    validRows = try fields.finite("valid_rows", fields.validRows)
    isLast = try fields.boolean("last", fields.last) ?? false
  }

  /// `user_data` is any item; only a map has facts.
  init(userData reader: CBORReader) throws(FrameError) {
    var reader = reader
    guard try reader.peekHead().major == .map else { return }
    var pairs = try reader.map()
    while try reader.next(&pairs) {
      guard try reader.peekHead().major == .text else {
        try reader.skip()
        try reader.skip()
        continue
      }
      let key = try reader.text()
      if key.equals("pixel_size_nm") {
        pixelSizeNm = try Self.positive("pixel_size_nm", &reader)
      } else if key.equals("fov_nm") {
        fieldOfViewNm = try Self.positive("fov_nm", &reader)
      } else if key.equals("rotation_rad") {
        rotationRad = try Self.finite("rotation_rad", &reader)
      } else if key.equals("pixel_time_us") {
        pixelTimeUs = try Self.positive("pixel_time_us", &reader)
      } else if key.equals("dose_e_per_A2") {
        dosePerA2 = try Self.positive("dose_e_per_A2", &reader)
      } else if key.equals("valid_rows") {
        validRows = try Self.finite("valid_rows", &reader)
      } else if key.equals("last") {
        isLast = try Self.boolean("last", &reader) ?? false
      } else {
        try reader.skip()
      }
    }
  }

  private static func positive(_ field: String, _ reader: inout CBORReader) throws(FrameError) -> Double? {
    guard let value = try finite(field, &reader) else { return nil }
    guard value > 0 else { throw .invalidField(field, found: "\(value)", expected: "a number above 0") }
    return value
  }

  /// By the rules of JSON headers: null, undefined and NaN are as good as absent, a string that holds a number will do.
  private static func finite(_ field: String, _ reader: inout CBORReader) throws(FrameError) -> Double? {
    if try reader.skipAbsent() { return nil }
    if try reader.peekHead().major == .text {
      let text = JSONSlice(kind: .string, bytes: try reader.text())
      guard let value = text.double else {
        throw .invalidField(field, found: text.excerpt, expected: "a finite number")
      }
      return value
    }
    guard let value = try reader.number(), !value.isInfinite else {
      throw .invalidField(field, found: "something else", expected: "a finite number")
    }
    return value.isNaN ? nil : value
  }

  /// true, false, 1, 0, and strings of these.
  private static func boolean(_ field: String, _ reader: inout CBORReader) throws(FrameError) -> Bool? {
    if try reader.skipAbsent() { return nil }
    let head = try reader.peekHead()
    if head.major == .simple, head.info == 20 || head.info == 21 {
      try reader.skip()
      return head.info == 21
    }
    if head.major == .text {
      let text = JSONSlice(kind: .string, bytes: try reader.text())
      if let flag = text.boolean { return flag }
      throw .invalidField(field, found: text.excerpt, expected: "true or false")
    }
    switch try reader.number() {
    case 0: return false
    case 1: return true
    default: throw .invalidField(field, found: "something else", expected: "true or false")
    }
  }

  /// Fills in a frame's header; what the frame itself does not say, its series does.
  func apply(to header: inout FrameHeader, series: ScanFacts, layout: ArrayLayout) throws(FrameError) {
    let fieldOfView = fieldOfViewNm ?? series.fieldOfViewNm
    header.fieldOfViewNm = fieldOfView
    header.pixelSizeNm = pixelSizeNm ?? series.pixelSizeNm ?? fieldOfView.map { $0 / Double(layout.width) }
    header.rotationRad = rotationRad ?? series.rotationRad
    header.pixelTimeUs = pixelTimeUs ?? series.pixelTimeUs
    header.dosePerA2 = dosePerA2 ?? series.dosePerA2
    header.isLast = isLast
    header.validRows = nil
    guard let validRows else { return }
    guard let rows = Int(exactly: validRows), (0...layout.height).contains(rows) else {
      throw .invalidField("valid_rows", found: "\(validRows)", expected: "a whole number from 0 to \(layout.height)")
    }
    header.validRows = rows
  }
}
