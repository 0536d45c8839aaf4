// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import Multislice
import TestSupport
import Testing

@testable import Emulator

/// The whole way from simulations to a file, on the tiny design.
@Suite("Fitting and writing an emulator")
struct TinyFitTests {
  /// Nine simulations in six dimensions: what the processes take for noise is lacking even at what they have learnt from.
  /// Measured: 1.7 % of contrast in the median, 14 % at worst.
  @Test("an emulator reproduces the simulations it was fitted to")
  func reproduction() throws {
    let run = try TinyRun.shared.get()
    let folder = try TemporaryDirectory()
    let store = try run.store(in: folder)
    let emulator = run.emulator
    let simulator = emulator.simulator
    let nodes = simulator.thicknessesNm.count * TinyRun.design.defocusNodes
    var workspace = emulator.makeWorkspace()
    var errors: [Double] = []
    for index in 0..<9 {
      let point = TinyRun.design.point(index)
      let item = SimulationItem(family: TinyRun.family, index: index, kind: .learning)
      let spectra = try #require(store.load(item, layout: simulator.layout, count: 2 * nodes))
      for (n, spectrum) in spectra.enumerated() {
        let node = n % nodes
        let state = ImagingState(
          tilt: point.tilt, thicknessNm: simulator.thicknessesNm[node / 2], defocusA: TinyRun.design.defociA[node % 2],
          sourceFWHMA: 0, mistiltMrad: n < nodes ? .zero : point.mistiltMrad, startingLayer: point.startingLayer)
        emulator.amplitudes(state, workspace: &workspace)
        errors.append(
          EmulatorTest.percentOfContrast(workspace.amplitudes, emulator.layout.amplitudes(spectrum)))
      }
    }
    let sorted = errors.sorted()
    print("own simulations: median \(sorted[sorted.count / 2]), worst \(sorted[sorted.count - 1]) % of contrast")
    #expect(sorted[sorted.count / 2] < 2.2 && sorted[sorted.count - 1] < 16)
  }

  @Test("its tests are counted, and its stated errors grow away from what it knows")
  func tests() throws {
    let emulator = try TinyRun.shared.get().emulator
    let errors = try #require(emulator.testErrors)
    // Two views of one whole thickness at five defoci.
    #expect(errors.simulations == 2 && errors.images == 10)
    #expect(errors.medianPercent > 0 && errors.worstPercent >= errors.medianPercent && errors.worstPercent < 30)
    #expect(errors.statisticalPercent == 0 && errors.errorOverStated.isFinite)
    let point = TinyRun.design.point(3)
    let near = emulator.statedErrorPercent(
      point.tilt, mistiltMrad: point.mistiltMrad, startingLayer: point.startingLayer)
    let far = emulator.statedErrorPercent(TiltAngles(alpha: 60, beta: -60, gamma: 60))
    #expect(near < far)
  }

  @Test("the symmetries hold in what is rendered, to rounding")
  func symmetry() throws {
    let emulator = try TinyRun.shared.get().emulator
    var workspace = emulator.makeWorkspace()
    func amplitudes(_ x: SIMD8<Double>) -> [Float] {
      let state = ImagingState(
        tilt: TiltAngles(p: x[0], q: x[1], r: x[2]), thicknessNm: 1.4, defocusA: 7, sourceFWHMA: 0,
        mistiltMrad: SIMD2(x[3], x[4]), startingLayer: Int(x[5]))
      emulator.amplitudes(state, workspace: &workspace)
      return workspace.amplitudes
    }
    let input = EmulatorInput(SIMD8(3, -1, 2, 1, -0.5, 1, 0, 0))
    let original = amplitudes(input.vector)
    for symmetry in CrystalSymmetry.all(.outOfPhase) {
      let turned = amplitudes(symmetry.apply(input).vector)
      for imageClass in ImageClass.allCases {
        let own = emulator.layout.starts[imageClass.rawValue]..<emulator.layout.starts[imageClass.rawValue + 1]
        let sign = Float(imageClass.sign(under: symmetry))
        #expect(zip(original[own], turned[own]).allSatisfy { abs(sign * $0 - $1) < 1e-6 })
      }
    }
  }

  /// int8 components cost a little once; what has been read comes back as it is.
  @Test("a library gives back what was written, several families and all")
  func roundTrip() throws {
    let emulator = try TinyRun.shared.get().emulator
    let folder = try TemporaryDirectory()
    try EmulatorLibrary.write([emulator], path: folder.file("one.safetensors"))
    let once = try Emulator(path: folder.file("one.safetensors"))
    #expect(once.family == emulator.family && once.design == emulator.design)
    #expect(once.testErrors == emulator.testErrors && once.simulationCount == 9)
    #expect(once.groups.map(\.imageClass) == emulator.groups.map(\.imageClass))
    #expect(once.starts == emulator.starts && once.meanWaveCount == 0)

    try EmulatorLibrary.write([once, Self.renamed(once)], path: folder.file("two.safetensors"))
    let library = try EmulatorLibrary(path: folder.file("two.safetensors"))
    #expect(library.families.map(\.description) == ["SrTiO3:---:static", "SrTiO3:---:12"])
    #expect(library.entries.map(\.simulations) == [9, 9])
    for family in library.families {
      let twice = try library.emulator(family)
      #expect(twice.family == family)
      #expect(twice.modes.contrast == once.modes.contrast && twice.mean == once.mean)
      #expect(Self.difference(once, twice) < 1e-3, "per cent of contrast")
    }
    let loss = Self.difference(emulator, once)
    print("components as int8 change an image by \(loss) % of contrast")
    #expect(loss < 0.3)
  }

  @Test("families fitted into a library take their places or follow; the others stay bit for bit")
  func intoLibrary() throws {
    let emulator = try TinyRun.shared.get().emulator
    let folder = try TemporaryDirectory()
    let path = folder.file("library.safetensors")
    let other = try Self.renamed(emulator)
    try EmulatorLibrary.write([emulator, other], path: path)
    let before = try Safetensors.read(path)

    let smaller = try Emulator(
      family: emulator.family, design: emulator.design, modes: emulator.modes, mean: emulator.mean,
      groups: Array(emulator.groups.dropLast()), simulationCount: 8, meanWaveCount: 0, testErrors: nil)
    try EmulatorLibrary.write([smaller], into: EmulatorLibrary(path: path), path: path)
    let library = try EmulatorLibrary(path: path)
    #expect(library.families == [emulator.family, other.family])
    #expect(library.entries.map(\.simulations) == [8, 9])
    #expect(try library.emulator(emulator.family).groups.count == emulator.groups.count - 1)
    let after = try Safetensors.read(path)
    let kept = before.tensors.keys.filter { $0.hasPrefix(EmulatorTensors.prefix(other.family)) }
    #expect(!kept.isEmpty && kept.allSatisfy { before.tensors[$0] == after.tensors[$0] })
    // Nothing of the larger emulator is left behind.
    #expect(after.tensors.count < before.tensors.count)

    let alone = folder.file("alone.safetensors")
    try EmulatorLibrary.write([other], path: alone)
    try EmulatorLibrary.write([emulator], into: EmulatorLibrary(path: alone), path: alone)
    #expect(try EmulatorLibrary(path: alone).families == [other.family, emulator.family])
  }

  @Test("what a test finds again is what the fit stated; a copy states what it is given")
  func testedAgain() throws {
    let run = try TinyRun.shared.get()
    let folder = try TemporaryDirectory()
    let store = try run.store(in: folder)
    let path = folder.file("library.safetensors")
    try EmulatorLibrary.write([run.emulator], path: path)
    let library = try EmulatorLibrary(path: path)
    var errors = try EmulatorTest(library.emulator(), store: store).run { _ in }
    let stated = try #require(run.emulator.testErrors)
    #expect(abs(errors.medianPercent - stated.medianPercent) < 1e-3 * stated.medianPercent)
    #expect(abs(errors.errorOverStated - stated.errorOverStated) < 1e-3 * stated.errorOverStated)
    errors.worstPercent = 42
    try library.write(testErrors: [TinyRun.family: errors], path: path)
    #expect(try EmulatorLibrary(path: path).entries[0].errors == errors)
    #expect(try Emulator(path: path).testErrors == errors)
  }

  @Test("a file of two instruments is neither written nor read")
  func twoInstruments() throws {
    let emulator = try TinyRun.shared.get().emulator
    let folder = try TemporaryDirectory()
    let path = folder.file("library.safetensors")
    try EmulatorLibrary.write([emulator, Self.renamed(emulator)], path: path)
    let library = try EmulatorLibrary(path: path)
    try library.check(TinyRun.design)
    var design = TinyRun.design
    design.outerMrad -= 1
    #expect { try library.check(design) } throws: { "\($0)".contains("11.0-29.0 mrad") }
    let other = try Emulator(
      family: CrystalFamily(material: "SrTiO3", pattern: "---", temperatureK: 13), design: design,
      modes: emulator.modes, mean: emulator.mean, groups: emulator.groups, simulationCount: 9, meanWaveCount: 0,
      testErrors: nil)
    #expect(throws: EmulatorError.self) { try EmulatorLibrary.write([other], into: library, path: path) }
    var file = try Safetensors.read(path)
    let text = try #require(file.metadata["families"])
    let place = try #require(text.range(of: "\"outerMrad\":30", options: .backwards))
    file.metadata["families"] = text.replacingCharacters(in: place, with: "\"outerMrad\":29")
    try file.write(path)
    #expect { _ = try EmulatorLibrary(path: path) } throws: { "\($0)".contains("SrTiO3:---:12 at") }
  }

  @Test("the digest of a family is that of its images, whatever else the file holds")
  func digests() throws {
    let folder = try TemporaryDirectory()
    let emulator = try TinyRun.shared.get().emulator
    let other = try Self.renamed(emulator)
    func library(_ emulators: [Emulator], _ name: String) throws -> EmulatorLibrary {
      try EmulatorLibrary.write(emulators, path: folder.file(name))
      return try EmulatorLibrary(path: folder.file(name))
    }
    let both = try library([other, emulator], "both.safetensors")
    let own = try both.sha256(of: [emulator.family])
    #expect(own.count == 64)
    let alone = try library([emulator], "alone.safetensors")
    #expect(try alone.sha256(of: [nil]) == own)
    #expect(try library([emulator.tested(nil)], "untested.safetensors").sha256(of: [nil]) == own)
    #expect(try both.sha256(of: [other.family]) != own)
    let smaller = try Emulator(
      family: emulator.family, design: emulator.design, modes: emulator.modes, mean: emulator.mean,
      groups: Array(emulator.groups.dropLast()), simulationCount: 9, meanWaveCount: 0, testErrors: nil)
    #expect(try library([smaller], "smaller.safetensors").sha256(of: [nil]) != own)
    #expect(throws: EmulatorError.self) { try alone.sha256(of: [other.family]) }
  }

  @Test("a file that lists a family twice is refused")
  func familyTwice() throws {
    let folder = try TemporaryDirectory()
    let path = folder.file("library.safetensors")
    let emulator = try TinyRun.shared.get().emulator
    try EmulatorLibrary.write([emulator, Self.renamed(emulator)], path: path)
    var file = try Safetensors.read(path)
    let text = try #require(file.metadata["families"])
    #expect(text.contains("\"temperatureK\":12"))
    file.metadata["families"] = text.replacingOccurrences(of: ",\"temperatureK\":12", with: "")
    try file.write(path)
    #expect { _ = try EmulatorLibrary(path: path) } throws: { "\($0)".contains("SrTiO3:---:static twice") }
  }

  @Test("of simulations the first are learnt from, as many as asked for")
  func firstSimulations() throws {
    let run = try TinyRun.shared.get()
    let folder = try TemporaryDirectory()
    let store = try run.store(in: folder)
    func fit(_ count: Int?) throws -> Emulator {
      try EmulatorFit(store: store, family: TinyRun.family, components: 64, threads: 1, simulations: count).run { _ in }
    }
    let eight = try fit(8)
    #expect(eight.simulationCount == 8)
    #expect(try fit(100).simulationCount == 9)
    // Not the last: without it the same comes out.
    try FileManager.default.removeItem(
      atPath: store.path(SimulationItem(family: TinyRun.family, index: 8, kind: .learning)))
    #expect(try fit(nil).mean == eight.mean)
  }

  @Test("no fit has more points than its file may have")
  func mostPoints() {
    #expect(EmulatorFit.mostSimulations * FamilySimulator.viewCount(isMeanWave: false) <= EmulatorTensors.mostPoints)
    #expect(EmulatorFit.mostMeanWaves * FamilySimulator.viewCount(isMeanWave: true) <= EmulatorTensors.mostPoints)
  }

  @Test("tests of another design, or none, are refused")
  func foreignTests() throws {
    let run = try TinyRun.shared.get()
    let folder = try TemporaryDirectory()
    var design = TinyRun.design
    design.outerMrad -= 1
    let other = try SimulationStore(folder: folder.file("other"), design: design)
    #expect { _ = try EmulatorTest(run.emulator, store: other) } throws: {
      let text = "\($0)"
      // What differs is named with both values, and nothing that does not.
      return text.contains("outerMrad 30.0") && text.contains("outerMrad 29.0") && !text.contains("innerMrad")
    }
    let empty = try SimulationStore(folder: folder.file("empty"), design: TinyRun.design)
    #expect { _ = try EmulatorTest(run.emulator, store: empty) } throws: { "\($0)".contains("--tests") }
  }

  private static func renamed(_ emulator: Emulator) throws -> Emulator {
    try Emulator(
      family: CrystalFamily(material: "SrTiO3", pattern: "---", temperatureK: 12), design: emulator.design,
      modes: emulator.modes, mean: emulator.mean, groups: emulator.groups,
      simulationCount: emulator.simulationCount, meanWaveCount: emulator.meanWaveCount, testErrors: nil)
  }

  /// The larger of two states' differences, per cent of contrast.
  private static func difference(_ a: Emulator, _ b: Emulator) -> Double {
    [TiltAngles(alpha: 3, beta: -2, gamma: 4), TiltAngles(alpha: -1, beta: 4, gamma: 0)].map { tilt in
      let state = ImagingState(
        tilt: tilt, thicknessNm: 1.5, defocusA: -5, sourceFWHMA: 0, mistiltMrad: SIMD2(1, -1), startingLayer: 1)
      func amplitudes(_ emulator: Emulator) -> [Float] {
        var workspace = emulator.makeWorkspace()
        emulator.amplitudes(state, workspace: &workspace)
        return workspace.amplitudes
      }
      return EmulatorTest.percentOfContrast(amplitudes(a), amplitudes(b))
    }.max() ?? .infinity
  }
}
