// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// Detectors and probe as they are written beside simulated images.
enum OpticsReport {
  struct Detector: Encodable {
    private let angles: [Double]
    private let azimuths: [Double]?

    enum CodingKeys: String, CodingKey {
      case angles = "inner_outer_mrad"
      case azimuths = "start_end_deg"
    }

    init(_ detector: AnnularDetector) {
      angles = [detector.innerMrad, detector.outerMrad]
      azimuths = detector.segment.map { [$0.startDeg, $0.endDeg] }
    }
  }

  struct Probe: Encodable {
    private let defocusA, sphericalMm, focalSpreadA: Double
    private let astigmatism, threefold, coma, mistiltMrad: [Double]

    enum CodingKeys: String, CodingKey {
      case defocusA = "defocus_A"
      case sphericalMm = "cs_mm"
      case astigmatism = "astigmatism_A_deg"
      case threefold = "astigmatism3_A_deg"
      case coma = "coma_A_deg"
      case mistiltMrad = "mistilt_mrad"
      case focalSpreadA = "focal_spread_rms_A"
    }

    init(_ probe: ProbeConditions) {
      defocusA = probe.defocusA
      sphericalMm = probe.sphericalMm
      focalSpreadA = probe.focalSpreadA
      astigmatism = [probe.astigmatism.sizeA, probe.astigmatism.azimuthDeg]
      threefold = [probe.threefold.sizeA, probe.threefold.azimuthDeg]
      coma = [probe.coma.sizeA, probe.coma.azimuthDeg]
      mistiltMrad = [probe.mistiltMrad.x, probe.mistiltMrad.y]
    }
  }
}
