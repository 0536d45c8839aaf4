// SPDX-License-Identifier: GPL-3.0-or-later

/// Convolution, batch norm and ReLU with the activations that the backward pass needs.
final class ConvolutionBlock {
  let place: ParameterLayout.ConvolutionPlace
  let norm: BatchNorm
  let input: FeatureMap
  /// nil where nothing asks for it.
  let inputGradient: FeatureMap?
  /// Output of the convolution, before batch norm.
  private let raw: FeatureMap
  let output: FeatureMap
  /// Gradient of `output`, turned in place into that of `raw`; its border pads the input gradient's convolution.
  let outputGradient: FeatureMap
  private let turned: FloatBuffer

  init(
    _ place: ParameterLayout.ConvolutionPlace, input: FeatureMap, inputGradient: FeatureMap?, capacity: Int,
    outputBorder: Int
  ) {
    self.place = place
    self.input = input
    self.inputGradient = inputGradient
    let height = place.shape.outputSize(input.height)
    let width = place.shape.outputSize(input.width)
    func map(_ border: Int) -> FeatureMap {
      FeatureMap(samples: capacity, height: height, width: width, channels: place.shape.outputs, border: border)
    }
    norm = BatchNorm(channels: place.shape.outputs)
    raw = map(0)
    output = map(outputBorder)
    outputGradient = map(place.shape.gradientBorder)
    turned = FloatBuffer(count: inputGradient == nil ? 0 : place.shape.weightCount)
  }

  /// `statistics` are the running ones for evaluation, nil for training.
  func forward(_ parameters: UnsafePointer<Float>, statistics: UnsafePointer<Float>?, samples: Int) {
    place.shape.forward(input, weights: parameters + place.weight, into: raw, samples: samples)
    let gamma = parameters + place.gamma
    let beta = parameters + place.beta
    if let statistics {
      norm.apply(
        raw, gamma: gamma, beta: beta, mean: statistics + place.mean, variance: statistics + place.variance,
        into: output, samples: samples)
    } else {
      norm.forward(raw, gamma: gamma, beta: beta, into: output, samples: samples)
    }
  }

  func backward(_ parameters: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, samples: Int) {
    norm.backward(
      raw, outputGradient: outputGradient, gamma: parameters + place.gamma, gammaGradient: gradient + place.gamma,
      betaGradient: gradient + place.beta, into: outputGradient, samples: samples)
    place.shape.addWeightGradient(
      input, outputGradient: outputGradient, to: gradient + place.weight, samples: samples)
    if let inputGradient {
      place.shape.inputGradient(
        outputGradient, weights: parameters + place.weight, turned: turned.base, into: inputGradient, samples: samples)
    }
  }
}

/// A fully connected layer with its activations.
final class DenseBlock {
  let place: ParameterLayout.DensePlace
  let input: FloatBuffer
  let inputGradient: FloatBuffer
  let output: FloatBuffer
  let outputGradient: FloatBuffer

  init(_ place: ParameterLayout.DensePlace, capacity: Int) {
    self.place = place
    input = FloatBuffer(count: capacity * place.shape.inputs)
    inputGradient = FloatBuffer(count: capacity * place.shape.inputs)
    output = FloatBuffer(count: capacity * place.shape.outputs)
    outputGradient = FloatBuffer(count: capacity * place.shape.outputs)
  }

  func forward(_ parameters: UnsafePointer<Float>, samples: Int) {
    place.shape.forward(
      input.base, weights: parameters + place.weight, bias: parameters + place.bias, into: output.base,
      samples: samples)
  }

  func backward(_ parameters: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, samples: Int) {
    place.shape.backward(
      input.base, output: output.base, outputGradient: outputGradient.base, weights: parameters + place.weight,
      weightGradient: gradient + place.weight, biasGradient: gradient + place.bias, into: inputGradient.base,
      samples: samples)
  }
}
