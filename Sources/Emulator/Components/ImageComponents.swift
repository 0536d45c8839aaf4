// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// One principal component: a pattern of images over all nodes, all of one mirror class.
struct ImageComponent: Sendable {
  let mirror: MirrorClass
  /// `[node][entry of the class]`; multiplied with the coefficient it adds to the amplitudes.
  let pattern: [Float]
}

/// The principal components of a set of simulations, found class by class and kept by variance over all classes.
struct ImageComponents {
  /// `[node][entry]` of class even–even; the other classes have no mean because mirrored images cancel.
  let mean: [Float]
  let components: [ImageComponent]
  /// `[component][simulation]`.
  let coefficients: [[Double]]

  /// `simulations` are `[node]` spectra of each tilt. Each node counts by its own contrast, so that nodes with faint images
  /// are not lost beside those with strong ones.
  init(simulations: [[ImageSpectrum]], layout: MirrorLayout, count: Int) throws(EmulatorError) {
    let nodes = simulations.first?.count ?? 0
    // [class][simulation][node][entry]
    let parts = MirrorClass.allCases.map { mirror in
      simulations.map { $0.flatMap { layout.amplitudes($0, mirror) } }
    }
    let contrast = Self.contrasts(parts, layout: layout, nodes: nodes)
    var candidates: [(variance: Double, component: ImageComponent, coefficients: [Double])] = []
    var mean: [Float] = []
    for mirror in MirrorClass.allCases {
      let entries = layout.count(mirror)
      let scale = (0..<nodes * entries).map { contrast[$0 / entries] }
      let scaled = parts[mirror.rawValue].flatMap { zip($0, scale).map { $0 / $1 } }
      let pca = try PrincipalComponents(
        scaled, dimension: nodes * entries, components: min(count, simulations.count),
        centred: mirror == .evenEven)
      if mirror == .evenEven { mean = zip(pca.mean, scale).map { $0 * $1 } }
      for c in 0..<pca.count {
        let row = pca.basis[c * nodes * entries..<(c + 1) * nodes * entries]
        let own = simulations.indices.map { pca.coefficients[$0 * pca.count + c] }
        candidates.append(
          (
            own.reduce(0) { $0 + $1 * $1 }, ImageComponent(mirror: mirror, pattern: zip(row, scale).map { $0 * $1 }),
            own
          ))
      }
    }
    candidates.sort { $0.variance > $1.variance }
    self.mean = mean
    components = candidates.prefix(count).map(\.component)
    coefficients = candidates.prefix(count).map(\.coefficients)
  }

  /// Mean contrast of each node's images: the rms of everything but the constant.
  private static func contrasts(_ parts: [[[Float]]], layout: MirrorLayout, nodes: Int) -> [Float] {
    (0..<nodes).map { node in
      var sum = 0.0
      var simulations = 0
      for mirror in MirrorClass.allCases {
        let entries = layout.count(mirror)
        let isConstantFirst = mirror == .evenEven
        simulations = parts[mirror.rawValue].count
        for own in parts[mirror.rawValue] {
          for n in (isConstantFirst ? 1 : 0)..<max(1, entries) where n < entries {
            let value = Double(own[node * entries + n])
            sum += value * value
          }
        }
      }
      return Float(max(sum / Double(max(1, simulations)), 1e-12).squareRoot())
    }
  }
}
