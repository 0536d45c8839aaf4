// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import Regions

/// Regions of simulated fields of cells: the truth, the blur of a window that sees several cells, and noise that neighbours share.
struct RegionFieldStudy {
  /// Standard deviations of one reading, degrees.
  var sigmaQ = 0.45
  var sigmaSplit = 2.2
  /// Cells along i and j.
  var size = SIMD2(36, 28)
  /// What a reading sees, cells along i and j: errors of cells closer than this are correlated, in proportion to the overlap
  /// of their windows, and a reading near a wall mixes both sides.
  var window = SIMD2(3.7, 3.1)

  private struct Weights {
    var values: [(di: Int, dj: Int, weight: Double)] = []

    /// Overlap of a box of `window` cells with the cells around its middle; Σ weight² = 1 or Σ weight = 1.
    init(_ window: SIMD2<Double>, isNoise: Bool) {
      func share(_ d: Int, _ width: Double) -> Double {
        max(0, min(Double(d) + 0.5, width / 2) - max(Double(d) - 0.5, -width / 2))
      }
      for dj in -4...4 {
        for di in -4...4 {
          let weight = share(di, window.x) * share(dj, window.y)
          if weight > 0 { values.append((di, dj, weight)) }
        }
      }
      let sum =
        isNoise
        ? values.reduce(0) { $0 + $1.weight * $1.weight }.squareRoot() : values.reduce(0) { $0 + $1.weight }
      for index in values.indices { values[index].weight /= sum }
    }
  }

  func score(_ draw: DomainDraw, frames: Int, finder: RegionFinder) -> RegionScore {
    var score = RegionScore()
    let (noise, blur) = (Weights(window, isNoise: true), Weights(window, isNoise: false))
    for number in 0..<frames {
      var random = SeededRandom(seed: 0x5E6, stream: UInt64(number))
      let truths = draw.domains(number, &random)
      let angle = random.uniform(0, 2 * .pi)
      let middle =
        Vector2(Double(size.x) / 2, Double(size.y) / 2) + Vector2(random.uniform(-3, 3), random.uniform(-3, 3))
      // In pseudo-cubic cells: columns are closer along i.
      func distance(_ i: Double, _ j: Double) -> Double {
        (i - middle.x) * 0.5.squareRoot() * cos(angle) + (j - middle.y) * sin(angle)
      }
      func domain(_ i: Int, _ j: Int) -> Int { truths.count > 1 && distance(Double(i), Double(j)) > 0 ? 1 : 0 }
      let (table, readings) = field(truths, domain, noise, blur, &random)
      var map = RegionMap()
      let start = RegionScore.threadSeconds()
      finder.find(table, readings: readings, spread: nil, into: &map)
      let seconds = RegionScore.threadSeconds() - start
      score.add(
        map, table, truths: truths, offset: CellIndex(i: 0, j: 0), seconds: seconds,
        domain: { domain(Int(table.i[$0]), Int(table.j[$0])) },
        // x, y of the table are i, j times ten.
        distance: truths.count > 1 ? { distance($0.x / 10, $0.y / 10) } : nil)
    }
    return score
  }

  private func field(
    _ truths: [DomainTruth], _ domain: (Int, Int) -> Int, _ noise: Weights, _ blur: Weights,
    _ random: inout SeededRandom
  ) -> (CellTable, [TiltReading]) {
    let (width, height) = (size.x + 8, size.y + 8)
    let white: [SIMD3<Double>] = (0..<width * height).map { _ in
      SIMD3(random.gaussian(), random.gaussian(), random.gaussian())
    }
    var (table, readings): (CellTable, [TiltReading]) = (CellTable(), [])
    for j in 0..<size.y {
      for i in 0..<size.x {
        var sum = SIMD3<Double>.zero
        // Neighbours see the same pixels with q the other way round: their errors of q alternate as q does.
        for w in noise.values {
          let place = (j + w.dj + 4) * width + i + w.di + 4
          sum += w.weight * white[place]
        }
        var mean = SIMD3<Double>.zero
        for w in blur.values {
          // A window tells what its middle would be if all of it were of one domain.
          let truth = truths[domain(i + w.di, j + w.dj)].tilt(i, j)
          let split = HeadlessSplit(truth)
          mean += w.weight * SIMD3<Double>(truth.q, split.c, split.s)
        }
        let sign: Double = (i + j).isMultiple(of: 2) ? 1 : -1
        let q = mean.x + sign * sigmaQ * sum.x
        let split = HeadlessSplit(c: mean.y + sigmaSplit * sum.y, s: mean.z + sigmaSplit * sum.z)
        let reading = TiltReading(q: q, split: split, qSigma: sigmaQ, cSigma: sigmaSplit, sSigma: sigmaSplit)
        var row = CellRow(i: Int32(i), j: Int32(j))
        (row.x, row.y, row.score) = (Float(10 * i), Float(10 * j), 1)
        reading.write(to: &row)
        table.append(row)
        readings.append(reading)
      }
    }
    return (table, readings)
  }
}
