// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// A field of readings whose truth is known: tilts by pattern and domain, noise that neighbours share as a window makes them.
struct CellField {
  var size = (i: 34, j: 26)
  var sigmaQ = 0.45
  var sigmaSplit = 2.0
  /// Half widths of the box that noise is averaged over, cells.
  var reach = (i: 1, j: 1)
  var seed: UInt64 = 1
  /// First index of either axis.
  var origin = (i: 0, j: 0)

  func make(_ truth: (_ i: Int, _ j: Int) -> TiltAngles) -> (table: CellTable, readings: [TiltReading]) {
    var random = SeededRandom(seed: seed)
    let (width, height) = (size.i + 2 * reach.i, size.j + 2 * reach.j)
    let white: [SIMD3<Double>] = (0..<width * height).map { _ in
      SIMD3(random.gaussian(), random.gaussian(), random.gaussian())
    }
    let scale = 1 / Double((2 * reach.i + 1) * (2 * reach.j + 1)).squareRoot()
    var (table, readings): (CellTable, [TiltReading]) = (CellTable(), [])
    for j in 0..<size.j {
      for i in 0..<size.i {
        var noise = SIMD3<Double>.zero
        for dj in 0...2 * reach.j {
          for di in 0...2 * reach.i { noise += white[(j + dj) * width + i + di] }
        }
        noise *= scale
        let (column, line) = (i + origin.i, j + origin.j)
        let tilt = truth(column, line)
        let split = HeadlessSplit(tilt)
        // Neighbours see the same pixels with q the other way round.
        let sign = (column + line).isMultiple(of: 2) ? 1.0 : -1
        let reading = TiltReading(
          q: tilt.q + sign * sigmaQ * noise.x,
          split: HeadlessSplit(c: split.c + sigmaSplit * noise.y, s: split.s + sigmaSplit * noise.z), qSigma: sigmaQ,
          cSigma: sigmaSplit, sSigma: sigmaSplit)
        var row = CellRow(i: Int32(column), j: Int32(line))
        (row.x, row.y, row.score) = (Float(14 * i), Float(20 * j), 1)
        reading.write(to: &row)
        table.append(row)
        readings.append(reading)
      }
    }
    return (table, readings)
  }

  /// One domain.
  func make(_ pattern: String, _ tilt: TiltAngles) throws -> (table: CellTable, readings: [TiltReading]) {
    guard let pattern = TiltPattern(pattern) else { throw UnknownPattern() }
    return make { i, j in pattern.rotation(of: tilt, i: i, j: 0, k: j) }
  }

  struct UnknownPattern: Error {}
}
