// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Registration

/// Registers many simulated frames of known lattice, condition by condition.
struct RegistrationStudy {
  struct Condition {
    var name: String
    var ranges: StudyScenes.Ranges
    /// Share of the frames that are made.
    var share = 1.0
  }

  let scenes: StudyScenes

  func score(_ condition: Condition, frames: Int, progress: (Double) -> Void = { _ in }) -> StudyScore {
    let registrar = Registrar()
    var score = StudyScore()
    let count = max(1, Int(Double(frames) * condition.share))
    for number in 0..<count {
      let (scan, pixelSize) = scenes.frame(number, condition.ranges)
      do throws(RegistrationError) {
        score.add(scan, try registrar.register(scan.image(), pixelSize: pixelSize), registrar)
      } catch {
        score.add(scan, refused: error)
      }
      progress(Double(number + 1) / Double(count))
    }
    return score
  }

  /// Views of a lattice without distortion.
  static let views: [Condition] = {
    func with(_ name: String, share: Double = 1, _ change: (inout StudyScenes.Ranges) -> Void) -> Condition {
      var ranges = StudyScenes.Ranges()
      change(&ranges)
      return Condition(name: name, ranges: ranges, share: share)
    }
    return [
      with("1e5 e/Å²") { _ in },
      with("1e4 e/Å²") { $0.dosePerA2 = 1e4 },
      with("8-11 px, 1e4") { ($0.pseudoCubicPx, $0.dosePerA2) = (8...11, 1e4) },
      with("128², 30-40 px, 1e4") { ($0.sides, $0.pseudoCubicPx, $0.dosePerA2) = ([128], 30...40, 1e4) },
      with("128², 8-40 px, 1e5") { $0.sides = [128] },
      with("4096²", share: 0.02) { $0.sides = [4096] },
      with("no tilt") { $0.tiltDegrees = 0 },
      with("4-5 nm") { $0.thicknessNm = 4...5 },
      with("18-20 nm") { $0.thicknessNm = 18...20 },
      with("mistilt to 3 mrad") { $0.mistiltMrad = 3 },
      with("defocus -25…-15 Å") { $0.defocusA = -25...(-15) },
      with("defocus -40…-25 Å") { $0.defocusA = -40...(-25) },
      with("defocus 15…25 Å") { $0.defocusA = 15...25 },
      with("defocus 25…40 Å") { $0.defocusA = 25...40 },
    ]
  }()

  /// Scans that bend the lattice.
  static let distortions: [Condition] = {
    func with(
      _ name: String, dose: Double = 1e5, _ change: @escaping @Sendable (inout ScanDistortion, Double) -> Void
    ) -> Condition {
      var ranges = StudyScenes.Ranges()
      (ranges.sides, ranges.pseudoCubicPx, ranges.dosePerA2) = ([512], 16...28, dose)
      ranges.distortion = { distortion, scan in change(&distortion, scan.pseudoCubicPx / scan.pseudoCubicA) }
      return Condition(name: name, ranges: ranges)
    }
    return [
      with("none") { _, _ in },
      with("drift 1 Å") { $0.drift = Vector2(0.8 * $1, 0.6 * $1) },
      with("drift 3 Å") { $0.drift = Vector2(2.4 * $1, 1.8 * $1) },
      with("drift 3 Å, 1e4", dose: 1e4) { $0.drift = Vector2(2.4 * $1, 1.8 * $1) },
      with("wave 1 Å") { $0.wave = Vector2(0.6 * $1, 0.8 * $1) },
      with("wave 1 Å, 1e4", dose: 1e4) { $0.wave = Vector2(0.6 * $1, 0.8 * $1) },
      with("strain 1 Å") { $0.strain = 1 * $1 },
      with("jitter 0.1 Å") { $0.lineJitterPx = 0.1 * $1 },
      with("jitter 0.2 Å") { $0.lineJitterPx = 0.2 * $1 },
    ]
  }()

  /// Frames that hold other things beside the crystal.
  static let regions: [Condition] = {
    func with(_ name: String, _ region: ScanRegion, dose: Double = 1e5) -> Condition {
      var ranges = StudyScenes.Ranges()
      (ranges.sides, ranges.pseudoCubicPx, ranges.dosePerA2) = ([512], 16...28, dose)
      ranges.region = region
      return Condition(name: name, ranges: ranges)
    }
    return [
      with("vacancies 5 %", .vacancies(share: 0.05)),
      with("vacuum from 0.6", .vacuum(from: 0.6)),
      with("vacuum from 0.4", .vacuum(from: 0.4)),
      with("amorphous from 0.5", .amorphous(from: 0.5, contrast: 0.072)),
      with("amorphous from 0.5, 1e4", .amorphous(from: 0.5, contrast: 0.072), dose: 1e4),
      with("amorphous, strong", .amorphous(from: 0.5, contrast: 0.216)),
      with("grain from 0.6, 25°", .grain(from: 0.6, turnDegrees: 25)),
      with("grain from 0.6, 1°", .grain(from: 0.6, turnDegrees: 1)),
      with("grain from 0.6, 2°", .grain(from: 0.6, turnDegrees: 2)),
      with("grain from 0.6, 3°", .grain(from: 0.6, turnDegrees: 3)),
      with("grain from 0.6, 4°", .grain(from: 0.6, turnDegrees: 4)),
      with("grain from 0.6, 4°, 1e4", .grain(from: 0.6, turnDegrees: 4), dose: 1e4),
      with("grain from 0.6, 8°", .grain(from: 0.6, turnDegrees: 8)),
      with("grain from 0.6, 25°, 1e4", .grain(from: 0.6, turnDegrees: 25), dose: 1e4),
    ]
  }()
}
