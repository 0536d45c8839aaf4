// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

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
    /// Not in the first recordings of overlays.
    var shiftAmbiguous: Bool?
    var indexEpoch: Int?
  }
  struct Accumulated: Decodable {
    var timeConstantFrames, framesMax, framesMean: Double
    var cells, resetCells: Int
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
  var accumulated: Accumulated?
  var regions: [WireRegion]?
  var scatterOverStated, sigmaWidening: [Double]?
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
    var header = OverlayHeader(
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
    header.lattice.isShiftAmbiguous = lattice.shiftAmbiguous ?? false
    header.lattice.indexEpoch = lattice.indexEpoch ?? 0
    header.accumulated = accumulated.map {
      var accumulation = OverlayAccumulation(timeConstantFrames: $0.timeConstantFrames)
      accumulation.largestFrames = $0.framesMax
      accumulation.meanFrames = $0.framesMean
      (accumulation.cells, accumulation.resetCells) = ($0.cells, $0.resetCells)
      return accumulation
    }
    return header
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

/// The JSON of a status as it stands on the wire.
struct WireStatus: Decodable {
  struct Input: Decodable {
    var received, gap, skipped: UInt64
    /// By reason; those that this version does not know are passed over.
    var rejected: [String: UInt64]
  }
  struct LatencyMs: Decodable { var p50, p95, p99: Double }
  struct StageMs: Decodable { var queued, registration, inference, publication: Double }
  struct LatticePart: Decodable {
    var driftPx: [Double]
    var residualPx: Double?
  }
  struct Security: Decodable { var input, output: Link? }
  struct Link: Decodable {
    var curve: Bool
    var accepted, unknownKeys, keyless: UInt64?

    /// Without who was refused last.
    var status: AgentStatus.LinkStatus {
      var status = AgentStatus.LinkStatus()
      status.isEncrypted = curve
      guard let accepted, let unknownKeys, let keyless else { return status }
      var counts = AccessList.Counts()
      (counts.accepted, counts.unknownKeys, counts.keyless) = (accepted, unknownKeys, keyless)
      status.connections = counts
      return status
    }
  }

  var htype, agent, run, state: String
  var timeNs: UInt64
  var uptimeS: Double
  var source, series: String?
  var frame: Int64?
  var model: WireOverlay.Model
  var input: Input
  var overlays: UInt64
  var cells: Int
  var framesPerS: Double
  var latencyMs: LatencyMs?
  var stageMs: StageMs?
  var lattice: LatticePart?
  var security: Security?

  func status() throws(OverlayError) -> AgentStatus {
    guard let state = AgentStatus.State(rawValue: state) else {
      throw .headerUnreadable(reason: "\"state\" is \"\(state.prefix(40))\", which is not known")
    }
    var status = AgentStatus(
      agent: agent, run: run, timeNs: timeNs, uptimeS: uptimeS, state: state,
      model: OverlayModel(name: model.name, sha256: model.sha256))
    (status.source, status.series, status.frame) = (source, series, frame)
    (status.received, status.gap, status.skipped) = (input.received, input.gap, input.skipped)
    status.rejected = RejectionReason.allCases.map { input.rejected[$0.rawValue] ?? 0 }
    (status.overlays, status.cells, status.framesPerS) = (overlays, cells, framesPerS)
    status.latencyMs = latencyMs.map { AgentStatus.LatencyMs(p50: $0.p50, p95: $0.p95, p99: $0.p99) }
    status.stageMs = stageMs.map {
      AgentStatus.StageMs(
        queued: $0.queued, registration: $0.registration, inference: $0.inference, publication: $0.publication)
    }
    if let lattice, lattice.driftPx.count == 2 {
      status.lattice = AgentStatus.LatticeState(
        driftPx: Vector2(lattice.driftPx[0], lattice.driftPx[1]), residualPx: lattice.residualPx ?? .nan)
    }
    if let link = security?.input?.status { status.inputLink = link }
    if let link = security?.output?.status { status.outputLink = link }
    return status
  }
}
