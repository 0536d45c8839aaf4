// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import Registration
import TestSupport
import Testing

@testable import glazer

/// `glazer register-study` with few frames.
@Suite("Registration of emulated frames against their truth")
struct RegistrationStudyTests {
  private static let scenes: StudyScenes = {
    let path = SharedData.repository.appendingPathComponent("tools/emulators/perovskites.safetensors").path
    let families = ["SrTiO3:---:293", "BiFeO3:++-:293"].compactMap(CrystalFamily.init(_:))
    let library = try? EmulatorLibrary(path: path)
    return StudyScenes(emulators: families.compactMap { try? library?.emulator($0) })
  }()

  private func score(
    _ name: String, _ conditions: [RegistrationStudy.Condition], frames: Int = 4
  ) throws -> StudyScore {
    #expect(Self.scenes.emulators.count == 2)
    var condition = try #require(conditions.first { $0.name == name })
    condition.share = 1
    return RegistrationStudy(scenes: Self.scenes).score(condition, frames: frames)
  }

  @Test(
    "Any view: B columns within 0.1 Å at 1e5 e/Å² and 0.25 Å at 1e4",
    arguments: [
      ("1e5 e/Å²", 0.1), ("1e4 e/Å²", 0.25), ("8-11 px, 1e4", 0.25), ("128², 30-40 px, 1e4", 0.25), ("no tilt", 0.1),
      ("4-5 nm", 0.1), ("mistilt to 3 mrad", 0.1), ("defocus -40…-25 Å", 0.1), ("defocus 15…25 Å", 0.1),
    ])
  func views(name: String, limitA: Double) throws {
    let score = try score(name, RegistrationStudy.views, frames: 6)
    #expect(score.wrong == 0)
    #expect(score.right == score.frames, "\(score.refusals)")
    #expect(score.rmsA < limitA)
    #expect((score.confidences.min() ?? 0) > 0.8)
  }

  @Test(
    "Distortions are followed to the edge",
    arguments: [("drift 1 Å", 0.1), ("drift 3 Å", 0.15), ("wave 1 Å, 1e4", 0.25), ("strain 1 Å", 0.1)])
  func distortions(name: String, limitA: Double) throws {
    let score = try score(name, RegistrationStudy.distortions)
    #expect(score.right == score.frames, "\(score.refusals)")
    #expect(score.rmsA < limitA)
    #expect(score.edgeRmsA < limitA)
    #expect(score.lostShare < 0.08)
  }

  @Test(
    "The good part goes on, the rest is flagged",
    arguments: ["vacancies 5 %", "vacuum from 0.6", "vacuum from 0.4", "amorphous from 0.5", "grain from 0.6, 25°"])
  func regions(name: String) throws {
    let score = try score(name, RegistrationStudy.regions)
    #expect(score.right == score.frames, "\(score.refusals)")
    #expect(score.rmsA < 0.1)
    #expect(score.lostShare < 0.08)
    #expect(score.unflaggedShare < 0.15)
  }

  /// Rms error of q in the middle of a frame and in its outer tenth, degrees.
  private func errors(
    _ scan: DistortedScan, _ image: Image, _ lattice: LocalLattice, _ reader: CellReader
  ) -> (middle: Double, edge: Double) {
    var (cells, sums) = (CellTable(), [(0.0, 0.0), (0.0, 0.0)])
    reader.read(image, saturationLevel: nil, lattice: lattice, into: &cells)
    for row in 0..<cells.count where cells.flags[row] & CellFlags.border.rawValue == 0 && cells.q[row].isFinite {
      let p = Vector2(Double(cells.x[row]), Double(cells.y[row]))
      let difference = Double(cells.q[row]) - scan.tilt(scan.column(nearest: p).index).q
      let share = min(p.x, p.y, Double(scan.width) - p.x, Double(scan.height) - p.y) / Double(scan.width)
      let part = share < 0.12 ? 1 : 0
      sums[part] = (sums[part].0 + difference * difference, sums[part].1 + 1)
    }
    return ((sums[0].0 / sums[0].1).squareRoot(), (sums[1].0 / sums[1].1).squareRoot())
  }

  @Test("q at the edge of a scan that drifted is as good as in its middle, and is not on a straight lattice")
  func edges() throws {
    let emulator = try #require(Self.scenes.emulators.first)
    let state = ImagingState(
      tilt: TiltAngles(alpha: 6, beta: 0, gamma: -4), thicknessNm: 10, defocusA: 0, sourceFWHMA: 0.6)
    var scan = DistortedScan(picture: CellPicture(emulator, state), pseudoCubicA: emulator.pseudoCubicA)
    scan.distortion.drift = Vector2(1.5, 1.2) * (scan.pseudoCubicPx / scan.pseudoCubicA)
    let image = scan.image()
    let registrar = Registrar()
    let straight = LocalLattice(try registrar.register(image).lattice)
    let path = SharedData.repository.appendingPathComponent("firmware-config/models/default.safetensors").path
    let reader = CellReader(model: try TiltModel(contentsOf: path))
    let local = errors(scan, image, registrar.local, reader)
    #expect(local.edge < 1.4 * local.middle)
    let plain = errors(scan, image, straight, reader)
    #expect(plain.edge > 1.5 * local.edge)
  }

  @Test("Noise of several kinds never has a lattice")
  func noise() {
    let registrar = Registrar()
    for number in 0..<150 {
      #expect(throws: RegistrationError.self) { _ = try registrar.register(StudyNoise.image(number)) }
    }
  }
}

private func * (v: Vector2, s: Double) -> Vector2 { s * v }
