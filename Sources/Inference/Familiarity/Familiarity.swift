// SPDX-License-Identifier: GPL-3.0-or-later

/// How well the surroundings of a B column look like those that the model was trained on.
///
/// The normalised 2 × 2 cells about the column are averaged over boxes to 8 × 12 features (row-major [y][x], 12 rows of 8), and the
/// features are explained by a mean and a few orthonormal directions of the training data, each as far as the training data went along
/// it: an image of inverted contrast lies along the same directions, but far beyond. The score is the explained fraction of
/// their energy, 1 − |residual|² / |features|², clamped to 0…1.
public struct Familiarity: Sendable, Equatable {
  public static let featureColumns = 8
  public static let featureRows = 12
  public static let featureCount = featureColumns * featureRows

  static let meanName = "familiarity.mean"
  static let basisName = "familiarity.basis"
  static let limitsName = "familiarity.limits"
  static let thresholdName = "familiarity.threshold"

  /// The tensors in a model file.
  static func specification(directions: Int) -> [TensorSpecification] {
    [
      TensorSpecification(meanName, .float32, [featureCount]),
      TensorSpecification(basisName, .float32, [directions, featureCount]),
      TensorSpecification(limitsName, .float32, [directions, 2]),
      TensorSpecification(thresholdName, .float32, [1]),
    ]
  }

  /// `featureCount` values.
  public var mean: [Float]
  /// Orthonormal rows of `featureCount` values each.
  public var basis: [Float]
  /// Least and greatest coefficient of each direction in the training data.
  public var limits: [Float]
  /// Below this score a patch is unfamiliar.
  public var threshold: Float

  /// `basis.count` must be a multiple of `featureCount`, and `limits` hold two numbers for each row of it.
  public init(mean: [Float], basis: [Float], limits: [Float], threshold: Float) {
    precondition(mean.count == Self.featureCount && basis.count.isMultiple(of: Self.featureCount))
    precondition(limits.count == 2 * basis.count / Self.featureCount)
    self.mean = mean
    self.basis = basis
    self.limits = limits
    self.threshold = threshold
  }

  /// From a checked model file's tensors; nil if they are not there.
  init?(_ tensors: [String: Tensor]) {
    guard let mean = tensors[Self.meanName]?.floats, mean.count == Self.featureCount,
      let basis = tensors[Self.basisName]?.floats, basis.count.isMultiple(of: Self.featureCount),
      let limits = tensors[Self.limitsName]?.floats, limits.count == 2 * basis.count / Self.featureCount,
      let threshold = tensors[Self.thresholdName]?.floats?.first
    else { return nil }
    self.init(mean: mean, basis: basis, limits: limits, threshold: threshold)
  }

  public var directions: Int { basis.count / Self.featureCount }

  /// The tensors for a model file.
  public var tensors: [String: Tensor] {
    [
      Self.meanName: Tensor(mean, shape: [Self.featureCount]),
      Self.basisName: Tensor(basis, shape: [directions, Self.featureCount]),
      Self.limitsName: Tensor(limits, shape: [directions, 2]),
      Self.thresholdName: Tensor([threshold], shape: [1]),
    ]
  }

  /// Averages the 2 × 2 cells about a B column over boxes, from their normalised pixels (`rowStride` from row to row):
  /// `width` × `height` of them, at least 8 × 12; box x covers columns x·width/8 ..< (x+1)·width/8, rows likewise. `features`
  /// receives `featureCount` values. O(width · height).
  public static func features(
    of pixels: UnsafePointer<Float>, rowStride: Int, width: Int, height: Int,
    into features: UnsafeMutableBufferPointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { sums in
      for row in 0..<featureRows {
        let ys = row * height / featureRows..<(row + 1) * height / featureRows
        sums.initialize(repeating: 0)
        for y in ys {
          let line = pixels + y * rowStride
          for x in 0..<width { sums[x] += line[x] }
        }
        for column in 0..<featureColumns {
          let xs = column * width / featureColumns..<(column + 1) * width / featureColumns
          var sum: Float = 0
          for x in xs { sum += sums[x] }
          features[row * featureColumns + column] = sum / Float(ys.count * xs.count)
        }
      }
    }
  }

  /// The features of the column in the middle of a normalised patch.
  public static func features(
    ofPatch pixels: UnsafePointer<Float>, _ patch: PatchGeometry, into features: UnsafeMutableBufferPointer<Float>
  ) {
    let (left, top) = (patch.width / 2 - patch.pixelsPerA, patch.height / 2 - patch.pixelsPerB)
    Self.features(
      of: pixels + top * patch.width + left, rowStride: patch.width, width: 2 * patch.pixelsPerA,
      height: 2 * patch.pixelsPerB, into: features)
  }

  /// How far the features lie from the mean along a direction.
  public func coefficient(_ features: UnsafeBufferPointer<Float>, _ direction: Int) -> Float {
    var sum: Float = 0
    for k in 0..<Self.featureCount { sum += (features[k] - mean[k]) * basis[direction * Self.featureCount + k] }
    return sum
  }

  /// Explained fraction of the features' energy, 0…1; 0 for features without any. O(directions).
  public func score(_ features: UnsafeBufferPointer<Float>) -> Float {
    var energy: Float = 0
    var residual: Float = 0
    for k in 0..<Self.featureCount {
      energy += features[k] * features[k]
      residual += (features[k] - mean[k]) * (features[k] - mean[k])
    }
    // Orthonormal directions: each takes the square of its coefficient off the residual, but for what is beyond its limits.
    for direction in 0..<directions {
      let coefficient = coefficient(features, direction)
      let beyond = coefficient - min(max(coefficient, limits[2 * direction]), limits[2 * direction + 1])
      residual += beyond * beyond - coefficient * coefficient
    }
    guard energy > 0 else { return 0 }
    return min(max(1 - residual / energy, 0), 1)
  }
}
