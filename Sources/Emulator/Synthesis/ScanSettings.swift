// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// How the synthetic microscope scans.
public struct ScanSettings: Sendable, Codable, Equatable {
  public var width = 352
  public var height = 352
  public var pixelSizeNm = 0.02
  /// Angle of [110] from image x, clockwise on the screen.
  public var rotationDegrees = 8.0
  /// Movement of the crystal during one frame, pixels along x and y.
  public var driftPxPerFrame = [0.35, -0.2]
  /// Electrons per Å² in one frame.
  public var dosePerA2 = 5e4
  /// Root mean square shift of a scan line along x, pixels: each line by itself.
  public var lineJitterPx = 0.15
  /// The wall between the two domains goes through the middle of the first frame; the angle of its normal from image x,
  /// clockwise.
  public var wallAngleDegrees = 30.0
  /// Distance over which one domain's image gives way to the other's, nm.
  public var wallWidthNm = 0.8
  public var seed: UInt64 = 1

  public init() {}
}

/// What is true of a synthetic frame.
public struct FrameTruth: Sendable, Codable, Equatable {
  public var frame: Int
  /// Where the B columns stand in this frame, pixels. Drift within the frame is in it, line jitter is not.
  public var lattice: Lattice
}
