// SPDX-License-Identifier: GPL-3.0-or-later
import Inference
import Testing

@testable import Training

/// Finite weights whose products are not: a file may hold anything.
@Suite("Weights that no integers can stand for")
struct BadWeightsTests {
  private func state(_ values: [String: Float]) throws -> NetworkState {
    let state = try NetworkState(LearningTests.architecture, seed: 1)
    var tensors = state.tensors
    for (name, value) in values {
      let shape = try #require(tensors[name]).shape
      tensors[name] = Tensor([Float](repeating: value, count: shape.reduce(1, *)), shape: shape)
    }
    try state.load(tensors, file: "weights")
    return state
  }

  private func samples() throws -> SampleSet {
    SampleSet(
      sources: [LearningTests.source], ranges: AugmentationRanges(), geometry: try #require(LearningTests.geometry),
      seed: 5, part: .training, count: 40)
  }

  @Test(
    "weights or activations without bounds are refused by the name of their layer",
    arguments: [
      ("conv1", ["conv1.weight": 3e38, "conv1.bn.gamma": 100]), ("conv1", ["conv1.weight": -3e37]),
      ("conv1", ["conv1.bn.gamma": 3e38]), ("conv2", ["conv2.weight": 3e38]),
    ] as [(String, [String: Float])])
  func tooLarge(layer: String, values: [String: Float]) throws {
    let quantizer = Quantizer(try state(values))
    #expect {
      _ = try quantizer.tensors(calibration: samples())
    } throws: {
      guard case .badWeights(layer, _)? = $0 as? TrainingError else { return false }
      return true
    }
  }

  @Test("the same samples are enough for weights as they are, and for those that are next to nothing")
  func sound() throws {
    #expect(try !Quantizer(state([:])).tensors(calibration: samples()).isEmpty)
    #expect(try !Quantizer(state(["conv1.weight": 1e-37])).tensors(calibration: samples()).isEmpty)
  }

  @Test("products with the inputs of a layer are looked at, too")
  func products() {
    let layer = FoldedNetwork.Layer(name: "dense1", shape: [1, 2], weights: [3e38, 1], bias: [0])
    #expect(throws: TrainingError.badWeights(layer: "dense1", expected: "finite products with its inputs")) {
      _ = try QuantizedLayer(layer, inputSteps: [10], outputSteps: [1], zeroPoint: 0)
    }
  }

  @Test("a negative variance is refused where the file is read")
  func variance() {
    #expect(
      throws: TrainingError.badFile(
        file: "weights", expected: "variances of 0 or more in conv1.bn.variance", found: "-1.0")
    ) { _ = try state(["conv1.bn.variance": -1]) }
  }
}
