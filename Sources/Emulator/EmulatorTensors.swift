// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// One emulator's tensors in a library file.
struct EmulatorTensors {
  private static let mostComponents = 512
  private static let mostPoints = 8000
  private static let largestLogarithm = 100.0
  /// Numbers in the covariances of all components: 4 GiB.
  private static let mostCovariances = 1 << 29

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
    set("thickness", modes.thickness)
    set("defocus", modes.defocus)
    for imageClass in ImageClass.allCases {
      set("harmonics.\(imageClass.rawValue)", modes.harmonics[imageClass.rawValue])
    }
    set("mean", emulator.mean, [emulator.mean.count])
    let points = emulator.components.first?.process.points ?? []
    set(
      "points", points.flatMap { p in (0..<EmulatorInput.count).map { Float(p.vector[$0]) } },
      [points.count, EmulatorInput.count])
    for (c, component) in emulator.components.enumerated() {
      let inner = modes.harmonics[component.imageClass.rawValue].count
      let rows = RowQuantization(component.core, columns: inner)
      result["\(prefix)/core.\(c)"] = Tensor(rows.values, shape: [rows.scales.count, inner])
      set("scales.\(c)", rows.scales, [rows.scales.count])
      set("values.\(c)", component.process.values.map(Float.init), [points.count])
      set("hyperparameters.\(c)", component.process.hyperparameters.logarithms.map(Float.init), [Hyperparameters.count])
    }
    return result
  }

  func emulator() throws -> Emulator {
    let simulator = try FamilySimulator(design: note.design, family: note.family)
    let layout = simulator.amplitudeLayout
    let thicknessCount = simulator.thicknessesNm.count
    let defocusCount = note.design.defocusNodes
    let modes = ImageModes(
      thicknessCount: thicknessCount, defocusCount: defocusCount,
      contrast: try floats("contrast", [thicknessCount, defocusCount]),
      thickness: try leading("thickness", size: thicknessCount), defocus: try leading("defocus", size: defocusCount),
      harmonics: try ImageClass.allCases.map { try leading("harmonics.\($0.rawValue)", size: layout.count($0)) })
    let points = try points()
    guard note.classes.count <= Self.mostComponents else {
      throw fail("at most \(Self.mostComponents) components", "\(note.classes.count)")
    }
    guard points.count * points.count * note.classes.count <= Self.mostCovariances else {
      throw fail(
        "covariances of at most \(Self.mostCovariances) numbers",
        "\(note.classes.count) components of \(points.count) points")
    }
    let symmetries = CrystalSymmetry.all(simulator.pattern)
    let components = try note.classes.enumerated().map { c, imageClass in
      let parameters = try floats("hyperparameters.\(c)", [Hyperparameters.count]).map(Double.init)
      guard parameters.allSatisfy({ abs($0) < Self.largestLogarithm }) else {
        throw fail("hyperparameters.\(c) within ±\(Self.largestLogarithm)", "\(parameters)")
      }
      let values = try floats("values.\(c)", [points.count]).map(Double.init)
      let kernel = SymmetricKernel(symmetries: symmetries, imageClass: imageClass)
      guard
        let process = GaussianProcess(
          points: points, values: values, kernel: kernel, hyperparameters: Hyperparameters(logarithms: parameters))
      else { throw EmulatorError.notPositiveDefinite(component: c) }
      return EmulatorComponent(imageClass: imageClass, core: try core(c, imageClass, modes), process: process)
    }
    return try Emulator(
      family: note.family, design: note.design, modes: modes, mean: try floats("mean", [modes.coreCount(.even)]),
      components: components, simulationCount: note.simulations, testErrors: note.errors)
  }

  private func core(_ c: Int, _ imageClass: ImageClass, _ modes: ImageModes) throws -> [Float] {
    let rows = modes.thickness.count * modes.defocus.count
    let columns = modes.harmonics[imageClass.rawValue].count
    let tensor = try tensor("core.\(c)")
    guard let values = tensor.int8s, tensor.shape == [rows, columns] else {
      throw fail("int8 core.\(c) of shape \([rows, columns])", "\(tensor.element.rawValue) \(tensor.shape)")
    }
    return RowQuantization(values: values, scales: try floats("scales.\(c)", [rows])).restored(columns: columns)
  }

  private func points() throws -> [EmulatorInput] {
    let tensor = try tensor("points")
    guard let values = tensor.floats, tensor.shape.count == 2, tensor.shape[1] == EmulatorInput.count,
      (1...Self.mostPoints).contains(tensor.shape[0]), values.allSatisfy(\.isFinite)
    else {
      throw fail("finite float32 points of shape [1 to \(Self.mostPoints), \(EmulatorInput.count)]", "\(tensor.shape)")
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

/// Rows of numbers as int8 with a scale each: good to 0.4 % of a row's largest number, which for components that add a few
/// per cent of contrast each is far below the emulator's own error.
struct RowQuantization {
  let values: [Int8]
  let scales: [Float]

  init(values: [Int8], scales: [Float]) { (self.values, self.scales) = (values, scales) }

  init(_ numbers: [Float], columns: Int) {
    var values: [Int8] = []
    var scales: [Float] = []
    for row in stride(from: 0, to: numbers.count, by: max(1, columns)) {
      let own = numbers[row..<row + columns]
      let largest = own.reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? largest / 127 : 1
      scales.append(scale)
      values += own.map { Int8(($0 / scale).rounded()) }
    }
    (self.values, self.scales) = (values, scales)
  }

  func restored(columns: Int) -> [Float] { values.indices.map { Float(values[$0]) * scales[$0 / max(1, columns)] } }
}
