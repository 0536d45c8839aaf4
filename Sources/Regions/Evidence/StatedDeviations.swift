// SPDX-License-Identifier: GPL-3.0-or-later

/// Holds what cells state against what they show: cells of one domain that lie so far from its walls that no reading sees two.
///
/// The rule of a physicist's average (Birge's ratio), with what the model knows of its errors beside it: in images of a kind that it was not trained
/// for the scatter is the better witness, in a small frame the model.
struct StatedDeviations {
  /// rms of what is left of the cells when the means of their domains are taken away, over what they state, of q, c and s; nil where too few
  /// cells tell one of them.
  private(set) var scatterOverStated: SIMD3<Double>?
  /// Found variances over stated ones, as far as so many cells can be trusted with them, at most 9; nil where too few cells tell any.
  private(set) var variance: SIMD3<Double>?

  /// By how much stated deviations are to be multiplied for it: 1 where they hold, or are larger than the scatter.
  var widening: SIMD3<Double> {
    let one = SIMD3<Double>(repeating: 1)
    return pointwiseMax(variance ?? one, one).squareRoot()
  }

  /// A wall farther away than this along i and j is in no reading, nor in its own width.
  private static let reach = (i: TiltField.margin, j: TiltField.margin - 1)
  private static let fewestCells: Float = 12
  /// One wild cell is not to stand for all: differences beyond so many deviations count as so many.
  private static let largestSurprise: Float = 4
  /// What the model has learnt of its errors counts as so many independent cells: it knows them to a factor of about 1.5.
  private static let learntCells = 4.0
  /// No widening beyond this: where tilts change from cell to cell, their differences are no errors.
  private static let largestWidening = 3.0

  /// Places of the cells that count, and the sums of their domains by label.
  private var places: [Int32] = []
  private var domains: [DomainSums] = []

  init() {
    // More than frames have, so that the first with one more does not allocate.
    domains.reserveCapacity(512)
  }

  /// `correlation`: of cells whose errors hang together so many say as much as one (`SharedErrors`; lanes q, c, s). O(cells · 63).
  mutating func measure(_ field: TiltField, domainCount: Int, correlation: SIMD4<Double>) {
    scatterOverStated = nil
    variance = nil
    places.removeAll(keepingCapacity: true)
    places.reserveCapacity(field.occupied.count)
    domains.removeAll(keepingCapacity: true)
    domains.append(contentsOf: repeatElement(DomainSums(), count: domainCount))
    for place in field.occupied where isClear(Int(place), field) {
      places.append(place)
      domains[Int(field.cells[Int(place)].label)].add(field.cells[Int(place)])
    }
    // Cells may say something of q and nothing of the split: each lane has its own number of them.
    var (power, count) = (SIMD3<Float>.zero, SIMD3<Float>.zero)
    for place in places {
      let cell = field.cells[Int(place)]
      let mean = domains[Int(cell.label)].mean
      let expected = SIMD3(mean.x, mean.y, cell.isOddRow ? mean.w : mean.z)
      let surprise = (cell.value - expected) * cell.information.squareRoot()
      let limited = surprise.clamped(
        lowerBound: SIMD3(repeating: -Self.largestSurprise), upperBound: SIMD3(repeating: Self.largestSurprise))
      guard limited.min().isFinite, limited.max().isFinite else { continue }
      power += limited * limited
      count.replace(with: count + 1, where: cell.information .> 0)
    }
    guard count.max() >= Self.fewestCells else { return }
    let square = SIMD3<Double>(power) / SIMD3<Double>(count)
    if count.min() >= Self.fewestCells { scatterOverStated = square.squareRoot() }
    let means = meansTaken()
    var variance = SIMD3<Double>(repeating: 1)
    for lane in 0..<3 where count[lane] >= Self.fewestCells {
      // Each mean has taken one of the independent cells.
      let independent = Double(count[lane]) / correlation[lane]
      let free = independent - means[lane]
      guard free > 0 else { continue }
      let found = (Self.learntCells + independent * square[lane]) / (Self.learntCells + free)
      variance[lane] = min(found, Self.largestWidening * Self.largestWidening)
    }
    self.variance = variance
  }

  /// Of q and c one a domain, of s one for its even and one for its odd rows.
  private func meansTaken() -> SIMD3<Double> {
    var means = SIMD3<Double>.zero
    for domain in domains {
      let known = SIMD4<Double>.zero.replacing(with: 1, where: SIMD4<Double>(domain.information) .> 0)
      means += SIMD3(known.x, known.y, known.z + known.w)
    }
    return means
  }

  private func isClear(_ place: Int, _ field: TiltField) -> Bool {
    let label = field.cells[place].label
    guard label >= 0, !field.cells[place].isSilent else { return false }
    for dj in -Self.reach.j...Self.reach.j {
      for di in -Self.reach.i...Self.reach.i {
        let other = field.cells[place + dj * field.countI + di]
        if other.row >= 0, !other.isSilent, other.label != label { return false }
      }
    }
    return true
  }
}
