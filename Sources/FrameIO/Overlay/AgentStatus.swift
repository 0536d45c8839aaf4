// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

/// What the agent says of itself once a second and to each new subscriber (`agent-status-1.0`). Counts are since its start.
public struct AgentStatus: Sendable, Equatable {
  public static let htype = "agent-status-1.0"

  /// State of the lattice, or of the agent where there is no lattice to speak of.
  public enum State: String, Sendable, CaseIterable {
    /// No message has arrived yet.
    case waiting
    case searching
    case locked
    case lost
    /// The agent is ending; this is its last status.
    case ended
  }

  public var agent: String
  public var run: String
  public var timeNs: UInt64
  public var uptimeS: Double
  public var state: State
  public var source: String?
  public var series: String?
  public var frame: Int64?
  public var model: OverlayModel
  /// Frames and messages that came in, refused ones included.
  public var received: UInt64 = 0
  public var gap: UInt64 = 0
  public var skipped: UInt64 = 0
  /// In the order of `RejectionReason.allCases`.
  public var rejected: [UInt64] = Array(repeating: 0, count: RejectionReason.allCases.count)
  public var overlays: UInt64 = 0
  /// Cells in the last overlay.
  public var cells: Int = 0
  /// Overlays per second over the last second.
  public var framesPerS: Double = 0
  /// What the recorder does; nil where nothing is to be recorded.
  public var recording: RecordingReport?
  /// From received to published over the last frames; nil before the first.
  public var latencyMs: LatencyMs?
  public var inputLink = LinkStatus()
  public var outputLink = LinkStatus()

  /// How a link is protected, and from whom it was.
  public struct LinkStatus: Sendable, Equatable {
    public var isEncrypted = false
    /// Of a link that listens with CURVE, nil otherwise.
    public var connections: AccessList.Counts?

    public init() {}

    public init(_ security: LinkSecurity) {
      isEncrypted = security.isEncrypted
      connections = security.accessList?.counts
    }
  }

  /// Where the time went, mean over the frames since the status before; nil where there were none.
  public var stageMs: StageMs?
  /// Movement of the lattice since the frame before, pixels, and how well it fits; nil before the first overlay.
  public var lattice: LatticeState?

  public struct StageMs: Sendable, Equatable {
    public var queued: Double
    public var registration: Double
    public var inference: Double
    public var publication: Double

    public init(queued: Double, registration: Double, inference: Double, publication: Double) {
      self.queued = queued
      self.registration = registration
      self.inference = inference
      self.publication = publication
    }
  }

  public struct LatticeState: Sendable, Equatable {
    public var driftPx: Vector2
    public var residualPx: Double

    public init(driftPx: Vector2, residualPx: Double) {
      self.driftPx = driftPx
      self.residualPx = residualPx
    }
  }

  public struct LatencyMs: Sendable, Equatable {
    public var p50: Double
    public var p95: Double
    public var p99: Double

    public init(p50: Double, p95: Double, p99: Double) {
      self.p50 = p50
      self.p95 = p95
      self.p99 = p99
    }
  }

  public init(agent: String, run: String, timeNs: UInt64, uptimeS: Double, state: State, model: OverlayModel) {
    self.agent = agent
    self.run = run
    self.timeNs = timeNs
    self.uptimeS = uptimeS
    self.state = state
    self.model = model
  }
}

extension JSONWriter {
  public mutating func write(_ status: AgentStatus) {
    beginObject()
    member("htype", AgentStatus.htype)
    member("agent", status.agent)
    member("run", status.run)
    member("time_ns", status.timeNs)
    member("uptime_s", status.uptimeS)
    member("state", status.state.rawValue)
    member("source", status.source)
    member("series", status.series)
    key("frame")
    if let frame = status.frame { value(frame) } else { null() }
    model(status.model)
    object("input") {
      $0.member("received", status.received)
      $0.member("gap", status.gap)
      $0.member("skipped", status.skipped)
      $0.object("rejected") {
        for (reason, count) in zip(RejectionReason.allCases, status.rejected) {
          $0.dynamicKey(reason.rawValue)
          $0.value(count)
        }
      }
    }
    member("overlays", status.overlays)
    member("cells", status.cells)
    member("frames_per_s", status.framesPerS)
    if let report = status.recording { recording(report) }
    if let latency = status.latencyMs {
      object("latency_ms") {
        $0.member("p50", latency.p50)
        $0.member("p95", latency.p95)
        $0.member("p99", latency.p99)
      }
    }
    if let stages = status.stageMs {
      object("stage_ms") {
        $0.member("queued", stages.queued)
        $0.member("registration", stages.registration)
        $0.member("inference", stages.inference)
        $0.member("publication", stages.publication)
      }
    }
    if let lattice = status.lattice {
      object("lattice") {
        $0.array("drift_px") {
          $0.value(lattice.driftPx.x)
          $0.value(lattice.driftPx.y)
        }
        $0.member("residual_px", lattice.residualPx)
      }
    }
    object("security") { writer in
      for (name, link) in [("input", status.inputLink), ("output", status.outputLink)] {
        writer.dynamicKey(name)
        writer.value(link)
      }
    }
    endObject()
  }

  private mutating func value(_ link: AgentStatus.LinkStatus) {
    beginObject()
    member("curve", link.isEncrypted)
    if let counts = link.connections {
      member("accepted", counts.accepted)
      member("refused", counts.refused)
      member("unknown_keys", counts.unknownKeys)
      member("keyless", counts.keyless)
      member("last_refused_address", counts.lastRefused?.address)
      member("last_refused_key", counts.lastRefused?.key.description)
    }
    endObject()
  }
}
