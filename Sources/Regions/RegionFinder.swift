// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// From the table of one frame's cells to its regions of equal tilt. Memory of one thread; allocates while it grows only. Rests on the
/// readings alone: no network, window or dose is assumed.
///
/// 0.2 to 0.8 ms for 1,000 cells (`glazer regions-study`).
public final class RegionFinder {
  public var settings: RegionSettings

  private var field = TiltField()
  private var labelling = DomainLabelling()
  private var errors: SharedErrors
  private var stated = StatedDeviations()
  private var evidence = SystemEvidence()
  private var means: [SIMD4<Float>] = []
  private var order: [Int32] = []
  /// Of each domain: sums of x and y over its readable cells, their number, and that of all its cells.
  private var places: [SIMD4<Double>] = []

  public init(settings: RegionSettings = RegionSettings()) {
    self.settings = settings
    errors = SharedErrors(settings)
    // For more regions than frames have, so that the first frame with one more does not allocate.
    means.reserveCapacity(Self.usualRegions)
    order.reserveCapacity(Self.usualRegions)
    places.reserveCapacity(Self.usualRegions)
  }

  private static let usualRegions = 256

  /// Replaces `map` by the regions of `cells`, that of the most cells that say something first. `readings` are those of the
  /// rows of `cells`; `spread` is that of the network's targets over its training, nil for readings without a lean towards it.
  /// Without `judgesDeviations` nothing is said of whether they hold (`RegionMap.scatterOverStated`, `widening`).
  public func find(
    _ cells: CellTable, readings: [TiltReading], spread: TargetSpread?, judgesDeviations: Bool = true,
    into map: inout RegionMap
  ) {
    map.removeAll()
    map.regions.reserveCapacity(32)
    guard field.fill(cells, readings, spread: spread) else {
      map.labels.append(contentsOf: repeatElement(-1, count: cells.count))
      map.walls.append(contentsOf: repeatElement(0, count: cells.count))
      return
    }
    labelling.label(&field, settings)
    means.removeAll(keepingCapacity: true)
    for index in 0..<labelling.count { means.append(best(index).mean) }
    errors.measure(field, means, settings)
    if judgesDeviations {
      stated.measure(field, domainCount: labelling.count, correlation: errors.correlation)
      map.scatterOverStated = stated.scatterOverStated
      (map.widening, map.variance) = (stated.widening, stated.variance)
    }
    sort()
    write(cells, to: &map)
  }

  /// What the means of a domain rest on: its core, unless that is next to nothing.
  private func best(_ index: Int) -> DomainSums {
    labelling.cores[index].cells >= 4 ? labelling.cores[index] : labelling.sums[index]
  }

  /// Large enough, and with cells that say something: in rows of one parity alone s and its alternation are one number.
  private func isRegion(_ index: Int) -> Bool {
    let information = best(index).information
    return labelling.sums[index].cells >= Int32(settings.leastCells) && information.x > 0 && information.y > 0
      && information.z > 0 && information.w > 0
  }

  private func sort() {
    order.removeAll(keepingCapacity: true)
    for index in 0..<labelling.count where isRegion(index) {
      order.append(Int32(index))
    }
    order.sort { (labelling.sums[Int($0)].cells, $1) > (labelling.sums[Int($1)].cells, $0) }
    if order.count > settings.mostRegions { order.removeLast(order.count - settings.mostRegions) }
  }

  private func write(_ cells: CellTable, to map: inout RegionMap) {
    places.removeAll(keepingCapacity: true)
    places.append(contentsOf: repeatElement(.zero, count: labelling.count))
    map.labels.append(contentsOf: repeatElement(-1, count: cells.count))
    map.walls.append(contentsOf: repeatElement(0, count: cells.count))
    let around = field.neighbours
    for place in field.occupied {
      let cell = field.cells[Int(place)]
      guard cell.label >= 0, let rank = order.firstIndex(of: cell.label) else { continue }
      let row = Int(cell.row)
      map.labels[row] = Int32(rank)
      places[Int(cell.label)] +=
        cell.isSilent ? SIMD4(0, 0, 0, 1) : SIMD4(Double(cells.x[row]), Double(cells.y[row]), 1, 1)
      for n in 0..<4 {
        let other = field.cells[Int(place) + around[n]]
        // Where nothing was read on either side nobody has seen a wall.
        guard other.row >= 0, other.label >= 0, other.label != cell.label, !cell.isSilent || !other.isSilent else {
          continue
        }
        map.walls[row] = 1
      }
    }
    for index in order { map.regions.append(region(Int(index))) }
  }

  private func region(_ index: Int) -> TiltRegion {
    let sums = best(index)
    var region = TiltRegion()
    region.core = Int(sums.cells)
    let place = places[index]
    region.cells = Int(place.w)
    region.centre = Vector2(place.x / place.z, place.y / place.z)
    let mean = SIMD4<Double>(sums.mean)
    // In a small region all cells share their noise: it is never better known than one cell of it.
    let shared = errors.correlation.clamped(
      lowerBound: SIMD4(repeating: 1), upperBound: SIMD4(repeating: Double(max(1, sums.cells))))
    let information = SIMD4<Double>(sums.information)
    // Of half the sum and of half the difference of two means.
    let rows = 4 / (1 / information.z + 1 / information.w)
    func sigma(_ lane: Int, _ information: Double, _ common: Double) -> Double {
      guard information > 0 else { return settings.largestAngle }
      return (errors.scatter[lane] * shared[lane] / information + common * common).squareRoot()
    }
    region.q = RegionValue(mean.x, sigma: sigma(0, information.x, settings.commonQ))
    region.c = RegionValue(mean.y, sigma: sigma(1, information.y, settings.commonC))
    // The mean over even and odd rows and half of their difference.
    region.s = RegionValue(0.5 * (mean.z + mean.w), sigma: sigma(2, rows, settings.commonS))
    region.sByRow = RegionValue(0.5 * (mean.z - mean.w), sigma: sigma(3, rows, settings.commonS))
    evidence.judge(&region, largestAngle: settings.largestAngle)
    return region
  }
}
