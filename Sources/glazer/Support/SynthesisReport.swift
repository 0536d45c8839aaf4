// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Multislice

/// What is true of a synthetic recording: how it was made, the lattice of each frame, the tilt of each B column.
struct SynthesisReport: Encodable {
  /// One B column of the crystal; indices count from each frame's own origin.
  struct Column: Encodable {
    var i, j: Int
    /// α, β, γ at this column, parity included, degrees.
    var tilt: [Double]
    /// 0 in the first domain, 1 in the second, between them in the wall.
    var secondShare: Double

    enum CodingKeys: String, CodingKey {
      case i, j
      case tilt = "tilt_deg"
      case secondShare = "second_share"
    }
  }

  private let program = "glazer synthesize \(Glazer.version)"
  private let series, material: String
  private let tilt, tilt2: [Double]
  private let thicknessNm, defocusA, sourceFWHMA: Double
  private let scan: ScanSettings
  /// Of the atoms' motion; absent for atoms at rest.
  private let temperatureK: Double?
  private let frames: [FrameTruth]
  private let columns: [Column]

  enum CodingKeys: String, CodingKey {
    case program, series, material
    case tilt = "tilt_deg"
    case tilt2 = "tilt2_deg"
    case thicknessNm = "thickness_nm"
    case defocusA = "defocus_A"
    case sourceFWHMA = "source_fwhm_A"
    case scan
    case temperatureK = "temperature_K"
    case frames, columns
  }

  init(
    series: String, material: String, tilt: [Double], tilt2: [Double], thicknessNm: Double, defocusA: Double,
    sourceFWHMA: Double, temperatureK: Double?, scan: SyntheticScan, frames: Int
  ) {
    (self.series, self.material, self.tilt, self.tilt2) = (series, material, tilt, tilt2)
    (self.thicknessNm, self.defocusA, self.sourceFWHMA) = (thicknessNm, defocusA, sourceFWHMA)
    self.temperatureK = temperatureK
    self.scan = scan.settings
    self.frames = (0..<frames).map(scan.truth)
    let seen = [0, frames - 1].flatMap { frame in
      scan.truth(frame).lattice.columns(width: scan.settings.width, height: scan.settings.height, margin: 0)
    }
    columns = Set(seen).sorted { ($0.j, $0.i) < ($1.j, $1.i) }.map { index in
      let (tilt, share) = scan.tilt(i: index.i, j: index.j)
      return Column(
        i: index.i, j: index.j, tilt: [tilt.alpha, tilt.beta, tilt.gamma],
        secondShare: (share * 1e4).rounded() / 1e4)
    }
  }

  func write(path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try WholeFile.write(try encoder.encode(self), path: path)
  }
}
