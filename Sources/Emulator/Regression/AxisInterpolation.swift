// SPDX-License-Identifier: GPL-3.0-or-later

/// Interpolation between the nodes of one axis (thickness, defocus) by the Lagrange polynomial through the nearest nodes.
struct AxisInterpolation: Sendable {
  let nodes: [Double]
  /// Nodes used at a time: 4 gives a cubic.
  let order: Int

  init(nodes: [Double], order: Int) {
    self.nodes = nodes
    self.order = min(order, nodes.count)
  }

  /// First node used and the weight of each of the `order` nodes from there on; they sum to 1.
  func weights(at x: Double, into weights: inout [Double]) -> Int {
    var upper = 0
    while upper < nodes.count - 1, nodes[upper] < x { upper += 1 }
    let first = min(max(upper - order / 2, 0), nodes.count - order)
    for i in 0..<order {
      var w = 1.0
      for j in 0..<order where j != i {
        w *= (x - nodes[first + j]) / (nodes[first + i] - nodes[first + j])
      }
      weights[i] = w
    }
    return first
  }
}
