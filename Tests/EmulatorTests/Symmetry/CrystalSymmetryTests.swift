// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Multislice
import Testing

@testable import Emulator

@Suite("Exact symmetries of the crystal")
struct CrystalSymmetryTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let pattern: String
    let startingLayer: Int
    var testDescription: String { "\(pattern), layer \(startingLayer) on top" }
  }

  static let cases = [
    Case(pattern: "---", startingLayer: 0), Case(pattern: "---", startingLayer: 1),
    Case(pattern: "--+", startingLayer: 0), Case(pattern: "++-", startingLayer: 1),
  ]

  /// They hold in the simulator itself: nothing in the emulator has to be trusted for it. Coarse and thin, because a
  /// symmetry holds at any sampling and thickness; what is left is the rounding of single precision.
  @Test("the image of a transformed state is the transformed image", arguments: cases)
  func exactInTheSimulator(_ example: Case) throws {
    let pattern = try #require(TiltPattern(example.pattern))
    let simulator = try Self.simulator(example.pattern)
    let state = EmulatorInput(
      tilt: TiltAngles(alpha: 6, beta: -2, gamma: 5), mistiltMrad: SIMD2(2, -3), startingLayer: example.startingLayer)
    let original = Self.image(state, simulator)
    #expect(CrystalSymmetry.all(pattern).count == (example.pattern == "++-" ? 16 : 8))
    for symmetry in CrystalSymmetry.all(pattern) {
      let turned = Self.image(symmetry.apply(state), simulator)
      let error = ((turned - symmetry.apply(original)).power / original.contrastPower).squareRoot()
      #expect(error < 1e-4, "\(symmetry): \(100 * error) % of contrast")
    }
  }

  /// The check of the check: the state matters far more than the tolerance, the mistilt too.
  @Test("an image that is mirrored without its mistilt is another one")
  func mistiltTakesPart() throws {
    let simulator = try Self.simulator("---")
    let mirror = CrystalSymmetry(mirrorsX: true, mirrorsY: false, stepsUp: false, gammaAlternates: true)
    let state = EmulatorInput(
      tilt: TiltAngles(alpha: 6, beta: -2, gamma: 5), mistiltMrad: SIMD2(2, -3), startingLayer: 0)
    var wrong = mirror.apply(state).vector
    wrong[3] = state.vector[3]
    let original = Self.image(state, simulator)
    let difference = Self.image(EmulatorInput(wrong), simulator) - mirror.apply(original)
    #expect((difference.power / original.contrastPower).squareRoot() > 3e-3)
  }

  @Test("different senses about a and b leave the mirror along x out")
  func unequalSenses() throws {
    let pattern = try #require(TiltPattern("-0-"))
    #expect(CrystalSymmetry.all(pattern).count == 4)
    #expect(CrystalSymmetry.all(pattern).allSatisfy { !$0.mirrorsX })
  }

  @Test("in phase about one axis alone a step across is no change of signs")
  func oneAxisInPhase() throws {
    let pattern = try #require(TiltPattern("+--"))
    #expect(CrystalSymmetry.all(pattern).count == 4)
    #expect(CrystalSymmetry.all(pattern).allSatisfy { !$0.stepsAcross })
  }

  @Test("each symmetry undoes itself", arguments: ["---", "--+", "++-"])
  func involutions(_ text: String) throws {
    let pattern = try #require(TiltPattern(text))
    let state = EmulatorInput(SIMD8(1, 2, 3, 4, 5, 1, 0, 0))
    var reached: Set<EmulatorInput> = []
    for symmetry in CrystalSymmetry.all(pattern) {
      #expect(symmetry.apply(symmetry.apply(state)) == state)
      reached.insert(symmetry.apply(state))
    }
    #expect(reached.count == CrystalSymmetry.all(pattern).count)
  }

  static func simulator(_ pattern: String) throws -> FamilySimulator {
    var design = EmulatorDesign()
    (design.meshX, design.meshY) = (2, 2)
    return try FamilySimulator(
      design: design, family: CrystalFamily(material: "SrTiO3", pattern: pattern, temperatureK: nil))
  }

  static func image(_ state: EmulatorInput, _ simulator: FamilySimulator) -> ImageSpectrum {
    let v = state.vector
    let point = DesignPoint(
      tilt: TiltAngles(p: v[0], q: v[1], r: v[2]), mistiltMrad: SIMD2(v[3], v[4]), startingLayer: Int(v[5]), seed: 0)
    var probe = ProbeConditions(defocusA: 15)
    probe.mistiltMrad = point.mistiltMrad
    let fine = simulator.simulation(point, thicknessesNm: [1.1], probes: [probe])
    var conditions = fine.conditions
    conditions.samplingA = 0.15
    return BlochPRISM(cell: fine.cell, conditions: conditions).spectra(threads: 1)[0][0][0]
  }
}

extension CrystalSymmetry {
  /// The transformed image: C(∓h, ±k) under the mirrors, a sign for odd k and odd h under the steps by half the picture.
  func apply(_ image: ImageSpectrum) -> ImageSpectrum {
    var result = image
    for h in -image.maximum.x...image.maximum.x {
      for k in -image.maximum.y...image.maximum.y {
        let sign = (stepsUp && !k.isMultiple(of: 2)) != (stepsAcross && !h.isMultiple(of: 2)) ? -1.0 : 1
        result[h, k] = sign * image[mirrorsX ? -h : h, mirrorsY ? -k : k]
      }
    }
    return result
  }
}
