// SPDX-License-Identifier: GPL-3.0-or-later

/// What of an image one cell's reading rests on: a B column at its centre, `a` along x, `b` along y.
///
/// Patch pixel (x, y) shows lattice coordinates ((x − (width−1)/2) / pixelsPerA, (y − (height−1)/2) / pixelsPerB)
/// from the B column. Each pixel is the mean of the image over its own area. With odd sides the patches of all columns are
/// windows of one resampled frame, in which B columns stand on whole pixels (`NetworkArchitecture.isFrameWide`).
public struct PatchGeometry: Codable, Sendable, Hashable {
  public var width: Int
  public var height: Int
  /// Pixels per `Lattice.a` (a_pc/√2).
  public var pixelsPerA: Int
  /// Pixels per `Lattice.b` (a_pc).
  public var pixelsPerB: Int

  enum CodingKeys: String, CodingKey {
    case width, height
    case pixelsPerA = "pixels_per_a"
    case pixelsPerB = "pixels_per_b"
  }

  public init(width: Int, height: Int, pixelsPerA: Int, pixelsPerB: Int) {
    self.width = width
    self.height = height
    self.pixelsPerA = pixelsPerA
    self.pixelsPerB = pixelsPerB
  }

  public var count: Int { width * height }

  /// About 3.7 × 3.1 B columns at 16 × 24 pixels each: finer than the image's Nyquist distance of 0.21 Å at 30 mrad and
  /// 200 kV.
  public static let standard = PatchGeometry(width: 59, height: 75, pixelsPerA: 16, pixelsPerB: 24)
}

/// Shape of the network: convolutions (each followed by batch norm and ReLU), average pools, then fully connected layers.
///
/// Activations are [channel][row y][column x]. Convolutions are zero-padded by `padding` on every side: by (kernel − 1)/2
/// stride 1 keeps the size and stride 2 halves an even one; by 0 each output rests on what it sees alone, so that one pass over
/// a whole frame serves all cells (`isFrameWide`). The first fully connected layer reads the flattened trunk and ends in
/// tanh; the last is linear. Outputs, in order: q, c, s (`HeadlessSplit`), each in units of `degreesPerUnit`, then the
/// natural logarithms of their standard deviations in the same unit.
public struct NetworkArchitecture: Codable, Sendable, Hashable {
  public enum Layer: Sendable, Hashable {
    case convolution(inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Int)
    case averagePool2
    case fullyConnected(inputs: Int, outputs: Int, tanh: Bool)
  }

  public var patch: PatchGeometry
  public var layers: [Layer]
  public var degreesPerUnit: Double

  enum CodingKeys: String, CodingKey {
    case patch, layers
    case degreesPerUnit = "degrees_per_unit"
  }

  public init(patch: PatchGeometry, layers: [Layer], degreesPerUnit: Double) {
    self.patch = patch
    self.layers = layers
    self.degreesPerUnit = degreesPerUnit
  }

  /// q, c, s and the logarithm of the standard deviation of each.
  public static let outputCount = 6

  /// Five convolutions without padding and two fully connected layers: 18.1 MMAC for one patch, 3.1 MMAC a cell over a
  /// whole frame, 0.5 M parameters.
  public static let compact = NetworkArchitecture(
    patch: .standard,
    layers: [
      .convolution(inputs: 1, outputs: 16, kernel: 5, stride: 2, padding: 0),
      .convolution(inputs: 16, outputs: 32, kernel: 3, stride: 1, padding: 0),
      .convolution(inputs: 32, outputs: 32, kernel: 3, stride: 1, padding: 0),
      .averagePool2,
      .convolution(inputs: 32, outputs: 64, kernel: 3, stride: 1, padding: 0),
      .convolution(inputs: 64, outputs: 64, kernel: 3, stride: 1, padding: 0),
      .averagePool2,
      .fullyConnected(inputs: 64 * 6 * 4, outputs: 256, tanh: true),
      .fullyConnected(inputs: 256, outputs: outputCount, tanh: false),
    ],
    degreesPerUnit: 10)
}
