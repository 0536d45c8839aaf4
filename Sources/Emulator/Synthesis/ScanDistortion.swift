// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// How a scan bends the picture of a crystal: where the picture shows what stands elsewhere in an ideal one.
public struct ScanDistortion: Sendable, Hashable {
  /// Drift that grows during the frame: displacement at its last line, pixels, as the square of the time since the middle.
  public var drift = Vector2.zero
  /// Layers curved like a wave: amplitude in pixels and direction of the displacement, with `wavePeriods` over the image's
  /// diagonal.
  public var wave = Vector2.zero
  public var wavePeriods = 1.0
  /// Direction in which the wave runs, degrees from image x.
  public var waveDirectionDegrees = 30.0
  /// Strain about a point to the left of the middle: largest displacement, pixels, towards it.
  public var strain = 0.0
  /// Root mean square shift of a scan line along x, pixels: each line by itself.
  public var lineJitterPx = 0.0

  public init() {}

  /// What stands at `p` in an ideal picture of `width` × `height` pixels is seen at p plus this, to first order.
  func displacement(at p: Vector2, width: Int, height: Int) -> Vector2 {
    let (x, y) = (p.x / Double(width) - 0.5, p.y / Double(height) - 0.5)
    var sum = (4 * y * y) * drift
    if wave != .zero {
      let direction = waveDirectionDegrees * .pi / 180
      let along = (x * cos(direction) + y * sin(direction)) / Double(2).squareRoot()
      sum = sum + sin(2 * .pi * wavePeriods * along) * wave
    }
    if strain != 0 {
      // r e^(−r²/2σ²) has its largest value at r = σ.
      let sigma = 0.25
      let r = Vector2(x + 0.15, y)
      let size = r.length / sigma
      sum = sum + (-strain / sigma * exp(0.5 - 0.5 * size * size)) * r
    }
    return sum
  }
}
