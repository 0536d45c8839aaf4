// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import Multislice

/// An emulator on disk: safetensors with the components as float32, the processes' training points, values' weights being
/// recomputed on load, and the design as JSON in the metadata.
extension Emulator {
  private static let format = "glazer-emulator-1"

  private struct Shape: Codable {
    var maximumH: Int
    var maximumK: Int
  }

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
    let shape = try json("spectrum", Shape.self)
    guard (1...200).contains(shape.maximumH), (1...200).contains(shape.maximumK),
      (1...32).contains(design.thicknessesNm.count), (1...32).contains(design.defociA.count)
    else { throw fail("a spectrum of up to 200 harmonics and up to 32 nodes", "\(shape)") }
    let layout = SpectrumLayout(maximum: SIMD2(shape.maximumH, shape.maximumK))
    let dimension = design.thicknessesNm.count * design.defociA.count * layout.count
    func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
      guard let tensor = file.tensors[name], let values = tensor.floats, tensor.shape == shape else {
        throw fail("float32 \(name) of shape \(shape)", "\(file.tensors[name]?.shape ?? [])")
      }
      return values
    }
    guard let points = file.tensors["points"]?.shape.first, let count = file.tensors["basis"]?.shape.first,
      (1...8000).contains(points), (1...512).contains(count)
    else { throw fail("tensors 'points' and 'basis'", "none of a usable size") }
    let tilts = try floats("points", [points, 3])
    let values = try floats("values", [count, points])
    let hyper = try floats("hyperparameters", [count, 5])
    let positions = (0..<points).map {
      SIMD3(Double(tilts[3 * $0]), Double(tilts[3 * $0 + 1]), Double(tilts[3 * $0 + 2]))
    }
    var processes: [GaussianProcess] = []
    for c in 0..<count {
      let parameters = Hyperparameters(logarithms: hyper[5 * c..<5 * c + 5].map(Double.init))
      let own = values[c * points..<(c + 1) * points].map(Double.init)
      guard let process = GaussianProcess(points: positions, values: own, hyperparameters: parameters) else {
        throw EmulatorError.notPositiveDefinite(component: c)
      }
      processes.append(process)
    }
    let errors = file.metadata["test"].flatMap { try? JSONDecoder().decode(EmulatorTestErrors.self, from: Data($0.utf8)) }
    try self.init(
      design: design, layout: layout, mean: try floats("mean", [dimension]),
      basis: try floats("basis", [count, dimension]), processes: processes, testErrors: errors)
  }

  /// Writes aside and renames. The basis is the bulk: components · nodes · harmonic numbers · 4 bytes.
  public func write(path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func json(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    var metadata = [
      "format": Self.format, "design": try json(design),
      "spectrum": try json(Shape(maximumH: layout.maximum.x, maximumK: layout.maximum.y)),
    ]
    if let testErrors { metadata["test"] = try json(testErrors) }
    let points = processes.first?.points ?? []
    let file = Safetensors(
      metadata: metadata,
      tensors: [
        "mean": Tensor(mean, shape: [mean.count]),
        "basis": Tensor(basis, shape: [processes.count, mean.count]),
        "points": Tensor(points.flatMap { [Float($0.x), Float($0.y), Float($0.z)] }, shape: [points.count, 3]),
        "values": Tensor(processes.flatMap { $0.values.map(Float.init) }, shape: [processes.count, points.count]),
        "hyperparameters": Tensor(
          processes.flatMap { $0.hyperparameters.logarithms.map(Float.init) }, shape: [processes.count, 5]),
      ])
    try file.write(path)
  }
}
