// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// What is done without a network: columns are fitted by Gaussians, q is read from how far the oxygen columns to the right
/// and left of the B column stand one above the other, p and r from their ellipses.
///
/// The oxygen column beside B moves up or down with q, the other way on the other side; the apical oxygens move the A
/// columns above and below sideways. The split widens the oxygen columns' ellipses: their second moments grow by terms in
/// p², r² and p·r. All factors come from a linear regression over emulated samples of the same condition, those of the B and
/// A columns' ellipses, which stand for source and defocus, among them.
struct ClassicalReader {
  private let patch: PatchGeometry
  private let forQ: [Double]
  /// For p² − r² and 2 p r.
  private let forDifference: [Double]
  private let forProduct: [Double]
  /// Standard deviations of q, c and s that the calibration left.
  private var spread: (q: Double, c: Double, s: Double)

  /// Calibrates on samples with known truth.
  init(calibratedOn set: SampleSet) {
    patch = set.patch
    let features = (0..<set.count).map { Self.features(set.pixels.base + $0 * set.patch.count, set.patch) }
    let tilts = set.truths.map(\.tilt)
    forQ = LeastSquares.fit(features.map(\.q), tilts.map(\.q))
    forDifference = LeastSquares.fit(features.map(\.split), tilts.map { $0.p * $0.p - $0.r * $0.r })
    forProduct = LeastSquares.fit(features.map(\.split), tilts.map { 2 * $0.p * $0.r })
    spread = (1, 1, 1)
    var squares = (q: 0.0, c: 0.0, s: 0.0)
    for (feature, truth) in zip(features, set.truths) {
      let found = self.reading(feature)
      let target = truth.targets
      squares.q += (found.q - target.q) * (found.q - target.q)
      squares.c += (found.split.c - target.c) * (found.split.c - target.c)
      squares.s += (found.split.s - target.s) * (found.split.s - target.s)
    }
    let count = Double(max(1, set.count))
    spread = ((squares.q / count).squareRoot(), (squares.c / count).squareRoot(), (squares.s / count).squareRoot())
  }

  /// One reading a sample.
  func readings(_ set: SampleSet) -> [TiltReading] {
    (0..<set.count).map { reading(Self.features(set.pixels.base + $0 * set.patch.count, set.patch)) }
  }

  private func reading(_ features: (q: [Double], split: [Double])) -> TiltReading {
    func value(_ factors: [Double], _ features: [Double]) -> Double {
      zip(factors, features).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let u = value(forDifference, features.split)
    let v = value(forProduct, features.split)
    // ρ² (cos 2t, sin 2t), made linear in ρ.
    let rho = (u * u + v * v).squareRoot().squareRoot()
    let split = rho > 0 ? HeadlessSplit(c: u / rho, s: v / rho) : HeadlessSplit(c: 0, s: 0)
    return TiltReading(
      q: value(forQ, features.q), split: split, qSigma: spread.q, cSigma: spread.c, sSigma: spread.s)
  }

  /// What the regressions see of a patch.
  private static func features(_ pixels: UnsafePointer<Float>, _ patch: PatchGeometry) -> (q: [Double], split: [Double])
  {
    let centreX = Double(patch.width - 1) / 2
    let centreY = Double(patch.height - 1) / 2
    let (a, b) = (Double(patch.pixelsPerA), Double(patch.pixelsPerB))
    // Windows reach half way to the next column.
    let (radiusX, radiusY) = (max(2, patch.pixelsPerA / 4), max(2, patch.pixelsPerB / 5))
    func column(_ i: Double, _ j: Double) -> ColumnFit {
      ColumnFit(
        pixels, patch: patch, centreX: centreX + i * a, centreY: centreY + j * b, radiusX: radiusX, radiusY: radiusY)
        ?? .missing
    }
    let (right, left) = (column(0.5, 0), column(-0.5, 0))
    let (below, above) = (column(0, 0.5), column(0, -0.5))
    let middle = column(0, 0)
    func mean(_ value: (ColumnFit) -> Double, _ x: ColumnFit, _ y: ColumnFit) -> Double { (value(x) + value(y)) / 2 }
    let split =
      [right, middle, below].enumerated().flatMap { index, first -> [Double] in
        let second = index == 0 ? left : index == 1 ? middle : above
        return [mean(\.xx, first, second), mean(\.yy, first, second), mean(\.xy, first, second)]
      } + [1]
    return ([right.y - left.y, below.x - above.x, right.y + left.y - 2 * middle.y, 1], split)
  }
}

extension ColumnFit {
  /// A column outside of the patch: no displacement, no width.
  fileprivate static let missing = ColumnFit(x: 0, y: 0, xx: 0, yy: 0, xy: 0)

  private init(x: Double, y: Double, xx: Double, yy: Double, xy: Double) {
    (self.x, self.y, self.xx, self.yy, self.xy) = (x, y, xx, yy, xy)
  }
}
