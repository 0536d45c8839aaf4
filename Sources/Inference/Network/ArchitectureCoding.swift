// SPDX-License-Identifier: GPL-3.0-or-later

/// Layers as they stand in a model file:
/// `{"kind":"conv","in":32,"out":32,"kernel":3,"stride":1,"padding":0}`, `{"kind":"avgpool2"}`,
/// `{"kind":"dense","in":1536,"out":256,"activation":"tanh"}` (or `"linear"`). Without `padding` it is (kernel − 1)/2.
extension NetworkArchitecture.Layer: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, kernel, stride, padding, activation
    case inputs = "in"
    case outputs = "out"
  }

  private enum Kind: String, Codable {
    case convolution = "conv"
    case averagePool2 = "avgpool2"
    case fullyConnected = "dense"
  }

  private enum Activation: String, Codable {
    case tanh, linear
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func integer(_ key: CodingKeys) throws -> Int { try values.decode(Int.self, forKey: key) }
    switch try values.decode(Kind.self, forKey: .kind) {
    case .convolution:
      let kernel = try integer(.kernel)
      self = .convolution(
        inputs: try integer(.inputs), outputs: try integer(.outputs), kernel: kernel, stride: try integer(.stride),
        padding: try values.decodeIfPresent(Int.self, forKey: .padding) ?? (max(kernel, 1) - 1) / 2)
    case .averagePool2:
      self = .averagePool2
    case .fullyConnected:
      let activation = try values.decode(Activation.self, forKey: .activation)
      self = .fullyConnected(
        inputs: try integer(.inputs), outputs: try integer(.outputs), tanh: activation == .tanh)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .convolution(let inputs, let outputs, let kernel, let stride, let padding):
      try values.encode(Kind.convolution, forKey: .kind)
      try values.encode(inputs, forKey: .inputs)
      try values.encode(outputs, forKey: .outputs)
      try values.encode(kernel, forKey: .kernel)
      try values.encode(stride, forKey: .stride)
      try values.encode(padding, forKey: .padding)
    case .averagePool2:
      try values.encode(Kind.averagePool2, forKey: .kind)
    case .fullyConnected(let inputs, let outputs, let tanh):
      try values.encode(Kind.fullyConnected, forKey: .kind)
      try values.encode(inputs, forKey: .inputs)
      try values.encode(outputs, forKey: .outputs)
      try values.encode(tanh ? Activation.tanh : .linear, forKey: .activation)
    }
  }
}
