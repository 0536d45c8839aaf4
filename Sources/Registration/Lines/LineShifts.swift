// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// How far each line of a scan was shifted along the fast axis (x): jitter, which is drawn anew for every line.
///
/// A line crosses hundreds of columns, so that its shift is known far better than the position of any of them. What is
/// taken is the most probable shift, given the line and that shifts scatter with the deviation found in all lines: where
/// the noise leaves a shift open it stays near zero. The memory is kept between frames.
struct LineShifts {
  /// Shifts, pixels: what stands at x in a still scan is seen at x plus this.
  private(set) var shifts: [Float] = []
  /// Standard deviation of the lines' shifts without the noise of finding them, pixels.
  private(set) var deviationPx = 0.0

  private var sums = LineSums()
  /// What a line by itself says: its shift, and one over the variance of that.
  private var alone: [SIMD2<Float>] = []
  private var steps: [SIMD2<Float>] = []

  /// Shifts that are looked for have this deviation at first (0.6 Å), and are no larger than that (1.2 Å); shares of the
  /// pseudo-cubic cell.
  private static let usual = 0.15
  private static let largest = 0.3
  /// Where the first round finds less scatter than this share (0.02 Å), the second looks as if it were as much.
  private static let narrowest = 0.005
  /// At least two rounds, and more while the deviation shrinks.
  private static let mostRounds = 6
  private static let settled = 0.85
  /// Points of the correlation in the shortest period.
  private static let pointsPerPeriod = 8.0
  /// Lines of which one is asked at first.
  private static let sampled = 8

  /// From the mean cell of `image` and where its columns are. Where the lines' deviation, as some of them tell it, is less than
  /// `least` pixels, there is that and no shifts: a still scan costs an eighth.
  mutating func find(_ image: Image, local: LocalLattice, cell: MeanCell, least: Double) {
    shifts.removeAll(keepingCapacity: true)
    deviationPx = 0
    let noise = Self.noise(image, local.straight, cell)
    guard noise > 0 else { return }
    for every in [Self.sampled, 1] {
      measure(image, local: local, cell: cell, noise: noise, every: every)
      guard deviationPx >= least else { return }
    }
    let prior = Float(1 / (deviationPx * deviationPx))
    for line in alone { shifts.append(line.x * line.y / (line.y + prior)) }
  }

  /// Fills `alone` and `deviationPx` from each `every`-th line.
  private mutating func measure(_ image: Image, local: LocalLattice, cell: MeanCell, noise: Double, every: Int) {
    sums.run(image, local: local, cell: cell, every: every)
    let size = local.straight.pseudoCubicPx
    var fastest = 0.0
    for frequency in sums.frequencies { fastest = max(fastest, frequency.magnitude) }
    guard fastest > 0 else { return }
    let step = min(1 / (Self.pointsPerPeriod * fastest), Self.largest * size / 4)
    var deviation = Self.usual * size
    // Each round knows better how large shifts are, and so which of two that look alike it was. Where lines stand still and noise is
    // large, that is noise, and less with every round.
    for round in 0..<Self.mostRounds {
      let prior = max(deviation, Self.narrowest * size)
      peaks(noise: noise, deviation: prior, step: step, reach: min(Self.largest * size, 3.5 * prior))
      deviation = scatter(start: prior)
      if round > 0, deviation > Self.settled * prior || prior == Self.narrowest * size { break }
    }
    deviationPx = deviation
  }

  /// Fills `alone`.
  private mutating func peaks(noise: Double, deviation: Double, step: Double, reach: Double) {
    let (count, side) = (sums.reflections.count, max(2, Int((reach / step).rounded(.up))))
    steps.removeAll(keepingCapacity: true)
    for frequency in sums.frequencies {
      let turn = Complex(phase: 2 * .pi * frequency * step)
      steps.append(SIMD2(Float(turn.re), Float(turn.im)))
    }
    let norm = Float(2 / noise)
    let prior = Float(1 / (deviation * deviation))
    let width = Float(step)
    alone.removeAll(keepingCapacity: true)
    for line in 0..<sums.lineCount {
      var terms = InlineArray<4, SIMD2<Float>>(repeating: .zero)
      for slot in 0..<count { terms[slot] = sums.products[line * count + slot] }
      // Back to the first point of the grid, then on.
      for slot in 0..<count {
        let back = SIMD2(steps[slot].x, -steps[slot].y)
        for _ in 0...side { terms[slot] = Self.product(terms[slot], back) }
      }
      var (before, here) = (-Float.infinity, -Float.infinity)
      var best = (value: -Float.infinity, shift: Float(0), information: Float(0))
      for point in (-side - 1)...(side + 1) {
        var value: Float = 0
        for slot in 0..<count {
          value += terms[slot].x
          terms[slot] = Self.product(terms[slot], steps[slot])
        }
        let shift = Float(point) * width
        value = norm * value - 0.5 * prior * shift * shift
        // A parabola through three points, when the middle one is the highest so far.
        if here > best.value, here >= value, here >= before, before > -.infinity {
          let bend = before + value - 2 * here
          if bend < 0 {
            let at = shift - width + 0.5 * width * (before - value) / bend
            let information = -bend / (width * width)
            best = (here, at, information)
          }
        }
        (before, here) = (here, value)
      }
      // Without the prior, which `scatter` and the shrinking count once.
      let own = max(0, best.information - prior)
      guard own > 0, own < .infinity else {
        alone.append(.zero)
        continue
      }
      alone.append(SIMD2(best.shift * best.information / own, own))
    }
  }

  /// Most likely deviation v of shifts x of which lines by themselves say what `alone` says, each with a variance s of its own: where
  /// Σ (x² − s − v)/(s + v)² is zero, by scoring; 0 where noise alone explains more than there is. (Expectation maximisation would
  /// take hundreds of steps to come near 0, and call the noise of a still scan jitter.)
  private func scatter(start: Double) -> Double {
    var variance = Float(start * start)
    for _ in 0..<Self.mostSteps {
      var (excess, weights) = (Float(0), Float(0))
      for line in alone where line.y > 0 {
        let own = 1 / line.y
        let weight = 1 / ((own + variance) * (own + variance))
        excess += weight * (line.x * line.x - own)
        weights += weight
      }
      guard weights > 0 else { return 0 }
      let next = max(0, excess / weights)
      let isSettled = abs(next - variance) <= 1e-3 * variance
      variance = next
      if isSettled || next == 0 { break }
    }
    return Double(variance).squareRoot()
  }

  private static let mostSteps = 30

  private static func product(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> SIMD2<Float> {
    SIMD2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
  }

  /// Variance of a pixel about the mean cell: from differences between neighbours along the line that are both there, of every eighth line,
  /// less those of the cell, and a twentieth of the cell's own for what differs from cell to cell.
  private static func noise(_ image: Image, _ lattice: Lattice, _ cell: MeanCell) -> Double {
    let reciprocal = ReciprocalLattice(of: lattice)
    var (power, expected) = (0.0, 0.0)
    for (index, (h, k)) in Reflections.indices.enumerated() {
      let gx = reciprocal.vector(Double(h), Double(k)).x
      power += 2 * cell.factors[index].squaredMagnitude
      expected += 2 * cell.factors[index].squaredMagnitude * (1 - cos(2 * .pi * gx))
    }
    var (sum, count) = (Float(0), 0)
    for y in stride(from: 0, to: image.height, by: 8) {
      var line: Float = 0
      for x in 1..<image.width {
        let difference = image.pixels[y * image.width + x] - image.pixels[y * image.width + x - 1]
        line += difference * difference
      }
      if line.isFinite {
        sum += line
        count += image.width - 1
        continue
      }
      for x in 1..<image.width {
        let difference = image.pixels[y * image.width + x] - image.pixels[y * image.width + x - 1]
        guard difference.isFinite else { continue }
        sum += difference * difference
        count += 1
      }
    }
    guard count > 0 else { return 0 }
    return max(0.5 * Double(sum) / Double(count) - expected, 0) + 0.05 * power
  }
}
