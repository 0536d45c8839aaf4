import GlazerCore
// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc
import Inference

/// A valid int8 model with random weights: what it reads is noise, but every part of the engine runs as with a real one.
/// Scales are chosen so that activations fill their range in every layer.
public enum RandomModel {
  public static func int8(
    _ architecture: NetworkArchitecture = .compact, seed: UInt64 = 1, name: String = "random-test-model"
  ) -> ModelFile {
    var random = SeededRandom(seed: seed)
    var tensors = ["input.scale": Tensor([0.05 as Float], shape: [1])]
    for specification in TensorSpecification.required(.int8, architecture) {
      let count = specification.shape.reduce(1, *)
      let fanIn = specification.shape.dropFirst().reduce(1, *)
      let layer = specification.name.split(separator: ".")[0]
      switch (specification.element, specification.name) {
      case (.int8, let name):
        let weights = (0..<count).map { _ in Int8(Int(random.next() % 255) - 127) }
        tensors[name] = Tensor(weights, shape: specification.shape)
        tensors["\(layer).scale"] = scale(layer: layer, outputs: specification.shape[0], fanIn: fanIn)
        tensors["\(layer).bias"] = bias(layer: layer, weights: weights, fanIn: fanIn)
      case (.float32, "dense2.weight"):
        let spread = 1 / Double(fanIn).squareRoot()
        tensors["dense2.weight"] = Tensor(
          (0..<count).map { _ in Float(spread * random.gaussian()) }, shape: specification.shape)
      case (.float32, "dense2.bias"):
        tensors["dense2.bias"] = Tensor([0, 0, 0, -2, -2, -2] as [Float], shape: [count])
      default: break
      }
    }
    tensors.merge(cosineFamiliarity.tensors) { $1 }
    return ModelFile(
      format: .int8, name: name, architecture: architecture,
      metadata: [
        "targets": #"["q","c","s","log_sigma_q","log_sigma_c","log_sigma_s"]"#,
        "training": #"{"note":"random weights for tests"}"#, "evaluation": "{}",
      ],
      tensors: tensors)
  }

  /// Writes `int8(...)` to a file.
  public static func write(
    to path: String, _ architecture: NetworkArchitecture = .compact, seed: UInt64 = 1
  ) throws(ModelFileError) {
    var model = int8(architecture, seed: seed)
    try model.write(path)
  }

  private static let typicalActivation = 45.0
  private static let typicalInput = 20.0
  private static let typicalWeight = 73.0

  private static func scale(layer: Substring, outputs: Int, fanIn: Int) -> Tensor {
    let input = layer == "conv1" ? typicalInput : typicalActivation
    let output = layer == "dense1" ? 1 : typicalActivation
    let value = Float(output / (input * typicalWeight * Double(fanIn).squareRoot()))
    return Tensor(Array(repeating: value, count: outputs), shape: [outputs])
  }

  /// Takes the zero point of the input off the first layer's sums.
  private static func bias(layer: Substring, weights: [Int8], fanIn: Int) -> Tensor {
    let bias = stride(from: 0, to: weights.count, by: fanIn).map { start -> Int32 in
      layer == "conv1" ? -64 * weights[start..<start + fanIn].reduce(0) { $0 + Int32($1) } : Int32(start % 1000)
    }
    return Tensor(bias, shape: [bias.count])
  }

  /// Knows smooth patches: the ten lowest cosines. Threshold 0, so that nothing is unfamiliar.
  private static var cosineFamiliarity: Familiarity {
    let (columns, rows) = (Familiarity.featureColumns, Familiarity.featureRows)
    var basis: [Float] = []
    for (u, v) in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (0, 3), (2, 2)] {
      let norm = ((u == 0 ? 1.0 : 2) * (v == 0 ? 1 : 2) / Double(columns * rows)).squareRoot()
      for y in 0..<rows {
        for x in 0..<columns {
          basis.append(
            Float(
              norm * cos(Double.pi * Double(u) * (Double(x) + 0.5) / Double(columns))
                * cos(Double.pi * Double(v) * (Double(y) + 0.5) / Double(rows))))
        }
      }
    }
    return Familiarity(
      mean: Array(repeating: 0, count: columns * rows), basis: basis,
      limits: Array(repeating: [-100, 100], count: 10).flatMap { $0 },
      threshold: 0)
  }
}
