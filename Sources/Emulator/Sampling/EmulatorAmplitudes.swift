// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS

extension Emulator {
  /// The image's amplitudes (`AmplitudeLayout`, class after class) at a state, without the source, into `w.amplitudes`.
  /// No allocation.
  func amplitudes(_ state: ImagingState, workspace w: inout EmulatorWorkspace) {
    let node = SIMD2(state.thicknessNm, state.defocusA)
    if w.node != node {
      contract(node, &w)
      w.node = node
    }
    let point = EmulatorInput(
      tilt: state.tilt, mistiltMrad: state.mistiltMrad, startingLayer: state.startingLayer)
    for c in components.indices { w.coefficients[c + 1] = Float(components[c].process.mean(at: point)) }
    for n in w.amplitudes.indices { w.amplitudes[n] = 0 }
    for (c, own) in cores.classes.enumerated() { expand(own, w.contracted[c], &w) }
  }

  /// Cores at one thickness and defocus.
  private func contract(_ node: SIMD2<Double>, _ w: inout EmulatorWorkspace) {
    let t0 = thicknessAxis.weights(at: node.x, into: &w.thicknessWeights)
    let d0 = defocusAxis.weights(at: node.y, into: &w.defocusWeights)
    let (thickness, defocus) = (modes.thickness, modes.defocus)
    // The nodes' own contrast is put back before the polynomials: what they run through is then a plain image, while
    // contrast, a root of a sum of squares, is no polynomial of anything.
    for a in 0..<thickness.count {
      for b in 0..<defocus.count {
        var sum = 0.0
        for t in w.thicknessWeights.indices {
          var inner = 0.0
          for d in w.defocusWeights.indices {
            inner +=
              w.defocusWeights[d] * Double(modes.contrast[(t0 + t) * modes.defocusCount + d0 + d])
              * Double(defocus.basis[(d0 + d) * defocus.count + b])
          }
          sum += w.thicknessWeights[t] * Double(thickness.basis[(t0 + t) * thickness.count + a]) * inner
        }
        w.nodeWeights[a * defocus.count + b] = Float(sum)
      }
    }
    for (c, own) in cores.classes.enumerated() {
      cblas_sgemv(
        CblasRowMajor, CblasTrans, blasint(w.nodeWeights.count), blasint(own.rowCount), 1, own.values,
        blasint(own.rowCount), w.nodeWeights, 1, 0, &w.contracted[c], 1)
    }
  }

  /// Adds one class: components by their coefficients, then harmonic modes to harmonics.
  private func expand(_ own: CoreTable.ClassCores, _ contracted: [Float], _ w: inout EmulatorWorkspace) {
    let inner = own.harmonicModes
    for e in 0..<inner { w.harmonics[e] = 0 }
    for (m, member) in own.members.enumerated() {
      let factor = w.coefficients[member + 1]
      for e in 0..<inner { w.harmonics[e] += factor * contracted[m * inner + e] }
    }
    let entries = layout.count(own.imageClass)
    let basis = modes.harmonics[own.imageClass.rawValue].basis
    let start = layout.starts[own.imageClass.rawValue]
    w.amplitudes.withUnsafeMutableBufferPointer { amplitudes in
      guard let base = amplitudes.baseAddress, entries > 0 else { return }
      cblas_sgemv(
        CblasRowMajor, CblasNoTrans, blasint(entries), blasint(inner), 1, basis, blasint(inner), w.harmonics, 1, 0,
        base + start, 1)
    }
  }
}
