// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What registration says of one image. A plain value: per-column results stay with the `Registrar`.
public struct Registration: Sendable, Equatable {
  /// B columns of the image; the origin is the column nearest to the middle of the image, or, when tracked, the column
  /// nearest to where the previous origin was.
  public var lattice: Lattice
  public var pixelSize: PixelSize
  /// 0 … 1: how sure it is that the origin stands on a B column and not on an A-O column, an oxygen column or the gap:
  /// the probability among what emulated perovskites look like (`SiteTable`), given the noise of the mean cell.
  public var siteConfidence: Double
  /// Root mean square distance of the B columns found in the image from their lattice points, pixels, both directions
  /// together; columns that were given up as poor do not count. Noise and distortion of the scan are both in it.
  public var residualPx: Double
  /// B columns that were fitted, and those of them that are poor (`ColumnFits.isPoor`).
  public var columnCount: Int
  public var poorColumnCount: Int
  public var contrast: ColumnContrast
  /// Third standardised moment of the mean cell: negative for dark columns on a bright ground.
  public var contrastSkewness: Double
  /// Movement of the crystal since the previous lattice, pixels; zero unless tracked.
  public var driftPx: Vector2

  /// Angle of `lattice.a` from image x, clockwise on the screen, radians in (−π/2, π/2] for a canonical lattice.
  public var rotationRad: Double { lattice.a.angle }

  /// Measured spacing of columns along [110] and [001], pixels: |a|, |b|.
  public var spacingPx: (a: Double, b: Double) { (lattice.a.length, lattice.b.length) }

  /// The same in nanometres, with `pixelSize`.
  public var spacingNm: (a: Double, b: Double) {
    (lattice.a.length * pixelSize.nm, lattice.b.length * pixelSize.nm)
  }

  /// √2 |a| / |b|; 1 in a cubic crystal imaged without distortion.
  public var anisotropy: Double { lattice.a.length * Double(2).squareRoot() / lattice.b.length }

  /// Angle between a and b less 90°, degrees.
  public var shearDegrees: Double {
    (lattice.b.angle(from: lattice.a) - .pi / 2) * 180 / .pi
  }
}

/// How columns stand against their ground.
public enum ColumnContrast: String, Sendable, Codable {
  /// Annular bright field near focus.
  case darkColumns = "dark columns"
  /// Annular bright field where defocus has turned B or A-O columns bright.
  case turned = "turned by defocus"
  /// Annular dark field.
  case brightColumns = "bright columns"
}

/// Size of a pixel, and who said so.
public struct PixelSize: Sendable, Hashable, Codable {
  public enum Source: String, Sendable, Codable {
    /// Read from the image file or the frame's header.
    case file
    /// Given by the user.
    case option
    /// From the lattice itself: the material's cell divided by the measured one (area of the projected cell).
    case lattice
  }

  public var nm: Double
  public var source: Source

  public init(nm: Double, source: Source) {
    self.nm = nm
    self.source = source
  }
}
