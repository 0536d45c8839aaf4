// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Registration

@Suite("Registration beside grains that are turned by a few degrees")
struct GrainTests {
  @Test("The larger grain is right and the rest flagged", arguments: [3.0, 4, 6, 25])
  func boundary(degrees: Double) throws {
    let truth = SyntheticMicrograph(pseudoCubicPx: 22, rotationDegrees: 20)
    var image = truth.render()
    var other = truth
    (other.rotationDegrees, other.seed) = (20 + degrees, 2)
    let turned = other.render()
    let boundary = 307
    for y in 0..<512 { for x in boundary..<512 { image[x, y] = turned[x, y] } }
    let registrar = Registrar()
    let result = try registrar.register(image)
    var (good, lost, beyond, kept, farthest) = (0, 0, 0, 0, 0.0)
    for index in result.lattice.columns(width: 512, height: 512, margin: 12) {
      let p = registrar.local.position(Double(index.i), Double(index.j))
      guard let fit = registrar.columns[index.i, index.j] else { continue }
      if p.x < Double(boundary) - 22 {
        good += 1
        lost += fit.isPoor ? 1 : 0
        let c = truth.lattice.coordinates(of: p)
        if !fit.isPoor { farthest = max(farthest, (p - truth.lattice.position(c.x.rounded(), c.y.rounded())).length) }
      } else if p.x > Double(boundary) + 22 {
        beyond += 1
        kept += fit.isPoor ? 0 : 1
      }
    }
    #expect(good > 300)
    #expect(Double(lost) < 0.03 * Double(good))
    #expect(Double(kept) < 0.1 * Double(beyond))
    // 0.15 Å
    #expect(farthest < 0.15 * 22 / 3.905)
  }

  @Test("Parabolas fit their window to rounding, a kink does not, and the middle is foretold")
  func parabolas() throws {
    var (smooth, kinked, border) = (SmoothWindow(), SmoothWindow(), SmoothWindow())
    func curve(_ i: Int, _ j: Int) -> Vector2 {
      let (x, y) = (Double(i), Double(j))
      return Vector2(0.3 + 0.1 * x - 0.2 * y + 0.01 * x * x + 0.03 * x * y, 1 - 0.02 * y * y)
    }
    for j in -SmoothWindow.halfJ...SmoothWindow.halfJ {
      for i in -SmoothWindow.halfI...SmoothWindow.halfI {
        smooth.add(i, j, curve(i, j))
        kinked.add(i, j, curve(i, j) + Vector2(0, i > 0 ? 0.5 : 0))
        if i < 0 { border.add(i, j, curve(i, j)) }
      }
    }
    #expect(try #require(smooth.fit()).misfit < 1e-20)
    #expect(try #require(kinked.fit()).misfit > 1e-3)
    let foretold = try #require(border.fit()).middle
    #expect((foretold - curve(0, 0)).length < 1e-9)
    #expect(SmoothWindow().fit() == nil)
  }
}
