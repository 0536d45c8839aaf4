// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension HeaderFields {
  static let frameNumbers: ClosedRange<Int64> = 0...Int64.max - 1

  /// Fills a frame header in place; strings that have not changed are kept, so that no memory is taken. All or nothing.
  func update(
    _ header: inout FrameHeader, defaultSource: String, nextFrame: Int64, layout: ArrayLayout
  ) throws(FrameError) {
    let number = try integer("frame", frame, in: Self.frameNumbers) ?? nextFrame
    let time = try integer("time_ns", timeNs, in: 0...Int64.max)
    let rows = try integer("valid_rows", validRows, in: 0...Int64(layout.height))
    let fieldOfView = try positive("fov_nm", fieldOfViewNm)
    let pixelSize = try positive("pixel_size_nm", pixelSizeNm) ?? fieldOfView.map { $0 / Double(layout.width) }
    let rotation = try finite("rotation_rad", rotationRad)
    let pixelTime = try positive("pixel_time_us", pixelTimeUs)
    let dose = try positive("dose_e_per_A2", dosePerA2)
    let isLast = try boolean("last", last) ?? false
    let newSource = try changedName("source", source, from: header.source)
    let newSeries = try changedName("series", series, from: header.series)

    if let newSource { header.source = newSource } else if source == nil { header.source = defaultSource }
    if let newSeries { header.series = newSeries } else if series == nil { header.series = nil }
    header.frame = number
    header.timeNs = time.map(UInt64.init)
    header.pixelSizeNm = pixelSize
    header.fieldOfViewNm = fieldOfView
    header.rotationRad = rotation
    header.pixelTimeUs = pixelTime
    header.validRows = rows.map { Int($0) }
    header.dosePerA2 = dose
    header.isLast = isLast
  }

  /// A name: a string or a number, not empty and not long.
  func name(_ field: String, _ value: JSONSlice?) throws(FrameError) -> String? {
    guard let value else { return nil }
    guard let text = value.text, !text.isEmpty, text.utf8.count <= FrameDecoder.longestName else {
      throw .invalidField(
        field, found: value.excerpt, expected: "a name of 1 to \(FrameDecoder.longestName) bytes")
    }
    return text
  }

  /// The new name, or nil when there is none or it is the old one.
  private func changedName(_ field: String, _ value: JSONSlice?, from old: String?) throws(FrameError) -> String? {
    if let value, let old, !value.hasEscapes, !value.bytes.isEmpty, value.kind == .string || value.kind == .number,
      old.utf8.elementsEqual(value.bytes)
    {
      return nil
    }
    return try name(field, value)
  }

  func integer(
    _ field: String, _ value: JSONSlice?, in range: ClosedRange<Int64>
  ) throws(FrameError) -> Int64? {
    guard let value else { return nil }
    guard let number = value.integer, range.contains(number) else {
      throw .invalidField(
        field, found: value.excerpt, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func finite(_ field: String, _ value: JSONSlice?) throws(FrameError) -> Double? {
    guard let value else { return nil }
    guard let number = value.double else {
      throw .invalidField(field, found: value.excerpt, expected: "a finite number")
    }
    return number
  }

  func positive(_ field: String, _ value: JSONSlice?) throws(FrameError) -> Double? {
    guard let value else { return nil }
    guard let number = value.double, number > 0 else {
      throw .invalidField(field, found: value.excerpt, expected: "a number above 0")
    }
    return number
  }

  func boolean(_ field: String, _ value: JSONSlice?) throws(FrameError) -> Bool? {
    guard let value else { return nil }
    guard let flag = value.boolean else {
      throw .invalidField(field, found: value.excerpt, expected: "true or false")
    }
    return flag
  }
}
