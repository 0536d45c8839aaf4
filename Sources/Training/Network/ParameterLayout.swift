// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Where each tensor of a network stands in one flat array of trainable parameters and one of running statistics, so that
/// the optimiser, the sum over shards and the checkpoint each are one loop.
///
/// In memory convolutions are [ky][kx][in][out] and the inputs of the first fully connected layer [y][x][channel]; files
/// hold [out][in][ky][kx] and [channel][y][x] (`FloatWeights`).
public struct ParameterLayout: Sendable, Equatable {
  public struct ConvolutionPlace: Sendable, Equatable {
    public var shape: Convolution
    public var weight: Int
    public var gamma: Int
    public var beta: Int
    /// Into the running statistics.
    public var mean: Int
    public var variance: Int
  }

  public struct DensePlace: Sendable, Equatable {
    public var shape: Dense
    public var weight: Int
    public var bias: Int
    /// (channels, height, width) of what is flattened, for the first fully connected layer.
    public var flattened: ActivationShape
  }

  public enum Layer: Sendable, Equatable {
    case convolution(ConvolutionPlace)
    case averagePool
    case dense(DensePlace)
  }

  public let layers: [Layer]
  public private(set) var parameterCount = 0
  public private(set) var statisticCount = 0

  /// `architecture` must be one that `layerShapes()` accepts, with output channels in eights.
  public init(_ architecture: NetworkArchitecture) throws(TrainingError) {
    let shapes: [NetworkArchitecture.LayerShape]
    do { shapes = try architecture.layerShapes() } catch { throw .badArchitecture("\(error)") }
    var layers: [Layer] = []
    var parameters = 0
    var statistics = 0
    func take(_ count: Int) -> Int {
      defer { parameters += count }
      return parameters
    }
    func takeStatistic(_ count: Int) -> Int {
      defer { statistics += count }
      return statistics
    }
    for (layer, shape) in zip(architecture.layers, shapes) {
      switch layer {
      case .convolution(let inputs, let outputs, let kernel, let stride, let padding):
        guard outputs.isMultiple(of: 8) else {
          throw .badArchitecture("training needs output channels in multiples of 8, found \(outputs)")
        }
        guard stride == 1 || layers.isEmpty else {
          throw .badArchitecture("training needs stride 1 after the first convolution, found \(stride)")
        }
        let c = Convolution(inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding)
        layers.append(
          .convolution(
            ConvolutionPlace(
              shape: c, weight: take(c.weightCount), gamma: take(outputs), beta: take(outputs),
              mean: takeStatistic(outputs), variance: takeStatistic(outputs))))
      case .averagePool2:
        layers.append(.averagePool)
      case .fullyConnected(let inputs, let outputs, let tanh):
        let d = Dense(inputs: inputs, outputs: outputs, tanh: tanh)
        layers.append(
          .dense(
            DensePlace(
              shape: d, weight: take(inputs * outputs), bias: take(outputs), flattened: shape.input)))
      }
    }
    guard case .convolution? = layers.first else { throw .badArchitecture("training needs a convolution first") }
    self.layers = layers
    parameterCount = parameters
    statisticCount = statistics
  }
}
