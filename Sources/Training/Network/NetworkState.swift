// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// The weights and running statistics of a float network (`ParameterLayout` says what stands where).
public final class NetworkState: @unchecked Sendable {
  public let architecture: NetworkArchitecture
  public let layout: ParameterLayout
  public let parameters: FloatBuffer
  public let statistics: FloatBuffer

  /// Weights drawn as He et al. (2015) for ReLU and Glorot for the fully connected layers; γ = 1, β = 0; running
  /// statistics (0, 1).
  public init(_ architecture: NetworkArchitecture, seed: UInt64) throws(TrainingError) {
    self.architecture = architecture
    layout = try ParameterLayout(architecture)
    parameters = FloatBuffer(count: layout.parameterCount)
    statistics = FloatBuffer(count: layout.statisticCount)
    var random = SeededRandom(seed: seed, stream: 0x696E_6974)
    for layer in layout.layers {
      switch layer {
      case .convolution(let place):
        let spread = (2 / Double(place.shape.kernel * place.shape.kernel * place.shape.inputs)).squareRoot()
        for i in 0..<place.shape.weightCount {
          parameters.base[place.weight + i] = Float(spread * random.gaussian())
        }
        for c in 0..<place.shape.outputs {
          parameters.base[place.gamma + c] = 1
          statistics.base[place.variance + c] = 1
        }
      case .averagePool: break
      case .dense(let place):
        let spread = (2 / Double(place.shape.inputs + place.shape.outputs)).squareRoot()
        // The last layer starts near zero: predictions at the mean with a standard deviation of one unit.
        let scale = place.shape.tanh ? spread : 0.1 * spread
        for i in 0..<place.shape.inputs * place.shape.outputs {
          parameters.base[place.weight + i] = Float(scale * random.gaussian())
        }
      }
    }
  }
}
