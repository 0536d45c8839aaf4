// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

@testable import Emulator

@Suite("Interpolation along an axis")
struct AxisInterpolationTests {
  private static func value(_ axis: AxisInterpolation, at x: Double, of function: (Double) -> Double) -> Double {
    var weights = [Double](repeating: 0, count: axis.order)
    let first = axis.weights(at: x, into: &weights)
    return (0..<axis.order).reduce(0) { $0 + weights[$1] * function(axis.nodes[first + $1]) }
  }

  @Test("four nodes follow a cubic exactly, between nodes, at nodes and at both ends")
  func cubic() {
    let axis = AxisInterpolation(nodes: [-40, -20, 0, 20, 40], order: 4)
    func cubic(_ x: Double) -> Double { 1 + x / 10 - x * x / 300 + x * x * x / 9000 }
    for x in [-40.0, -33, -5, 0, 17, 39, 40] {
      #expect(abs(Self.value(axis, at: x, of: cubic) - cubic(x)) < 1e-9)
    }
  }

  /// Nine nodes over four radians: the remainder is below 6·10⁻⁶, also beyond the outermost node.
  @Test("the Chebyshev nodes of the design follow a cosine over their whole range")
  func chebyshev() {
    let design = EmulatorDesign()
    let axis = AxisInterpolation(nodes: design.defociA, order: design.defocusNodes)
    #expect(axis.nodes == axis.nodes.sorted() && axis.nodes.count == 9)
    #expect(abs(axis.nodes[4]) < 1e-12 && axis.nodes[8] < design.defocusLimitA)
    for x in stride(from: -design.defocusLimitA, through: design.defocusLimitA, by: 2.5) {
      #expect(abs(Self.value(axis, at: x) { cos($0 / 20) } - cos(x / 20)) < 1e-5)
    }
  }

  @Test("fewer nodes than the order asks for lower the order")
  func few() {
    let axis = AxisInterpolation(nodes: [1, 3], order: 4)
    #expect(axis.order == 2)
    #expect(abs(Self.value(axis, at: 2.5) { 2 * $0 } - 5) < 1e-12)
    #expect(abs(Self.value(AxisInterpolation(nodes: [4], order: 4), at: 9) { $0 } - 4) < 1e-12)
  }
}
