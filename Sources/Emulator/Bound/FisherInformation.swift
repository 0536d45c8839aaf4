// SPDX-License-Identifier: GPL-3.0-or-later

/// What one electron of the beam tells about some parameters under Poisson noise:
/// F_ij = ⟨∂ᵢI ∂ⱼI / I⟩ over the pixels, with I the fraction of the beam on the detector.
///
/// With N electrons on the area looked at the covariance of any unbiased estimate is at least F⁻¹/N (Cramér and Rao). The
/// size of the pixels drops out as long as they resolve the image.
struct FisherInformation {
  /// Row-major, order × order.
  let matrix: [Double]
  let order: Int

  /// With a derivative below this share of the strongest one's, all that an image seems to tell of a parameter is rounding: nothing.
  static let leastShare = 1e-3
  /// Eigenvalues of the correlation matrix below this belong to combinations that the image does not show.
  private static let leastEigenvalue = 1e-8
  /// A pixel that no electron hits would tell everything; none does in a bright field.
  private static let leastIntensity = 1e-6

  /// `rows[parameter][pixel]`. O(parameters² · pixels).
  init(image: [Double], rows: [[Double]]) {
    order = rows.count
    let inverse = image.map { 1 / max($0, Self.leastIntensity) }
    var matrix = [Double](repeating: 0, count: order * order)
    for i in rows.indices {
      for j in 0...i {
        var sum = 0.0
        for n in image.indices { sum += rows[i][n] * rows[j][n] * inverse[n] }
        matrix[i * order + j] = sum / Double(image.count)
        matrix[j * order + i] = matrix[i * order + j]
      }
    }
    self.matrix = matrix
  }

  /// Standard deviations · √electrons of the first `count` parameters, which share a unit, with all others unknown; infinite
  /// where there is no information.
  ///
  /// The matrix is scaled to ones on its diagonal and inverted in the space of its eigenvectors. A parameter that has a
  /// part in a combination that the image does not show is not determined.
  func standardDeviations(first count: Int) throws(EmulatorError) -> [Double] {
    let strongest = (0..<count).map { matrix[$0 * order + $0] }.max() ?? 0
    let floor = strongest * Self.leastShare * Self.leastShare
    // Without any derivative a parameter is out; the others do not suffer from it.
    let kept = (0..<order).filter { matrix[$0 * order + $0] > ($0 < count ? floor : 0) }
    let scale = kept.map { matrix[$0 * order + $0].squareRoot() }
    let n = kept.count
    var correlation = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n { correlation[i * n + j] = matrix[kept[i] * order + kept[j]] / (scale[i] * scale[j]) }
    }
    var result = [Double](repeating: .infinity, count: count)
    guard n > 0 else { return result }
    let values = try SymmetricMatrix.eigenvectors(&correlation, order: n)
    for (i, parameter) in kept.enumerated() where parameter < count {
      var variance = 0.0
      for (k, value) in values.enumerated() {
        let part = correlation[k * n + i] * correlation[k * n + i]
        if value > Self.leastEigenvalue {
          variance += part / value
        } else if part > Self.leastEigenvalue {
          variance = .infinity
        }
      }
      let deviation = variance.squareRoot() / scale[i]
      result[parameter] = deviation * deviation * floor < 1 ? deviation : .infinity
    }
    return result
  }
}
