// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// One emulator's tensors in a library file: bounds and checks of all that is read.
struct EmulatorTensors {
  private static let mostGroups = 64
  private static let mostComponents = 512
  /// Of a group: simulations times their views.
  static let mostPoints = 4000
  private static let largestLogarithm = 100.0
  /// Numbers in the covariances of all groups: 1 GiB.
  static let mostCovariances = 1 << 27

  let file: Safetensors
  let path: String
  let note: EmulatorNote

  /// What the names of a family's tensors begin with.
  static func prefix(_ family: CrystalFamily) -> String { "\(family.fileName)/" }

  func emulator() throws -> Emulator {
    let simulator = try FamilySimulator(design: note.design, family: note.family)
    let layout = simulator.amplitudeLayout
    if layout.classes.contains(Self.firstAcross),
      file.tensors[Self.prefix(note.family) + "harmonics.\(Self.firstAcross.rawValue)"] == nil
    {
      throw fail(
        "\(note.family) in the \(layout.classes.count) classes of its symmetries: fit it again",
        "8, of an earlier format")
    }
    let thicknessCount = simulator.thicknessesNm.count
    let defocusCount = note.design.defocusNodes
    let modes = ImageModes(
      thicknessCount: thicknessCount, defocusCount: defocusCount,
      contrast: try floats("contrast", [thicknessCount, defocusCount]),
      nodes: try leading("nodes", size: thicknessCount * defocusCount),
      harmonics: try ImageClass.allCases.map { try harmonics($0, layout) })
    guard note.groups.count <= Self.mostGroups else {
      throw fail("at most \(Self.mostGroups) groups", "\(note.groups.count)")
    }
    if let group = note.groups.first(where: { !layout.classes.contains($0.imageClass) }) {
      throw fail("groups of classes that \(note.family) has", "class \(group.imageClass.rawValue)")
    }
    let symmetries = CrystalSymmetry.all(simulator.pattern)
    var covariances = 0
    let groups = try note.groups.enumerated().map { g, group in
      let points = try points(group.points)
      covariances += points.count * points.count
      guard covariances <= Self.mostCovariances else {
        throw fail("covariances of at most \(Self.mostCovariances) numbers", "groups of \(points.count) points")
      }
      guard (0..<1).contains(group.pairCorrelation) else {
        throw fail("a correlation of 0 to below 1 in group \(g)", "\(group.pairCorrelation)")
      }
      let kernel = SymmetricKernel(
        points: points, lengths: try lengths(g), symmetries: symmetries, imageClass: group.imageClass)
      let cores = try cores(g, group.imageClass, modes)
      return ComponentGroup(
        imageClass: group.imageClass, cores: cores,
        processes: CoefficientProcesses(
          covariance: try CommonCovariance(kernel: kernel, pairCorrelation: group.pairCorrelation),
          members: try members(g, count: cores.count, points: points.count)))
    }
    return try Emulator(
      family: note.family, design: note.design, modes: modes, mean: try floats("mean", [modes.coreCount(.even)]),
      groups: groups, simulationCount: note.simulations, meanWaveCount: note.meanWaves, testErrors: note.errors)
  }

  /// The first of the classes that only patterns with a step across have, since format 5.
  private static let firstAcross = ImageClass.allCases.first(where: \.isOddUnderStepAcross) ?? .even

  private func harmonics(_ imageClass: ImageClass, _ layout: AmplitudeLayout) throws -> LeadingModes {
    guard layout.classes.contains(imageClass) else { return .none }
    return try leading("harmonics.\(imageClass.rawValue)", size: layout.count(imageClass))
  }

  /// Components in three precisions, the strongest first (`precisions`); a group has one at least.
  private func cores(_ g: Int, _ imageClass: ImageClass, _ modes: ImageModes) throws -> [[Float]] {
    let (rows, columns) = (modes.nodes.count, modes.harmonics[imageClass.rawValue].count)
    let leading = try component("leading.\(g)", rows: rows, columns: columns) { $0.floats } ?? []
    let bytes = try component("cores.\(g)", rows: rows, columns: columns) { $0.int8s } ?? []
    let halves = try component("weak.\(g)", rows: rows, columns: (columns + 1) / 2) { $0.int8s } ?? []
    let values = bytes + RowQuantization.split(halves, columns: columns)
    let scales = values.isEmpty ? [] : try floats("scales.\(g)", [values.count / columns])
    let small = RowQuantization(values: values, scales: scales)
    let all = leading + small.restored(columns: columns)
    guard !all.isEmpty, all.allSatisfy(\.isFinite) else {
      throw fail("finite leading.\(g), cores.\(g) or weak.\(g)", all.isEmpty ? "none" : "numbers that are not")
    }
    let size = rows * columns
    return (0..<all.count / size).map { Array(all[$0 * size..<($0 + 1) * size]) }
  }

  /// Whole components of `rows` rows; nil where there are none.
  private func component<Element>(
    _ name: String, rows: Int, columns: Int, _ values: (Tensor) -> [Element]?
  ) throws -> [Element]? {
    guard let tensor = file.tensors[Self.prefix(note.family) + name] else { return nil }
    guard let values = values(tensor), tensor.shape.count == 2, tensor.shape[1] == columns,
      tensor.shape[0].isMultiple(of: rows), (1...Self.mostComponents).contains(tensor.shape[0] / rows)
    else {
      throw fail(
        "\(name) of shape [1 to \(Self.mostComponents) times \(rows), \(columns)]",
        "\(tensor.element.rawValue) \(tensor.shape)")
    }
    return values
  }

  private func members(_ g: Int, count: Int, points: Int) throws -> [CoefficientProcesses.Member] {
    let values = try floats("values.\(g)", [count, points]).map(Double.init)
    let noise = try floats("noise.\(g)", [count, 2]).map(Double.init)
    guard noise.allSatisfy({ abs($0) < Self.largestLogarithm }) else {
      throw fail("noise.\(g) within ±\(Self.largestLogarithm)", "a number beyond")
    }
    return (0..<count).map { n in
      CoefficientProcesses.Member(
        amplitude: exp(noise[2 * n]), noiseRatio: exp(noise[2 * n + 1]),
        values: Array(values[n * points..<(n + 1) * points]))
    }
  }

  private func lengths(_ g: Int) throws -> SIMD8<Double> {
    let numbers = try floats("lengths.\(g)", [EmulatorInput.count]).map(Double.init)
    guard numbers.allSatisfy({ (1e-3...1e6).contains($0) }) else {
      throw fail("lengths.\(g) from 0.001 to 1000000", "\(numbers)")
    }
    var lengths = SIMD8<Double>(repeating: 1)
    for d in numbers.indices { lengths[d] = numbers[d] }
    return lengths
  }

  private func points(_ n: Int) throws -> [EmulatorInput] {
    let tensor = try tensor("points.\(n)")
    guard let values = tensor.floats, tensor.shape.count == 2, tensor.shape[1] == EmulatorInput.count,
      (1...Self.mostPoints).contains(tensor.shape[0]), values.allSatisfy(\.isFinite)
    else {
      throw fail(
        "finite float32 points.\(n) of shape [1 to \(Self.mostPoints), \(EmulatorInput.count)]", "\(tensor.shape)")
    }
    return (0..<tensor.shape[0]).map { n in
      var vector = SIMD8<Double>.zero
      for d in 0..<EmulatorInput.count { vector[d] = Double(values[n * EmulatorInput.count + d]) }
      return EmulatorInput(vector)
    }
  }

  private func leading(_ name: String, size: Int) throws -> LeadingModes {
    let tensor = try tensor(name)
    guard let values = tensor.floats, tensor.shape.count == 2, tensor.shape[0] == size,
      (1...max(1, size)).contains(tensor.shape[1]), values.allSatisfy(\.isFinite)
    else { throw fail("finite float32 \(name) of shape [\(size), 1 to \(size)]", "\(tensor.shape)") }
    return LeadingModes(size: size, count: tensor.shape[1], basis: values)
  }

  private func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
    let tensor = try tensor(name)
    guard let values = tensor.floats, tensor.shape == shape, values.allSatisfy(\.isFinite) else {
      throw fail("finite float32 \(name) of shape \(shape)", "\(tensor.element.rawValue) \(tensor.shape)")
    }
    return values
  }

  private func tensor(_ name: String) throws -> Tensor {
    guard let tensor = file.tensors[Self.prefix(note.family) + name] else {
      throw fail("a tensor \(Self.prefix(note.family))\(name)", "none")
    }
    return tensor
  }

  private func fail(_ expected: String, _ found: String) -> EmulatorError {
    .badFile(path: path, expected: expected, found: found)
  }
}
