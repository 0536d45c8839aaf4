// SPDX-License-Identifier: GPL-3.0-or-later

/// An annular detector centred on the optical axis, or a segment of one; a disc when `innerMrad` is 0. The inner edge
/// belongs to it, the outer not.
public struct AnnularDetector: Sendable, Hashable, Codable {
  public var innerMrad: Double
  public var outerMrad: Double
  /// Azimuths of a segment, which runs from `startDeg` up to `endDeg`; nil is the whole ring.
  public var segment: Segment?

  /// Degrees from image x towards y. `endDeg` may lie beyond 360°; the start belongs to the segment, the end not.
  public struct Segment: Sendable, Hashable, Codable {
    public var startDeg: Double
    public var endDeg: Double

    public init(startDeg: Double, endDeg: Double) {
      self.startDeg = startDeg
      self.endDeg = endDeg
    }
  }

  public init(innerMrad: Double, outerMrad: Double, segment: Segment? = nil) {
    self.innerMrad = innerMrad
    self.outerMrad = outerMrad
    self.segment = segment
  }
}
