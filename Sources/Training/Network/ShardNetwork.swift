// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Forward and backward pass of one shard of a mini-batch: owns the activations and the gradient, reads the weights.
///
/// One thread uses it at a time. Memory: about 0.7 MB a sample for `NetworkArchitecture.compact`.
public final class ShardNetwork {
  private enum Block {
    case convolution(ConvolutionBlock)
    case averagePool(input: FeatureMap, inputGradient: FeatureMap, output: FeatureMap, outputGradient: FeatureMap)
  }

  public let layout: ParameterLayout
  public let capacity: Int
  private let image: FeatureMap
  private var blocks: [Block] = []
  private var head: [DenseBlock] = []
  private let last: FeatureMap
  private let lastGradient: FeatureMap

  public init(_ architecture: NetworkArchitecture, layout: ParameterLayout, capacity: Int) {
    self.layout = layout
    self.capacity = capacity
    func padding(_ index: Int) -> Int {
      guard index < layout.layers.count, case .convolution(let place) = layout.layers[index] else { return 0 }
      return place.shape.padding
    }
    image = FeatureMap(
      samples: capacity, height: architecture.patch.height, width: architecture.patch.width, channels: 1,
      border: padding(0))
    var current = image
    // Nothing reads the gradient of the image; the smallest map stands for it.
    var currentGradient = FeatureMap(samples: 0, height: 0, width: 0, channels: 1, border: 0)
    for (index, layer) in layout.layers.enumerated() {
      switch layer {
      case .convolution(let place):
        let block = ConvolutionBlock(
          place, input: current, inputGradient: index == 0 ? nil : currentGradient, capacity: capacity,
          outputBorder: padding(index + 1))
        blocks.append(.convolution(block))
        current = block.output
        currentGradient = block.outputGradient
      case .averagePool:
        func map(_ border: Int) -> FeatureMap {
          FeatureMap(
            samples: capacity, height: current.height / 2, width: current.width / 2, channels: current.channels,
            border: border)
        }
        let output = map(padding(index + 1))
        let outputGradient = map(0)
        blocks.append(
          .averagePool(
            input: current, inputGradient: currentGradient, output: output, outputGradient: outputGradient))
        current = output
        currentGradient = outputGradient
      case .dense(let place):
        head.append(DenseBlock(place, capacity: capacity))
      }
    }
    last = current
    lastGradient = currentGradient
  }

  /// Takes sample `n` of the shard: height · width values, row-major.
  public func setImage(_ n: Int, _ pixels: UnsafePointer<Float>) {
    for y in 0..<image.height {
      (image.interior(n) + y * image.rowStride).update(from: pixels + y * image.width, count: image.width)
    }
  }

  /// The outputs of `forward`, [sample][output].
  public var outputs: UnsafeMutablePointer<Float> { head[head.count - 1].output.base }
  /// To be filled with the gradient of the loss before `backward`, [sample][output].
  public var outputGradient: UnsafeMutablePointer<Float> { head[head.count - 1].outputGradient.base }

  /// Runs the first `samples` images. Training takes the shard's own statistics, evaluation the running ones.
  public func forward(_ state: NetworkState, samples: Int, training: Bool) {
    precondition(samples > 0 && samples <= capacity, "a shard holds 1 to \(capacity) samples")
    let parameters = UnsafePointer(state.parameters.base)
    for block in blocks {
      switch block {
      case .convolution(let block):
        block.forward(parameters, statistics: training ? nil : UnsafePointer(state.statistics.base), samples: samples)
      case .averagePool(let input, _, let output, _): AveragePool.forward(input, into: output, samples: samples)
      }
    }
    copy(from: last, to: head[0].input.base, samples: samples)
    for (index, block) in head.enumerated() {
      block.forward(parameters, samples: samples)
      if index + 1 < head.count {
        head[index + 1].input.base.update(from: block.output.base, count: samples * block.place.shape.outputs)
      }
    }
  }

  /// Gradient of the loss whose derivative stands in `outputGradient`, after `forward(training: true)`, in the layout of
  /// the parameters.
  public func backward(_ state: NetworkState, into gradient: FloatBuffer, samples: Int) {
    gradient.fill(0)
    let parameters = UnsafePointer(state.parameters.base)
    for index in head.indices.reversed() {
      head[index].backward(parameters, gradient: gradient.base, samples: samples)
      if index > 0 {
        head[index - 1].outputGradient.base.update(
          from: head[index].inputGradient.base, count: samples * head[index].place.shape.inputs)
      }
    }
    copy(from: head[0].inputGradient.base, to: lastGradient, samples: samples)
    for block in blocks.reversed() {
      switch block {
      case .convolution(let block): block.backward(parameters, gradient: gradient.base, samples: samples)
      case .averagePool(_, let inputGradient, _, let outputGradient):
        AveragePool.backward(outputGradient, into: inputGradient, samples: samples)
      }
    }
  }

  /// The statistics of the shard that `forward(training: true)` took, in the layout of the running ones.
  public func copyStatistics(into statistics: FloatBuffer) {
    for case .convolution(let block) in blocks {
      let place = block.place
      (statistics.base + place.mean).update(from: block.norm.mean.base, count: place.shape.outputs)
      (statistics.base + place.variance).update(from: block.norm.variance.base, count: place.shape.outputs)
    }
  }

  var convolutionCount: Int {
    blocks.reduce(0) { if case .convolution = $1 { $0 + 1 } else { $0 } }
  }

  /// Rows (width · channels values) of what a convolution block gives after batch norm and ReLU.
  func forEachRow(ofConvolution index: Int, samples: Int, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    var convolutions = 0
    for case .convolution(let block) in blocks {
      defer { convolutions += 1 }
      guard convolutions == index else { continue }
      let map = block.output
      for n in 0..<samples {
        for y in 0..<map.height {
          body(UnsafeBufferPointer(start: map.interior(n) + y * map.rowStride, count: map.width * map.channels))
        }
      }
    }
  }

  private func copy(from map: FeatureMap, to flat: UnsafeMutablePointer<Float>, samples: Int) {
    let row = map.width * map.channels
    for n in 0..<samples {
      for y in 0..<map.height {
        (flat + (n * map.height + y) * row).update(from: map.interior(n) + y * map.rowStride, count: row)
      }
    }
  }

  private func copy(from flat: UnsafePointer<Float>, to map: FeatureMap, samples: Int) {
    let row = map.width * map.channels
    for n in 0..<samples {
      for y in 0..<map.height {
        (map.interior(n) + y * map.rowStride).update(from: flat + (n * map.height + y) * row, count: row)
      }
    }
  }
}
