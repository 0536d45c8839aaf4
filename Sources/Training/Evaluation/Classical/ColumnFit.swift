// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

#if canImport(Glibc)
  import Glibc
#endif

/// Position and ellipse of one column of atoms: a two-dimensional Gaussian of any orientation on a constant background,
/// fitted by least squares (Levenberg and Marquardt) to a window of a patch, from the centre of mass and the second moments
/// as a start. Pixels.
struct ColumnFit {
  /// From where the column was looked for.
  var x: Double
  var y: Double
  /// Covariance.
  var xx: Double
  var yy: Double
  var xy: Double

  /// Covariances are kept within this, pixels².
  private static let covariance = 0.8...60.0
  private static let iterations = 12

  /// Of the column near (`centreX`, `centreY`); nil where the window leaves the patch. About 30 µs for 9 × 11 pixels.
  init?(
    _ pixels: UnsafePointer<Float>, patch: PatchGeometry, centreX: Double, centreY: Double, radiusX: Int, radiusY: Int
  ) {
    let (middleX, middleY) = (Int(centreX.rounded()), Int(centreY.rounded()))
    guard middleX - radiusX >= 0, middleX + radiusX < patch.width, middleY - radiusY >= 0,
      middleY + radiusY < patch.height
    else { return nil }
    var window: [(x: Double, y: Double, value: Double)] = []
    window.reserveCapacity((2 * radiusX + 1) * (2 * radiusY + 1))
    for row in middleY - radiusY...middleY + radiusY {
      for column in middleX - radiusX...middleX + radiusX {
        window.append(
          (Double(column) - centreX, Double(row) - centreY, Double(pixels[row * patch.width + column])))
      }
    }
    var model = Self.moments(window, radiusX: Double(radiusX), radiusY: Double(radiusY))
    Self.refine(&model, window)
    // A fit that has run away says nothing; the moments do.
    let isSane =
      abs(model.x) < Double(radiusX) && abs(model.y) < Double(radiusY) && model.determinant > 0
      && Self.covariance.contains(model.c / model.determinant) && Self.covariance.contains(model.a / model.determinant)
    if !isSane { model = Self.moments(window, radiusX: Double(radiusX), radiusY: Double(radiusY)) }
    (x, y) = (model.x, model.y)
    (xx, yy, xy) = (model.c / model.determinant, model.a / model.determinant, -model.b / model.determinant)
  }

  /// offset + amplitude · exp(−½ (a dx² + 2b dx dy + c dy²)).
  private struct Model {
    var offset: Double
    var amplitude: Double
    var x: Double
    var y: Double
    var a: Double
    var b: Double
    var c: Double

    var determinant: Double { a * c - b * b }

    func moved(by d: [Double]) -> Model {
      Model(
        offset: offset + d[0], amplitude: amplitude + d[1], x: x + d[2], y: y + d[3], a: a + d[4], b: b + d[5],
        c: c + d[6])
    }

    func squares(_ window: [(x: Double, y: Double, value: Double)]) -> Double {
      window.reduce(0) { sum, p in
        let (dx, dy) = (p.x - x, p.y - y)
        let rest = p.value - offset - amplitude * exp(-0.5 * (a * dx * dx + 2 * b * dx * dy + c * dy * dy))
        return sum + rest * rest
      }
    }
  }

  /// Centre of mass and second moments of what stands out of the window's rim, dark or bright.
  private static func moments(
    _ window: [(x: Double, y: Double, value: Double)], radiusX: Double, radiusY: Double
  ) -> Model {
    func isRim(_ p: (x: Double, y: Double, value: Double)) -> Bool {
      (p.x / radiusX) * (p.x / radiusX) + (p.y / radiusY) * (p.y / radiusY) > 0.8
    }
    let rim = window.filter(isRim)
    let background = rim.reduce(0) { $0 + $1.value } / Double(max(1, rim.count))
    let total = window.reduce(0) { $0 + (isRim($1) ? 0 : $1.value - background) }
    let sign: Double = total < 0 ? -1 : 1
    var (mass, x, y, xx, yy, xy) = (1e-9, 0.0, 0.0, 0.0, 0.0, 0.0)
    for p in window where !isRim(p) {
      let weight = max(0, sign * (p.value - background))
      mass += weight
      x += weight * p.x
      y += weight * p.y
      xx += weight * p.x * p.x
      yy += weight * p.y * p.y
      xy += weight * p.x * p.y
    }
    (x, y) = (x / mass, y / mass)
    xx = max(covariance.lowerBound, xx / mass - x * x)
    yy = max(covariance.lowerBound, yy / mass - y * y)
    xy = xy / mass - x * y
    xy = min(max(xy, -0.9 * (xx * yy).squareRoot()), 0.9 * (xx * yy).squareRoot())
    let determinant = xx * yy - xy * xy
    let amplitude = mass / (2 * Double.pi * determinant.squareRoot())
    return Model(
      offset: background, amplitude: sign * amplitude, x: x, y: y, a: yy / determinant, b: -xy / determinant,
      c: xx / determinant)
  }

  private static func refine(_ model: inout Model, _ window: [(x: Double, y: Double, value: Double)]) {
    let n = 7
    var damping = 1e-2
    var squares = model.squares(window)
    for _ in 0..<iterations {
      var matrix = [Double](repeating: 0, count: n * n)
      var right = [Double](repeating: 0, count: n)
      for p in window {
        let (dx, dy) = (p.x - model.x, p.y - model.y)
        let g = exp(-0.5 * (model.a * dx * dx + 2 * model.b * dx * dy + model.c * dy * dy))
        let s = model.amplitude * g
        let rest = p.value - model.offset - s
        let alongX: Double = s * (model.a * dx + model.b * dy)
        let alongY: Double = s * (model.b * dx + model.c * dy)
        let half: Double = -0.5 * s
        let slopes: [Double] = [1, g, alongX, alongY, half * dx * dx, 2 * half * dx * dy, half * dy * dy]
        for i in 0..<n {
          right[i] += slopes[i] * rest
          for j in 0...i { matrix[i * n + j] += slopes[i] * slopes[j] }
        }
      }
      for i in 0..<n { for j in 0..<i { matrix[j * n + i] = matrix[i * n + j] } }
      var damped = matrix
      for i in 0..<n { damped[i * n + i] += damping * matrix[i * n + i] + 1e-12 }
      guard let step = LeastSquares.solve(damped, right) else { return }
      let moved = model.moved(by: step)
      let after = moved.squares(window)
      if after < squares, moved.determinant > 0 {
        let isDone = squares - after < 1e-5 * squares
        (model, squares, damping) = (moved, after, max(damping / 5, 1e-6))
        if isDone { return }
      } else {
        damping *= 8
        if damping > 1e6 { return }
      }
    }
  }
}
