// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Emulator
import GlazerCore

/// What the electrons on one patch tell about a tilt, with everything unknown that training draws, as narrowly as it draws it
/// (the bound of van Trees: the information of the electrons plus that of the distributions).
///
/// Unknown are shift, scale, rotation and shear of the registration, the displacement of every scan line, defocus, thickness,
/// source, directional blur, mistilt, brightness, black level and slope. Rows of the matrix are in units of each one's standard
/// deviation in training, so that what is known beforehand is the unit matrix.
struct PatchInformation {
  /// p, q, r first.
  private static let tilts = 3
  /// Brightness and black level: anything.
  private static let anything = 10.0

  /// Per electron and Å² of the patch; order × order.
  private var matrix: [Double]
  private let order: Int

  /// `gradient` is that of a source's image with `ReaderPriors.nuisance`, `periodA` the size of that image. Lines are displaced by `jitterA`
  /// Å rms along themselves, by half of it across. O(parameters² · pixels).
  init(
    _ gradient: ImageGradient, priors: ReaderPriors, sampler: CellSampler, periodA: (x: Double, y: Double),
    jitterA: Double, linesAreColumns: Bool
  ) {
    let patch = sampler.normalisation.patch
    let region = sampler.normalisation.region
    var pixels = [Float](repeating: 0, count: region.width * region.height)
    /// What a patch shows of values on the grid of the source.
    func onPatch(_ grid: [Double]) -> [Double] {
      grid.map { Float($0) }.withUnsafeBufferPointer { grid in
        pixels.withUnsafeMutableBufferPointer { pixels in
          guard let grid = grid.baseAddress, let pixels = pixels.baseAddress else { return }
          sampler.sample(grid, columnI: 0, columnJ: 0, distortion: PatchDistortion(), into: pixels)
        }
      }
      let (left, top) = (region.columnX - patch.width / 2, region.columnY - patch.height / 2)
      return (0..<patch.count).map { n in
        Double(pixels[(top + n / patch.width) * region.width + left + n % patch.width])
      }
    }
    let image = onPatch(gradient.image)
    // Å from the B column.
    let x = (0..<patch.count).map { Double($0 % patch.width - patch.width / 2) * sampler.pixelA.x }
    let y = (0..<patch.count).map { Double($0 / patch.width - patch.height / 2) * sampler.pixelA.y }
    func scaled(_ row: [Double], _ factor: Double) -> [Double] { row.map { factor * $0 } }
    func product(_ a: [Double], _ b: [Double], _ factor: Double) -> [Double] { zip(a, b).map { factor * $0 * $1 } }

    var rows = gradient.tilt.map(onPatch)
    let (alongX, alongY) = (
      scaled(onPatch(gradient.nuisance[0]), 1 / periodA.x), scaled(onPatch(gradient.nuisance[1]), 1 / periodA.y)
    )
    rows += [scaled(alongX, priors.shiftA), scaled(alongY, priors.shiftA)]
    rows += [product(alongX, x, priors.scale), product(alongY, y, priors.scale)]
    rows.append(zip(product(alongY, x, priors.rotation), product(alongX, y, priors.rotation)).map { $0 - $1 })
    rows.append(product(alongX, y, priors.shear))
    for (row, spread) in zip(gradient.nuisance.dropFirst(2), priors.imaging) where spread > 0 {
      rows.append(scaled(onPatch(row), spread))
    }
    rows += [scaled(image, Self.anything), [Double](repeating: Self.anything, count: image.count)]
    let slope = priors.gradient * Self.deviation(image)
    rows += [
      scaled(x, slope / (Double(patch.width) * sampler.pixelA.x)),
      scaled(y, slope / (Double(patch.height) * sampler.pixelA.y)),
    ]
    if jitterA > 0 {
      let (spreadX, spreadY) = linesAreColumns ? (jitterA / 2, jitterA) : (jitterA, jitterA / 2)
      for line in 0..<(linesAreColumns ? patch.width : patch.height) {
        func only(_ values: [Double], _ spread: Double) -> [Double] {
          values.enumerated().map { n, value in
            (linesAreColumns ? n % patch.width : n / patch.width) == line ? spread * value : 0
          }
        }
        rows += [only(alongX, spreadX), only(alongY, spreadY)]
      }
    }
    order = rows.count
    matrix = Self.information(rows, image: image, areaA2: sampler.pixelA.x * sampler.pixelA.y)
  }

  /// ⟨J Jᵀ / I⟩ summed over the pixels.
  private static func information(_ rows: [[Double]], image: [Double], areaA2: Double) -> [Double] {
    // A pixel that no electron hits would tell everything; none does in a bright field.
    let weights = image.map { (areaA2 / max($0, 1e-6)).squareRoot() }
    let weighted = rows.flatMap { row in zip(row, weights).map { $0 * $1 } }
    let (order, count) = (Int32(rows.count), Int32(image.count))
    var matrix = [Double](repeating: 0, count: rows.count * rows.count)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, order, order, count, 1, weighted, count, weighted, count, 0, &matrix,
      order)
    return matrix
  }

  private static func deviation(_ image: [Double]) -> Double {
    let mean = image.reduce(0, +) / Double(image.count)
    return (image.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(image.count)).squareRoot()
  }

  /// Standard deviations of p, q, r in degrees that no reader beats in the mean, for so many electrons per Å² and tilts that are
  /// known to be spread by `spread` degrees. O(order³).
  func standardDeviations(electronsPerA2: Double, spread: (p: Double, q: Double, r: Double)) -> SIMD3<Double> {
    let units = [spread.p, spread.q, spread.r] + [Double](repeating: 1, count: order - Self.tilts)
    var known = matrix
    for i in 0..<order {
      for j in 0..<order { known[i * order + j] *= electronsPerA2 * units[i] * units[j] }
      known[i * order + i] += 1
    }
    // The unit matrix makes it positive definite.
    let isDefinite = SymmetricMatrix.factorise(&known, order: order)
    precondition(isDefinite, "a Gram matrix and the unit matrix")
    var result = SIMD3<Double>.zero
    for k in 0..<Self.tilts {
      var column = [Double](repeating: 0, count: order)
      column[k] = 1
      SymmetricMatrix.solve(factor: known, order: order, &column)
      result[k] = column[k].squareRoot() * units[k]
    }
    return result
  }
}
