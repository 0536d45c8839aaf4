// SPDX-License-Identifier: GPL-3.0-or-later

/// A tensor that a model file must hold. n counts convolutions and fully connected layers from 1.
///
/// Float: `conv{n}.weight` [out, in, ky, kx], `conv{n}.bn.gamma`, `.beta`, `.mean`, `.variance` [out], `dense{n}.weight`
/// [out, in], `dense{n}.bias` [out]; all F32.
///
/// Int8: `input.scale` F32 [1]; `conv{n}.weight` I8, `conv{n}.bias` I32, `conv{n}.scale` F32 [out]; `dense1.weight` I8,
/// `dense1.bias` I32, `dense1.scale` F32; `dense2.weight`, `dense2.bias` F32 (see `IntegerArithmetic`);
/// `familiarity.mean` F32 [96], `familiarity.basis` F32 [k, 96] with k of 1 to 96, `familiarity.limits` F32 [k, 2],
/// `familiarity.threshold` F32 [1] (see `Familiarity`).
///
/// The inputs of `dense1` are the trunk flattened as [channel][y][x] in both formats.
public struct TensorSpecification: Sendable, Equatable {
  public var name: String
  public var element: TensorElement
  public var shape: [Int]

  public init(_ name: String, _ element: TensorElement, _ shape: [Int]) {
    self.name = name
    self.element = element
    self.shape = shape
  }

  /// Everything that a file of this format must hold for this network.
  public static func required(_ format: ModelFile.Format, _ architecture: NetworkArchitecture) -> [Self] {
    var list = format == .int8 ? [Self("input.scale", .float32, [1])] : []
    var convolutions = 0
    var dense = 0
    for (index, layer) in architecture.layers.enumerated() {
      switch layer {
      case .averagePool2: break
      case .convolution(let inputs, let outputs, let kernel, _, _):
        convolutions += 1
        let name = "conv\(convolutions)"
        let shape = [outputs, inputs, kernel, kernel]
        switch format {
        case .int8: list += integer(name, shape)
        case .float:
          list.append(Self("\(name).weight", .float32, shape))
          list += ["gamma", "beta", "mean", "variance"].map { Self("\(name).bn.\($0)", .float32, [outputs]) }
        }
      case .fullyConnected(let inputs, let outputs, _):
        dense += 1
        let name = "dense\(dense)"
        if format == .int8, index < architecture.layers.count - 1 {
          list += integer(name, [outputs, inputs])
        } else {
          list += [Self("\(name).weight", .float32, [outputs, inputs]), Self("\(name).bias", .float32, [outputs])]
        }
      }
    }
    return list
  }

  private static func integer(_ name: String, _ shape: [Int]) -> [Self] {
    [
      Self("\(name).weight", .int8, shape), Self("\(name).bias", .int32, [shape[0]]),
      Self("\(name).scale", .float32, [shape[0]]),
    ]
  }
}

extension ModelFile {
  /// Throws unless the architecture is one that runs, every tensor it needs is there with its type and shape, and every
  /// float is finite.
  func check(file: String) throws(ModelFileError) {
    do {
      _ = try architecture.layerShapes()
    } catch .badArchitecture(let place, let expected, let found) {
      throw .badMetadata(file: file, key: Key.architecture, expected: "\(place): \(expected)", found: found)
    }
    guard sigmaScale.isUsable else {
      throw .badMetadata(
        file: file, key: Key.sigmaScale, expected: SigmaScale.expected,
        found: String(decoding: canonicalJSON(sigmaScale).prefix(60), as: UTF8.self))
    }
    var required = TensorSpecification.required(format, architecture)
    if format == .int8 {
      // The number of familiar directions is the writer's choice.
      let found = tensors[Familiarity.basisName]?.shape.first ?? 1
      required += Familiarity.specification(directions: min(max(found, 1), Familiarity.featureCount))
    }
    for needed in required {
      guard let tensor = tensors[needed.name] else {
        throw .badTensor(
          file: file, tensor: needed.name, expected: "\(needed.element.rawValue) \(needed.shape)", found: "nothing")
      }
      guard tensor.element == needed.element, tensor.shape == needed.shape else {
        throw .badTensor(
          file: file, tensor: needed.name, expected: "\(needed.element.rawValue) \(needed.shape)",
          found: "\(tensor.element.rawValue) \(tensor.shape)")
      }
    }
    for (name, tensor) in tensors {
      guard tensor.floats?.allSatisfy(\.isFinite) ?? true else {
        throw .badTensor(file: file, tensor: name, expected: "finite numbers", found: "NaN or infinity")
      }
    }
  }
}
