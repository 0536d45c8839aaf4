// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import Multislice

/// An emulator on disk: safetensors with the components and the processes' training points and values as float32 (their
/// weights are computed again on load), and the design as JSON in the metadata.
extension Emulator {
  private static let format = "glazer-emulator-1"

  /// Reads an emulator and factorises its covariances again: components · points³/3.
  public init(path: String) throws {
    let file = try Safetensors.read(path)
    func fail(_ expected: String, _ found: String) -> EmulatorError {
      .badFile(path: path, expected: expected, found: found)
    }
    guard file.metadata["format"] == Self.format else {
      throw fail("format \(Self.format)", file.metadata["format"] ?? "none")
    }
    func json<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value {
      guard let text = file.metadata[key], let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
        throw fail("'\(key)' in the metadata", "none that can be read")
      }
      return value
    }
    let design = try json("design", SimulationDesign.self)
    guard (1...32).contains(design.thicknessesNm.count), (1...32).contains(design.defociA.count) else {
      throw fail("1 to 32 nodes", "\(design.thicknessesNm.count) and \(design.defociA.count)")
    }
    let layout = try design.makeLayout()
    let nodes = design.thicknessesNm.count * design.defociA.count
    func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
      guard let tensor = file.tensors[name], let values = tensor.floats, tensor.shape == shape else {
        throw fail("float32 \(name) of shape \(shape)", "\(file.tensors[name]?.shape ?? [])")
      }
      return values
    }
    let classes = try json("classes", [MirrorClass].self)
    guard let points = file.tensors["points"]?.shape.first, (1...8000).contains(points),
      (1...512).contains(classes.count)
    else { throw fail("a tensor 'points' and 1 to 512 'classes'", "none of a usable size") }
    let tilts = try floats("points", [points, 3])
    let values = try floats("values", [classes.count, points])
    let hyper = try floats("hyperparameters", [classes.count, 5])
    let positions = (0..<points).map {
      SIMD3(Double(tilts[3 * $0]), Double(tilts[3 * $0 + 1]), Double(tilts[3 * $0 + 2]))
    }
    var processes: [GaussianProcess] = []
    var components: [ImageComponent] = []
    for (c, mirror) in classes.enumerated() {
      let parameters = Hyperparameters(logarithms: hyper[5 * c..<5 * c + 5].map(Double.init))
      let own = values[c * points..<(c + 1) * points].map(Double.init)
      guard let process = GaussianProcess(points: positions, values: own, hyperparameters: parameters) else {
        throw EmulatorError.notPositiveDefinite(component: c)
      }
      processes.append(process)
      let pattern = try floats(Self.patternName(c), [nodes, layout.count(mirror)])
      components.append(ImageComponent(mirror: mirror, pattern: pattern))
    }
    let errors = file.metadata["test"].flatMap {
      try? JSONDecoder().decode(EmulatorTestErrors.self, from: Data($0.utf8))
    }
    try self.init(
      design: design, mean: try floats("mean", [nodes, layout.count(.evenEven)]), components: components,
      processes: processes, testErrors: errors)
  }

  private static func patternName(_ component: Int) -> String { "pattern.\(component)" }

  /// Writes aside and renames. The patterns are the bulk: components · nodes · harmonics / 4 · 4 bytes.
  public func write(path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func json(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    var metadata = [
      "format": Self.format, "design": try json(design), "classes": try json(components.map(\.mirror)),
    ]
    if let testErrors { metadata["test"] = try json(testErrors) }
    let points = processes.first?.points ?? []
    let nodes = design.thicknessesNm.count * design.defociA.count
    var file = Safetensors(
      metadata: metadata,
      tensors: [
        "mean": Tensor(mean, shape: [nodes, layout.count(.evenEven)]),
        "points": Tensor(points.flatMap { [Float($0.x), Float($0.y), Float($0.z)] }, shape: [points.count, 3]),
        "values": Tensor(processes.flatMap { $0.values.map(Float.init) }, shape: [processes.count, points.count]),
        "hyperparameters": Tensor(
          processes.flatMap { $0.hyperparameters.logarithms.map(Float.init) }, shape: [processes.count, 5]),
      ])
    for (c, component) in components.enumerated() {
      file.tensors[Self.patternName(c)] = Tensor(component.pattern, shape: [nodes, layout.count(component.mirror)])
    }
    try file.write(path)
  }
}
