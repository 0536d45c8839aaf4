// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// One emulator's tensors in a library file.
struct EmulatorTensors {
  private static let mostGroups = 64
  private static let mostComponents = 512
  private static let mostPoints = 4000
  private static let largestLogarithm = 100.0
  /// Numbers in the covariances of all groups: 1 GiB.
  private static let mostCovariances = 1 << 27

  let file: Safetensors
  let path: String
  let note: EmulatorNote

  static func tensors(of emulator: Emulator) -> [String: Tensor] {
    let prefix = emulator.family.fileName
    let modes = emulator.modes
    var result: [String: Tensor] = [:]
    func set(_ name: String, _ values: [Float], _ shape: [Int]) {
      result["\(prefix)/\(name)"] = Tensor(values, shape: shape)
    }
    func set(_ name: String, _ modes: LeadingModes) { set(name, modes.basis, [modes.size, modes.count]) }
    set("contrast", modes.contrast, [modes.thicknessCount, modes.defocusCount])
    set("nodes", modes.nodes)
    for imageClass in ImageClass.allCases {
      set("harmonics.\(imageClass.rawValue)", modes.harmonics[imageClass.rawValue])
    }
    set("mean", emulator.mean, [emulator.mean.count])
    for (n, points) in pointSets(of: emulator).enumerated() {
      set(
        "points.\(n)", points.flatMap { p in (0..<EmulatorInput.count).map { Float(p.vector[$0]) } },
        [points.count, EmulatorInput.count])
    }
    let strong = strongCounts(of: emulator)
    for (g, group) in emulator.groups.enumerated() {
      let inner = modes.harmonics[group.imageClass.rawValue].count
      let rows = RowQuantization(group.cores[..<strong[g]].flatMap(\.self), columns: inner, levels: 127)
      result["\(prefix)/cores.\(g)"] = Tensor(rows.values, shape: [rows.scales.count, inner])
      let weak = RowQuantization(group.cores[strong[g]...].flatMap(\.self), columns: inner, levels: 7)
      if strong[g] < group.cores.count {
        result["\(prefix)/weak.\(g)"] = Tensor(weak.pairs(columns: inner), shape: [weak.scales.count, (inner + 1) / 2])
      }
      set("scales.\(g)", rows.scales + weak.scales, [rows.scales.count + weak.scales.count])
      let members = group.processes.members
      let kernel = group.processes.covariance.kernel
      set("values.\(g)", members.flatMap { $0.values.map(Float.init) }, [members.count, kernel.points.count])
      set("noise.\(g)", members.flatMap { [Float(log($0.amplitude)), Float(log($0.noiseRatio))] }, [members.count, 2])
      set("lengths.\(g)", (0..<EmulatorInput.count).map { Float(kernel.lengths[$0]) }, [EmulatorInput.count])
    }
    return result
  }

  /// What the components in half bytes add to an image in all, as a share of its contrast: they are good to a tenth of that.
  private static let weakShare = 0.01

  /// How many components of each group are kept in whole bytes, at least one: all but the weakest of all groups.
  private static func strongCounts(of emulator: Emulator) -> [Int] {
    let nodes = Double(emulator.modes.thicknessCount * emulator.modes.defocusCount)
    let all = emulator.groups.enumerated().flatMap { g, group in
      group.processes.members.map { member in
        (group: g, square: member.values.reduce(0) { $0 + $1 * $1 } / (Double(member.values.count) * nodes))
      }
    }
    var counts = emulator.groups.map(\.cores.count)
    var rest = weakShare * weakShare
    for component in all.sorted(by: { $0.square < $1.square }) {
      rest -= component.square
      if rest < 0 { break }
      counts[component.group] = max(1, counts[component.group] - 1)
    }
    return counts
  }

  /// The sets of points that the groups use, each once.
  static func pointSets(of emulator: Emulator) -> [[EmulatorInput]] {
    emulator.groups.reduce(into: []) { sets, group in
      let points = group.processes.covariance.kernel.points
      if !sets.contains(points) { sets.append(points) }
    }
  }

  func emulator() throws -> Emulator {
    let simulator = try FamilySimulator(design: note.design, family: note.family)
    let layout = simulator.amplitudeLayout
    let thicknessCount = simulator.thicknessesNm.count
    let defocusCount = note.design.defocusNodes
    let modes = ImageModes(
      thicknessCount: thicknessCount, defocusCount: defocusCount,
      contrast: try floats("contrast", [thicknessCount, defocusCount]),
      nodes: try leading("nodes", size: thicknessCount * defocusCount),
      harmonics: try ImageClass.allCases.map { try leading("harmonics.\($0.rawValue)", size: layout.count($0)) })
    guard note.groups.count <= Self.mostGroups else {
      throw fail("at most \(Self.mostGroups) groups", "\(note.groups.count)")
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

  private func cores(_ g: Int, _ imageClass: ImageClass, _ modes: ImageModes) throws -> [[Float]] {
    let (rows, columns) = (modes.nodes.count, modes.harmonics[imageClass.rawValue].count)
    let strong = try int8s("cores.\(g)", rows: rows, columns: columns)
    let name = "weak.\(g)"
    let weak =
      file.tensors["\(note.family.fileName)/\(name)"] == nil
      ? [] : RowQuantization.split(try int8s(name, rows: rows, columns: (columns + 1) / 2), columns: columns)
    let values = strong + weak
    let restored = RowQuantization(values: values, scales: try floats("scales.\(g)", [values.count / columns]))
      .restored(columns: columns)
    let size = rows * columns
    return (0..<restored.count / size).map { Array(restored[$0 * size..<($0 + 1) * size]) }
  }

  /// Whole components of `rows` rows.
  private func int8s(_ name: String, rows: Int, columns: Int) throws -> [Int8] {
    let tensor = try tensor(name)
    guard let values = tensor.int8s, tensor.shape.count == 2, tensor.shape[1] == columns,
      tensor.shape[0].isMultiple(of: rows), (1...Self.mostComponents).contains(tensor.shape[0] / rows)
    else {
      throw fail(
        "int8 \(name) of shape [1 to \(Self.mostComponents) times \(rows), \(columns)]",
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
    guard let tensor = file.tensors["\(note.family.fileName)/\(name)"] else {
      throw fail("a tensor \(note.family.fileName)/\(name)", "none")
    }
    return tensor
  }

  private func fail(_ expected: String, _ found: String) -> EmulatorError {
    .badFile(path: path, expected: expected, found: found)
  }
}
