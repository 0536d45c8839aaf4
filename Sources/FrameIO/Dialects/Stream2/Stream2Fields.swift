// SPDX-License-Identifier: GPL-3.0-or-later

/// The fields of a stream2 message as they stand in its bytes; large ones as readers that stand on them.
struct Stream2Fields {
  var type: UnsafeRawBufferPointer?
  var seriesID: UInt64?
  var seriesUniqueID: UnsafeRawBufferPointer?
  var imageID: UInt64?
  var data: CBORReader?
  var seriesDate: UnsafeRawBufferPointer?
  /// Seconds from `seriesDate` to the end of the exposure, as a ratio.
  var stopTime: (numerator: UInt64, denominator: UInt64)?
  var saturationValue: UInt64?
  var channels: CBORReader?
  var pixelMask: CBORReader?
  var userData: CBORReader?

  /// Reads a whole message. Of a key that comes twice the later one counts.
  init(_ message: UnsafeRawBufferPointer) throws(FrameError) {
    var reader = CBORReader(message)
    var pairs = try Self.open(&reader)
    while try reader.next(&pairs) {
      guard try reader.peekHead().major == .text else {
        try reader.skip()
        try reader.skip()
        continue
      }
      try take(try reader.text(), &reader)
    }
    guard reader.isAtEnd else { throw reader.malformed("the end of the message") }
  }

  /// The `type` of a message alone, which stands first by the rules.
  static func type(_ message: UnsafeRawBufferPointer) throws(FrameError) -> UnsafeRawBufferPointer? {
    var reader = CBORReader(message)
    var pairs = try open(&reader)
    while try reader.next(&pairs) {
      if try reader.peekHead().major == .text {
        if try reader.text().equals("type") { return try reader.text() }
      } else {
        try reader.skip()
      }
      try reader.skip()
    }
    return nil
  }

  /// Name of the channel that stands first in every frame.
  func firstChannel() throws(FrameError) -> String? {
    guard var reader = channels else { return nil }
    var names = try reader.array()
    return try reader.next(&names) ? String(decoding: try reader.text(), as: UTF8.self) : nil
  }

  private static func open(_ reader: inout CBORReader) throws(FrameError) -> CBORReader.Items {
    if try reader.peekHead().major == .tag { _ = try reader.tag() }
    return try reader.map()
  }

  private mutating func take(_ key: UnsafeRawBufferPointer, _ reader: inout CBORReader) throws(FrameError) {
    if key.equals("type") {
      type = try reader.text()
    } else if key.equals("series_id") {
      seriesID = try reader.unsigned()
    } else if key.equals("series_unique_id") {
      seriesUniqueID = try reader.text()
    } else if key.equals("image_id") {
      imageID = try reader.unsigned()
    } else if key.equals("data") {
      data = reader
      try reader.skip()
    } else if key.equals("series_date") {
      let head = try reader.peekHead()
      if head.major == .tag, head.argument == 0 {
        _ = try reader.tag()
        seriesDate = try reader.text()
      } else {
        try reader.skip()
      }
    } else if key.equals("stop_time") {
      var pair = try reader.array()
      try reader.element(of: &pair)
      let numerator = try reader.unsigned()
      try reader.element(of: &pair)
      stopTime = (numerator, try reader.unsigned())
      try reader.end(of: &pair)
    } else if key.equals("saturation_value") {
      saturationValue = try reader.unsigned()
    } else if key.equals("channels") {
      channels = reader
      try reader.skip()
    } else if key.equals("pixel_mask") {
      pixelMask = reader
      try reader.skip()
    } else if key.equals("user_data") {
      userData = reader
      try reader.skip()
    } else {
      try reader.skip()
    }
  }
}
