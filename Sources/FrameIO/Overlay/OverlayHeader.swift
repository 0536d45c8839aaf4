// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What goes out with the cells of one frame: `cell-overlay-1.0` (PROTOCOL.md describes its JSON).
public struct OverlayHeader: Sendable, Equatable {
  public static let htype = "cell-overlay-1.0"

  /// Program and version, for example "glazer-agent/0.1.0".
  public var agent: String
  /// A UUID for each start of the agent: with `seq` it names a message for ever.
  public var run: String
  /// Counts the overlays of this run from 0, without a hole: a subscriber sees by it what it lost.
  public var seq: UInt64
  public var source: String
  public var series: String?
  public var frame: Int64
  public var image: OverlayImage
  public var lattice: OverlayLattice
  public var model: OverlayModel
  public var times: OverlayTimes
  public var input: OverlayInput
  /// What the accumulated columns rest on; nil where there are none.
  public var accumulated: OverlayAccumulation?
  /// Regions of equal tilt; nil where they are not looked for. Its labels and walls are columns beside those of the cells.
  public var regions: RegionMap?

  public init(
    agent: String, run: String, seq: UInt64, source: String, series: String?, frame: Int64, image: OverlayImage,
    lattice: OverlayLattice, model: OverlayModel, times: OverlayTimes, input: OverlayInput
  ) {
    self.agent = agent
    self.run = run
    self.seq = seq
    self.source = source
    self.series = series
    self.frame = frame
    self.image = image
    self.lattice = lattice
    self.model = model
    self.times = times
    self.input = input
  }
}

/// The image the cells lie on.
public struct OverlayImage: Sendable, Equatable {
  /// Who told the pixel size.
  public enum PixelSizeOrigin: String, Sendable { case frame, configuration, lattice }

  public var width: Int
  public var height: Int
  public var pixelSizeNm: Double?
  public var pixelSizeFrom: PixelSizeOrigin?
  /// Rotation of the scan as the instrument gave it, radians; 0 where it gave none.
  public var rotationRad: Double

  public init(
    width: Int, height: Int, pixelSizeNm: Double?, pixelSizeFrom: PixelSizeOrigin?, rotationRad: Double = 0
  ) {
    self.width = width
    self.height = height
    self.pixelSizeNm = pixelSizeNm
    self.pixelSizeFrom = pixelSizeFrom
    self.rotationRad = rotationRad
  }
}

/// The lattice of this frame.
public struct OverlayLattice: Sendable, Equatable {
  /// True when the lattice was followed from the frame before; false when it was searched afresh in this one.
  public var locked: Bool
  public var lattice: Lattice
  /// Rms distance of the measured columns from the lattice, pixels.
  public var residualPx: Double
  /// Movement of the crystal since the last frame with a lattice, pixels; zero where the shift is not known.
  public var driftPx: Vector2
  /// True when this frame's lattice was found and its shift from the frame before is known only modulo the lattice: its
  /// indices (i, j) name other columns than before.
  public var isShiftAmbiguous = false
  /// Counts the times that indices began anew in this run, from 1: frames of one epoch give a column the same (i, j).
  public var indexEpoch = 0

  public init(locked: Bool, lattice: Lattice, residualPx: Double, driftPx: Vector2) {
    self.locked = locked
    self.lattice = lattice
    self.residualPx = residualPx
    self.driftPx = driftPx
  }
}

/// The accumulation behind the columns `acc_…` of one overlay.
public struct OverlayAccumulation: Sendable, Equatable {
  /// Frames after which a value counts 1/e of a new one.
  public var timeConstantFrames: Double
  /// Largest and mean effective number of frames over the cells that rest on any; 0 where none do.
  public var largestFrames = 0.0
  public var meanFrames = 0.0
  /// Cells of this frame with an accumulated value.
  public var cells = 0
  /// Cells that began anew in this frame because its value contradicted theirs.
  public var resetCells = 0

  public init(timeConstantFrames: Double) { self.timeConstantFrames = timeConstantFrames }
}

public struct OverlayModel: Sendable, Equatable {
  public var name: String
  /// Of the model's weights, hexadecimal.
  public var sha256: String

  public init(name: String, sha256: String) {
    self.name = name
    self.sha256 = sha256
  }
}

/// Nanoseconds since 1970 at the end of each stage; 0 where a stage has no time (a source without a clock).
public struct OverlayTimes: Sendable, Equatable {
  public var source: UInt64 = 0
  public var received: UInt64 = 0
  public var started: UInt64 = 0
  public var registered: UInt64 = 0
  public var inferred: UInt64 = 0
  public var published: UInt64 = 0

  public init() {}
}

/// What happened to the input since the overlay before this one. The sums over a run stand in `status`.
public struct OverlayInput: Sendable, Equatable {
  /// Frame numbers that never arrived.
  public var gap: UInt64
  /// Frames that arrived and were replaced by a newer one before the pipeline was free.
  public var skipped: UInt64
  /// Frames and messages that were refused (see `event`).
  public var rejected: UInt64

  public init(gap: UInt64 = 0, skipped: UInt64 = 0, rejected: UInt64 = 0) {
    self.gap = gap
    self.skipped = skipped
    self.rejected = rejected
  }
}
