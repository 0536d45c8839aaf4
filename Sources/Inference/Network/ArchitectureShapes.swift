// SPDX-License-Identifier: GPL-3.0-or-later

/// Size of an activation: channels, rows y, columns x.
public struct ActivationShape: Sendable, Hashable {
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  public var count: Int { channels * height * width }
}

extension NetworkArchitecture {
  /// What one layer reads, writes and costs.
  public struct LayerShape: Sendable, Hashable {
    public var input: ActivationShape
    public var output: ActivationShape
    /// Multiply-accumulates for one patch.
    public var macs: Int
  }

  /// Largest values that anything in a model file may claim; far above what a small box can run.
  private enum Limit {
    static let patchSide = 1024
    static let channels = 4096
    static let kernel = 15
    static let stride = 4
    static let layers = 64
    static let macs = 20_000_000_000
    static let poolSize = 2
  }

  /// The shapes layer by layer, or why this is no network that glazer can run: sizes out of bounds, channel counts that
  /// do not chain, or anything but convolutions and pools, a convolution first, followed by one tanh and one linear fully connected layer.
  public func layerShapes() throws(ModelFileError) -> [LayerShape] {
    func refuse(_ expected: String, _ found: String, _ place: String) -> ModelFileError {
      .badArchitecture(place: place, expected: expected, found: found)
    }
    guard (1...Limit.patchSide).contains(patch.width), (1...Limit.patchSide).contains(patch.height),
      (1...Limit.patchSide).contains(patch.pixelsPerA), (1...Limit.patchSide).contains(patch.pixelsPerB)
    else { throw refuse("sides of 1 to \(Limit.patchSide) pixels", "\(patch)", "patch") }
    guard degreesPerUnit.isFinite, degreesPerUnit > 0 else {
      throw refuse("a positive number", "\(degreesPerUnit)", "degrees_per_unit")
    }
    guard (3...Limit.layers).contains(layers.count) else {
      throw refuse("3 to \(Limit.layers) layers", "\(layers.count)", "layers")
    }

    var shape = ActivationShape(channels: 1, height: patch.height, width: patch.width)
    var shapes: [LayerShape] = []
    var totalMACs = 0
    for (index, layer) in layers.enumerated() {
      let place = "layer \(index + 1)"
      let isHead = index >= layers.count - 2
      var output = shape
      var macs = 0
      switch layer {
      case .convolution(let inputs, let outputs, let kernel, let stride, let padding):
        guard !isHead else { throw refuse("a fully connected layer", "a convolution", place) }
        guard inputs == shape.channels else { throw refuse("in = \(shape.channels)", "\(inputs)", place) }
        guard (1...Limit.channels).contains(outputs) else {
          throw refuse("out = 1 to \(Limit.channels)", "\(outputs)", place)
        }
        guard (1...Limit.kernel).contains(kernel), !kernel.isMultiple(of: 2) else {
          throw refuse("an odd kernel up to \(Limit.kernel)", "\(kernel)", place)
        }
        guard (1...Limit.stride).contains(stride) else {
          throw refuse("stride = 1 to \(Limit.stride)", "\(stride)", place)
        }
        guard (0...(kernel - 1) / 2).contains(padding) else {
          throw refuse("padding = 0 to \((kernel - 1) / 2)", "\(padding)", place)
        }
        let (spareX, spareY) = (shape.width + 2 * padding - kernel, shape.height + 2 * padding - kernel)
        guard spareX >= 0, spareY >= 0 else {
          throw refuse("at least \(kernel) x \(kernel) to read", "\(shape.width) x \(shape.height)", place)
        }
        output = ActivationShape(channels: outputs, height: spareY / stride + 1, width: spareX / stride + 1)
        macs = output.count * inputs * kernel * kernel
      case .averagePool2:
        guard !isHead else { throw refuse("a fully connected layer", "a pool", place) }
        guard index > 0 else { throw refuse("a convolution", "a pool", place) }
        guard shape.height >= Limit.poolSize, shape.width >= Limit.poolSize else {
          throw refuse("at least 2 x 2 to pool", "\(shape.width) x \(shape.height)", place)
        }
        output = ActivationShape(channels: shape.channels, height: shape.height / 2, width: shape.width / 2)
      case .fullyConnected(let inputs, let outputs, let tanh):
        guard isHead, index > 0 else { throw refuse("a convolution or pool", "a fully connected layer", place) }
        guard inputs == shape.count else { throw refuse("in = \(shape.count)", "\(inputs)", place) }
        let isLast = index == layers.count - 1
        guard tanh != isLast else { throw refuse(isLast ? "linear" : "tanh", tanh ? "tanh" : "linear", place) }
        guard isLast ? outputs == Self.outputCount : (1...Limit.channels).contains(outputs) else {
          throw refuse("out = \(isLast ? "\(Self.outputCount)" : "1 to \(Limit.channels)")", "\(outputs)", place)
        }
        output = ActivationShape(channels: outputs, height: 1, width: 1)
        macs = inputs * outputs
      }
      totalMACs += macs
      guard totalMACs <= Limit.macs else { throw refuse("at most \(Limit.macs) MAC", "more", place) }
      shapes.append(LayerShape(input: shape, output: output, macs: macs))
      shape = output
    }
    return shapes
  }

  /// Patch pixels from one output of the trunk to the next.
  public var trunkStride: Int {
    layers.reduce(1) {
      switch $1 {
      case .convolution(_, _, _, let stride, _): $0 * stride
      case .averagePool2: $0 * 2
      case .fullyConnected: $0
      }
    }
  }

  /// Multiply-accumulates of one cell when the trunk runs over a whole frame, without what the frame's edge adds.
  public var macsPerFrameCell: Int {
    var stride = 1
    return layers.reduce(0) { sum, layer in
      switch layer {
      case .convolution(let inputs, let outputs, let kernel, let step, _):
        stride *= step
        return sum + patch.pixelsPerA * patch.pixelsPerB / (stride * stride) * outputs * inputs * kernel * kernel
      case .averagePool2:
        stride *= 2
        return sum
      case .fullyConnected(let inputs, let outputs, _): return sum + inputs * outputs
      }
    }
  }

  /// True when the patches of all cells are windows of one resampled frame and the trunk's outputs for them windows of the
  /// trunk's output for that frame: no padding, cells a whole number of trunk strides apart, B columns on whole pixels, and no
  /// pool that drops a row or column.
  public var isFrameWide: Bool {
    guard patch.pixelsPerA.isMultiple(of: trunkStride), patch.pixelsPerB.isMultiple(of: trunkStride),
      !patch.width.isMultiple(of: 2), !patch.height.isMultiple(of: 2), let shapes = try? layerShapes()
    else { return false }
    return zip(layers, shapes).allSatisfy { layer, shape in
      switch layer {
      case .convolution(_, _, let kernel, let stride, let padding):
        padding == 0 && (shape.input.width - kernel).isMultiple(of: stride)
          && (shape.input.height - kernel).isMultiple(of: stride)
      case .averagePool2: shape.input.width.isMultiple(of: 2) && shape.input.height.isMultiple(of: 2)
      case .fullyConnected: true
      }
    }
  }
}
