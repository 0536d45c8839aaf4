// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Registration

/// A registered lattice as it is written to JSON; lengths carry their unit in the key, vectors are [x, y], y down.
struct LatticeReport: Encodable {
  private let originPx, aPx, bPx: [Double]
  private let residualPx: Double
  private let spacingPx, spacingNm: [Double]
  private let rotationRad, anisotropy, shearDegrees: Double
  private let pixelSizeNm: Double
  private let pixelSizeSource: String
  private let siteConfidence: Double
  private let contrast: String
  private let contrastSkewness: Double
  private let columns, poorColumns: Int

  enum CodingKeys: String, CodingKey {
    case originPx = "origin_px"
    case aPx = "a_px"
    case bPx = "b_px"
    case residualPx = "residual_px"
    case spacingPx = "spacing_px"
    case spacingNm = "spacing_nm"
    case rotationRad = "rotation_rad"
    case anisotropy
    case shearDegrees = "shear_deg"
    case pixelSizeNm = "pixel_size_nm"
    case pixelSizeSource = "pixel_size_source"
    case siteConfidence = "b_site_confidence"
    case contrast
    case contrastSkewness = "contrast_skewness"
    case columns
    case poorColumns = "poor_columns"
  }

  init(_ registration: Registration) {
    func pair(_ v: Vector2) -> [Double] { [v.x, v.y] }
    let lattice = registration.lattice
    originPx = pair(lattice.origin)
    aPx = pair(lattice.a)
    bPx = pair(lattice.b)
    residualPx = registration.residualPx
    spacingPx = [registration.spacingPx.a, registration.spacingPx.b]
    spacingNm = [registration.spacingNm.a, registration.spacingNm.b]
    rotationRad = registration.rotationRad
    anisotropy = registration.anisotropy
    shearDegrees = registration.shearDegrees
    pixelSizeNm = registration.pixelSize.nm
    pixelSizeSource = registration.pixelSize.source.rawValue
    siteConfidence = registration.siteConfidence
    contrast = registration.contrast.rawValue
    contrastSkewness = registration.contrastSkewness
    columns = registration.columnCount
    poorColumns = registration.poorColumnCount
  }
}

extension Registration {
  /// A few lines for a person.
  var summary: String {
    let source: String
    switch pixelSize.source {
    case .file: source = "from the file"
    case .option: source = "from --pixel-size"
    case .lattice: source = "from the lattice itself and the material's cell"
    }
    return [
      String(format: "a [110]   %8.3f px  %.4f nm", spacingPx.a, spacingNm.a),
      String(format: "b [001]   %8.3f px  %.4f nm", spacingPx.b, spacingNm.b),
      String(
        format: "rotation  %8.2f deg  sqrt2 a/b %.4f  shear %+.2f deg", rotationRad * 180 / .pi, anisotropy,
        shearDegrees),
      String(format: "pixel     %8.5f nm %@", pixelSize.nm, source),
      String(
        format: "columns   %8d B, %d poor, residual %.2f px (%.3f nm) rms", columnCount, poorColumnCount, residualPx,
        residualPx * pixelSize.nm),
      String(
        format: "contrast  %@ (skewness %+.2f), B-site confidence %.3f", contrast.rawValue, contrastSkewness,
        siteConfidence),
    ].joined(separator: "\n")
  }
}
