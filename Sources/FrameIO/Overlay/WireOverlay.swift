// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The JSON of an overlay as it stands on the wire, where names are in snake case.
struct WireOverlay: Decodable {
  struct ImagePart: Decodable {
    var shape: [Int]
    var pixelSizeNm: Double?
    var pixelSizeFrom: String?
    var rotationRad: Double?
  }
  struct LatticePart: Decodable {
    var locked: Bool
    var originPx, aPx, bPx: [Double]
    var residualPx: Double?
    var driftPx: [Double]
  }
  struct Model: Decodable { var name, sha256: String }
  struct Times: Decodable { var source, received, started, registered, inferred, published: UInt64 }
  struct Input: Decodable { var gap, skipped, rejected: UInt64 }
  struct Column: Decodable {
    var name, dtype: String
    var shape: [Int]
  }

  var htype, agent, run: String
  var seq: UInt64
  var source: String
  var series: String?
  var frame: Int64
  var n: Int
  var image: ImagePart
  var lattice: LatticePart
  var model: Model
  var timeNs: Times
  var input: Input
  var columns: [Column]

  func header() throws(OverlayError) -> OverlayHeader {
    guard image.shape.count == 2, image.shape.allSatisfy({ (1...(1 << 20)).contains($0) }) else {
      throw .headerUnreadable(reason: "\"image.shape\" is \(image.shape.prefix(4)), expected [height, width]")
    }
    var times = OverlayTimes()
    times.source = timeNs.source
    times.received = timeNs.received
    times.started = timeNs.started
    times.registered = timeNs.registered
    times.inferred = timeNs.inferred
    times.published = timeNs.published
    return OverlayHeader(
      agent: agent, run: run, seq: seq, source: source, series: series, frame: frame,
      image: OverlayImage(
        width: image.shape[1], height: image.shape[0], pixelSizeNm: image.pixelSizeNm,
        pixelSizeFrom: image.pixelSizeFrom.flatMap(OverlayImage.PixelSizeOrigin.init(rawValue:)),
        rotationRad: image.rotationRad ?? 0),
      lattice: OverlayLattice(
        locked: lattice.locked,
        lattice: Lattice(
          origin: try vector(lattice.originPx, "origin_px"), a: try vector(lattice.aPx, "a_px"),
          b: try vector(lattice.bPx, "b_px")),
        residualPx: lattice.residualPx ?? .nan, driftPx: try vector(lattice.driftPx, "drift_px")),
      model: OverlayModel(name: model.name, sha256: model.sha256),
      times: times,
      input: OverlayInput(gap: input.gap, skipped: input.skipped, rejected: input.rejected))
  }

  private func vector(_ values: [Double], _ name: String) throws(OverlayError) -> Vector2 {
    guard values.count == 2 else {
      throw .headerUnreadable(reason: "\"lattice.\(name)\" has \(values.count) numbers, expected [x, y]")
    }
    return Vector2(values[0], values[1])
  }
}

/// The JSON of a preview as it stands on the wire.
struct WirePreview: Decodable {
  var htype, source: String
  var series: String?
  var frame: Int64
  var shape: [Int]
  var binning: Int
  var low, high: Float?
}

/// The JSON of an event as it stands on the wire.
struct WireEvent: Decodable {
  var htype, kind, message: String
  var reason, source, series: String?
  var frame: Int64?
  var count: UInt64
}
