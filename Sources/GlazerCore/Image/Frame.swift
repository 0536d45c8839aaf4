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

  /// Rows of the scan that `image` lacks at the moment; see `hideMissingRows`.
  public private(set) var hiddenRows = 0

  public init(header: FrameHeader, image: Image, saturationLevel: Float? = nil) {
    self.header = header
    self.image = image
    self.saturationLevel = saturationLevel
  }

  /// Height of the whole scan, pixels.
  public var height: Int { image.height + hiddenRows }

  /// The scan is under way: the rest of its rows comes with the same frame number.
  public var isPartial: Bool { header.validRows.map { $0 < height } ?? false }

  /// Leaves in `image` the rows that have been scanned, so that whoever looks for a lattice or for cells finds them there
  /// only. The lattice of those is that of the whole: rows begin at the top.
  public mutating func hideMissingRows() {
    guard let rows = header.validRows, rows < image.height else { return }
    hiddenRows = image.height - rows
    image.resize(width: image.width, height: rows)
  }

  /// The whole image again, NaN in the rows that were hidden.
  public mutating func showMissingRows() {
    guard hiddenRows > 0 else { return }
    let valid = image.pixels.count
    image.resize(width: image.width, height: height)
    for i in valid..<image.pixels.count { image.pixels[i] = .nan }
    hiddenRows = 0
  }
}
