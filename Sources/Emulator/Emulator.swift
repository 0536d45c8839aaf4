// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import GlazerCore
import Multislice

/// Images of a uniformly tilted crystal at any tilt, thickness and defocus, from a few simulations: principal components of
/// the image spectra, a Gaussian process over the tilt for each, polynomial interpolation between the nodes of thickness
/// and defocus.
///
/// One cell holds 2 × 2 B columns. The mirrors of the lattice hold exactly. A rendering costs components · (training points +
/// 16 nodes · harmonics / 4) plus one small transform: about 0.2 ms.
public struct Emulator: Sendable {
  public let design: SimulationDesign
  public let gridWidth = 64
  public let gridHeight = 96
  let layout: MirrorLayout
  /// `[thickness][defocus][entry]` of class even–even.
  let mean: [Float]
  let components: [ImageComponent]
  /// One per component.
  let processes: [GaussianProcess]
  let thicknessAxis: AxisInterpolation
  let defocusAxis: AxisInterpolation
  /// Size of the projected cell, Å.
  let lengthsA: SIMD2<Double>
  /// What `glazer emulate fit` measured on simulations that it did not learn from; per cent of contrast.
  public let testErrors: EmulatorTestErrors?

  init(
    design: SimulationDesign, mean: [Float], components: [ImageComponent], processes: [GaussianProcess],
    testErrors: EmulatorTestErrors?
  ) throws(EmulatorError) {
    guard let material = Material.named(design.material) else {
      throw .unknownMaterial(name: design.material, known: Material.known.map(\.name))
    }
    self.design = design
    layout = try design.makeLayout()
    self.mean = mean
    self.components = components
    self.processes = processes
    self.testErrors = testErrors
    thicknessAxis = AxisInterpolation(nodes: design.thicknessesNm, order: 4)
    defocusAxis = AxisInterpolation(nodes: design.defociA, order: 4)
    let a = material.pseudoCubicA
    pseudoCubicA = a
    lengthsA = SIMD2(Double(2).squareRoot() * a, 2 * a)
  }

  public let pseudoCubicA: Double

  /// Standard deviation that the Gaussian processes themselves state for the image at a node, as rms over the pixels, in
  /// fractions of the beam.
  public func statedError(_ tilt: TiltAngles) -> Double {
    let point = SIMD3(tilt.p, tilt.q, tilt.r)
    let nodes = Double(design.thicknessesNm.count * design.defociA.count)
    return (processes.reduce(0) { $0 + $1.variance(at: point) } / nodes).squareRoot()
  }

  /// The image's amplitudes (`MirrorLayout`, class after class) at a state, without the source. No allocation.
  func amplitudes(_ state: ImagingState, workspace w: inout EmulatorWorkspace) {
    let point = SIMD3(state.tilt.p, state.tilt.q, state.tilt.r)
    for c in processes.indices { w.coefficients[c] = Float(processes[c].mean(at: point)) }
    let t0 = thicknessAxis.weights(at: state.thicknessNm, into: &w.thicknessWeights)
    let d0 = defocusAxis.weights(at: state.defocusA, into: &w.defocusWeights)
    w.vector.withUnsafeMutableBufferPointer { vector in
      vector.update(repeating: 0)
      for t in 0..<thicknessAxis.order {
        for d in 0..<defocusAxis.order {
          let weight = Float(w.thicknessWeights[t] * w.defocusWeights[d])
          let node = (t0 + t) * design.defociA.count + d0 + d
          Self.add(mean, node: node, count: layout.count(.evenEven), factor: weight, to: vector, at: 0)
          for c in components.indices {
            let mirror = components[c].mirror
            Self.add(
              components[c].pattern, node: node, count: layout.count(mirror), factor: weight * w.coefficients[c],
              to: vector, at: w.starts[mirror.rawValue])
          }
        }
      }
    }
  }

  @inline(__always)
  private static func add(
    _ pattern: [Float], node: Int, count: Int, factor: Float, to vector: UnsafeMutableBufferPointer<Float>,
    at start: Int
  ) {
    guard let target = vector.baseAddress else { return }
    pattern.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress else { return }
      for n in 0..<count { target[start + n] += factor * source[node * count + n] }
    }
  }
}

/// Working memory of one caller of `Emulator`.
public struct EmulatorWorkspace {
  var coefficients: [Float]
  var thicknessWeights: [Double]
  var defocusWeights: [Double]
  /// Amplitudes of all classes; class c begins at `starts[c]`.
  var vector: [Float]
  let starts: [Int]
  let transform: RealTransform2D
}

/// Differences between emulated images and simulations that the emulator never saw, rms over the image in per cent of the
/// simulated image's contrast.
public struct EmulatorTestErrors: Codable, Sendable, Hashable {
  public var simulations: Int
  public var medianPercent: Double
  public var worstPercent: Double
  /// The same halfway between the nodes of thickness and defocus, which adds the interpolation's own error.
  public var medianBetweenNodesPercent: Double
  public var worstBetweenNodesPercent: Double
}
