// SPDX-License-Identifier: GPL-3.0-or-later

/// What the instrument said of a frame. Everything but `source` and `frame` is optional on the wire.
public struct FrameHeader: Sendable, Equatable {
  /// Name of the detector or channel, for example "abf".
  public var source: String
  /// Name of the acquisition this frame belongs to.
  public var series: String?
  /// Frame number within the series, from 0.
  public var frame: Int64
  /// Clock of the source, nanoseconds since 1970.
  public var timeNs: UInt64?
  public var pixelSizeNm: Double?
  public var fieldOfViewNm: Double?
  /// Rotation of the scan, radians.
  public var rotationRad: Double?
  public var pixelTimeUs: Double?
  /// Rows from the top that are valid, when the frame is delivered while it is being scanned.
  public var validRows: Int?
  /// Electrons per square ångström in this frame.
  public var dosePerA2: Double?
  /// True on the last frame of its series.
  public var isLast: Bool

  public init(
    source: String, series: String? = nil, frame: Int64, timeNs: UInt64? = nil, pixelSizeNm: Double? = nil,
    fieldOfViewNm: Double? = nil, rotationRad: Double? = nil, pixelTimeUs: Double? = nil, validRows: Int? = nil,
    dosePerA2: Double? = nil, isLast: Bool = false
  ) {
    self.source = source
    self.series = series
    self.frame = frame
    self.timeNs = timeNs
    self.pixelSizeNm = pixelSizeNm
    self.fieldOfViewNm = fieldOfViewNm
    self.rotationRad = rotationRad
    self.pixelTimeUs = pixelTimeUs
    self.validRows = validRows
    self.dosePerA2 = dosePerA2
    self.isLast = isLast
  }
}

/// One image with what is known of it. Rows below `header.validRows` are NaN.
public struct Frame: Sendable, Equatable {
  public var header: FrameHeader
  public var image: Image
  /// Values at or above this are saturated: the largest value of the stored integer type; nil for float pixels.
  public var saturationLevel: Float?

  public init(header: FrameHeader, image: Image, saturationLevel: Float? = nil) {
    self.header = header
    self.image = image
    self.saturationLevel = saturationLevel
  }
}
