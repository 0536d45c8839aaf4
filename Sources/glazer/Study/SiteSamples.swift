// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore

/// Mean projected cells of many crystals and instruments: what `SiteTable` of Registration is made of.
struct SiteSamples {
  let emulators: [Emulator]

  /// (h, k), in the order of `SiteTable`.
  static let orders = [(0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]

  /// Cell `number` of an endless series, as nine numbers of length 1 about its B column.
  func cell(_ number: Int) -> [Double] {
    let emulator = emulators[number % emulators.count]
    let state = Self.state(number)
    let (width, height) = (emulator.gridWidth, emulator.gridHeight)
    var grid = [Float](repeating: 0, count: width * height)
    var workspace = emulator.makeWorkspace()
    emulator.render(state, into: &grid, workspace: &workspace)
    // One column of the lattice is 32 points of the grid along x and 48 along y; the rest is folded onto it.
    var folded = [Double](repeating: 0, count: 32 * 48)
    for y in 0..<height { for x in 0..<width { folded[y % 48 * 32 + x % 32] += Double(grid[y * width + x]) } }
    let cosX = (0...2).map { h in (0..<32).map { cos(2 * .pi * Double(h * $0) / 32) } }
    let cosY = (0...3).map { k in (0..<48).map { cos(2 * .pi * Double(k * $0) / 48) } }
    var cell = Self.orders.map { h, k in
      var sum = 0.0
      // Cosines of both: the mean over k and −k.
      for y in 0..<48 { for x in 0..<32 { sum += folded[y * 32 + x] * cosX[h][x] * cosY[k][y] } }
      return h != 0 && k != 0 ? Double(2).squareRoot() * sum : sum
    }
    let length = cell.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for index in cell.indices { cell[index] /= length }
    return cell
  }

  private static func state(_ number: Int) -> ImagingState {
    var random = SeededRandom(seed: 0x517E, stream: UInt64(number))
    func either(_ limit: Double) -> Double { random.uniform(-limit, limit) }
    // Small tilts are common in nature and rare in a cube.
    let tiltLimit = 9 * random.uniform()
    let vibration = random.uniform(0, 0.8)
    let direction = random.uniform(0, 2 * .pi)
    return ImagingState(
      tilt: TiltAngles(alpha: either(tiltLimit), beta: either(tiltLimit), gamma: either(tiltLimit)),
      thicknessNm: random.uniform(4, 20), defocusA: either(40), sourceFWHMA: random.uniform(0.3, 1.2),
      vibrationFWHMA: vibration * SIMD2(cos(direction), sin(direction)),
      mistiltMrad: SIMD2(either(3), either(3)), startingLayer: Int(random.uniform(0, 2)))
  }

  /// Some of the cells, so many that none of the others is further than `radius` from one of them: each the one that is
  /// furthest from those before (Gonzalez, Theor. Comput. Sci. 38 (1985) 293).
  static func cover(_ cells: [[Double]], radius: Double) -> [[Double]] {
    var distances = [Double](repeating: .infinity, count: cells.count)
    var (chosen, next) = ([[Double]](), 0)
    while distances[next] > radius * radius {
      let centre = cells[next]
      chosen.append(centre)
      for (index, cell) in cells.enumerated() {
        let squared = zip(cell, centre).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        distances[index] = min(distances[index], squared)
      }
      next = distances.indices.max { distances[$0] < distances[$1] } ?? 0
    }
    return chosen
  }

  static func source(_ templates: [[Double]], frames: Int) -> String {
    let rows = templates.map { cell in
      "    " + cell.map { String(format: "%.3f", $0) }.joined(separator: ", ") + ","
    }
    return """
      // SPDX-License-Identifier: GPL-3.0-or-later
      // Made by: glazer register-study --frames \(frames) --site-table FILE

      extension SiteTemplates {
        /// Emulated ABF images, nine numbers each (`SiteTable`).
        static let brightField: [Float] = [
      \(rows.joined(separator: "\n"))
        ]
      }

      """
  }
}
