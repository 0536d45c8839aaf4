// SPDX-License-Identifier: GPL-3.0-or-later

/// How the errors of neighbouring cells hang together: every reading sees several cells, so that neighbours see much the same
/// noise, and the mean of n cells is not √n times better than one.
///
/// Measured on the frame itself, from what is left of each cell when the mean of its domain is taken away: no network and
/// no window is assumed. Lanes: Q, c, s, and s with the sign of its row.
struct SharedErrors {
  /// Scatter of the cells about the means of their domains over what is stated for them, as a ratio of variances.
  private(set) var scatter = SIMD4<Double>(repeating: 1)
  /// Σ over all cells of the correlation with one of them: n cells are worth n over this.
  private(set) var correlation: SIMD4<Double>

  /// Windows of up to so many cells each way.
  private static let reach = TiltField.margin
  /// Of a domain, in the mean: what their own mean takes from the residuals of fewer hides the correlation.
  private static let fewestCells = 200.0

  private var residuals: [SIMD4<Float>] = []
  /// Of each domain: whether any of its cells has a residual.
  private var isRepresented: [Bool] = []

  init(_ settings: RegionSettings) { correlation = SIMD4(repeating: settings.usualCorrelation) }

  /// `means` are those of the domains of `field` by label. O(cells · 41).
  mutating func measure(_ field: TiltField, _ means: [SIMD4<Float>], _ settings: RegionSettings) {
    scatter = SIMD4(repeating: 1)
    correlation = SIMD4(repeating: settings.usualCorrelation)
    residuals.removeAll(keepingCapacity: true)
    residuals.append(contentsOf: repeatElement(.zero, count: field.cells.count))
    let around = field.neighbours
    isRepresented.removeAll(keepingCapacity: true)
    isRepresented.append(contentsOf: repeatElement(false, count: means.count))
    var domains = 0.0
    var (count, power, surprise) = (0.0, SIMD4<Float>.zero, SIMD4<Float>.zero)
    for place in field.occupied where field.isCore(Int(place), around) {
      let cell = field.cells[Int(place)]
      let mean = means[Int(cell.label)]
      let s = cell.value.z - (cell.isOddRow ? mean.w : mean.z)
      let rest = SIMD4(cell.value.x - mean.x, cell.value.y - mean.y, s, cell.isOddRow ? -s : s)
      // One wild cell is not to stand for all.
      let sigma = (1 / cell.information).squareRoot()
      let known = SIMD4(sigma.x, sigma.y, sigma.z, sigma.z)
      guard known.max().isFinite else { continue }
      let limited = rest.clamped(lowerBound: -4 * known, upperBound: 4 * known)
      residuals[Int(place)] = limited
      if !isRepresented[Int(cell.label)] { domains += 1 }
      isRepresented[Int(cell.label)] = true
      count += 1
      power += limited * limited
      surprise += limited * limited / (known * known)
    }
    guard count >= 12 else { return }
    // Two parameters a domain are taken from the data; a scatter smaller than stated is luck rather than knowledge.
    scatter = SIMD4<Double>(surprise / Float(count)).clamped(
      lowerBound: SIMD4(repeating: 0.7), upperBound: SIMD4(repeating: 9))
    guard count >= domains * Self.fewestCells, all(power .> 0) else { return }
    measureCorrelation(field, power, cellsPerDomain: count / domains)
  }

  private mutating func measureCorrelation(_ field: TiltField, _ power: SIMD4<Float>, cellsPerDomain: Double) {
    var sum = power
    for place in field.occupied {
      let own = residuals[Int(place)]
      guard own != .zero else { continue }
      for dj in 0...Self.reach {
        for di in (dj == 0 ? 1 : -Self.reach)...Self.reach {
          let next = Int(place) + dj * field.countI + di
          sum += 2 * own * residuals[next]
        }
      }
    }
    let lags = Double((2 * Self.reach + 1) * (2 * Self.reach + 1))
    // Residuals are about the mean of a domain's own n cells, which takes K/n from every lag.
    let seen = SIMD4<Double>(sum / power) / (1 - lags / max(cellsPerDomain, 2 * lags))
    correlation = seen.clamped(lowerBound: SIMD4(repeating: 1), upperBound: SIMD4(repeating: 40))
  }
}
