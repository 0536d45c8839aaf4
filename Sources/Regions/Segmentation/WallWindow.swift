// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// What the cells about a place say of its domain: a Gaussian mean of their misfits.
///
/// A reading sees several cells, so that its misfits with the domains on both sides of a wall change places on the wall, and not in
/// a step: on a straight wall their mean over any window that is alike in all directions does so too, and has less noise. Where only
/// the sense about c changes every second row tells the sides apart, and no cell of the others by itself.
struct WallWindow {
  private var places: [(offset: Int, weight: Float)] = []
  private var countI = 0

  /// Standard deviation, pseudo-cubic cells.
  private static let radius = 0.7
  /// The window holds the cells of 4 readings, and neighbours share half of what they see.
  private static let trust: Float = 2

  init() { places.reserveCapacity(64) }

  /// Makes the window for a field of this width.
  mutating func fit(_ field: TiltField) {
    guard field.countI != countI else { return }
    countI = field.countI
    places.removeAll(keepingCapacity: true)
    var sum: Float = 0
    let reach = TiltField.margin
    for dj in -reach...reach {
      for di in -reach...reach {
        // Columns are closer along i, [110].
        let distance2 = 0.5 * Double(di * di) + Double(dj * dj)
        let weight = Float(exp(-0.5 * distance2 / (Self.radius * Self.radius)))
        guard weight > 0.02 else { continue }
        places.append((dj * countI + di, weight))
        sum += weight
      }
    }
    for index in places.indices { places[index].weight *= Self.trust / sum }
  }

  /// Half of a χ², of about `place` in a domain with this mean.
  func misfit(_ place: Int, _ field: TiltField, _ mean: SIMD4<Float>) -> Float {
    var sum: Float = 0
    for (offset, weight) in places {
      let cell = field.cells[place + offset]
      if cell.row >= 0 { sum += weight * DomainSums.misfit(cell, mean) }
    }
    return sum
  }
}
