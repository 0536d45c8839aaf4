// SPDX-License-Identifier: GPL-3.0-or-later

/// What the beginning of a series told of its detector, as far as it bears on pixels. The size of the detector's own
/// pixels does not: that of an image is the step of the scan.
struct DetectorFacts: Sendable {
  /// Largest count that can be trusted; nil where it was not told.
  var largestCount: Double?
  var scan = ScanFacts()
  var mask = PixelMask()

  /// DETECTORS write the largest value of an unsigned type where there is no measurement (gaps, defective pixels).
  private static func noData(_ type: PixelType) -> Float? {
    switch type {
    case .uint8, .uint16, .uint32: type.saturationLevel
    default: nil
    }
  }

  func saturationLevel(of type: PixelType) -> Float? {
    guard let noData = Self.noData(type) else { return type.saturationLevel }
    return min(largestCount.map { Float($0) } ?? noData, noData)
  }

  /// Pixels without a measurement become NaN.
  func mark(_ pixels: UnsafeMutableBufferPointer<Float>, layout: ArrayLayout) {
    if let noData = Self.noData(layout.pixelType) {
      for i in pixels.indices where pixels[i] >= noData { pixels[i] = .nan }
    }
    if mask.width == layout.width, mask.height == layout.height {
      for index in mask.indices { pixels[Int(index)] = .nan }
    }
  }
}

/// Which pixels of a detector never hold a measurement.
struct PixelMask: Sendable {
  private(set) var width = 0
  private(set) var height = 0
  /// y · width + x
  private(set) var indices: [Int32] = []

  /// Takes a mask of 32-bit words, of which any that is not 0 marks its pixel: bit 0 gaps, 1 dead, 2 and 3 wrong response,
  /// 4 noisy (SIMPLON API, `pixel_mask`). A mask that leaves less than half of the pixels is refused.
  mutating func take(_ array: PackedArray, unpacker: inout Unpacker) throws(FrameError) {
    let layout = array.layout
    guard layout.pixelType == .uint32 else {
      throw .unsupportedArray("a pixel mask of type \(layout.pixelType.rawValue)", expected: "uint32")
    }
    let count = layout.width * layout.height
    let taken = try unpacker.withUnpacked(array) { bytes -> Bool in
      let isSet = { (i: Int) in bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self) != 0 }
      indices.removeAll(keepingCapacity: true)
      let masked = (0..<count).count { isSet($0) }
      guard masked <= count / 2 else { return false }
      indices.reserveCapacity(masked)
      for i in 0..<count where isSet(i) { indices.append(Int32(i)) }
      return true
    }
    guard taken else { throw .unsupportedArray("a pixel mask over most of the image", expected: "half of it at most") }
    (width, height) = (layout.width, layout.height)
  }
}
