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
    for (g, group) in groups.enumerated() {
      group.processes.means(at: point, row: &w.row, into: &w.means)
      for n in group.cores.indices { w.coefficients[1 + starts[g] + n] = Float(w.means[n]) }
    }
    for n in w.amplitudes.indices { w.amplitudes[n] = 0 }
    for (c, own) in cores.classes.enumerated() { expand(own, w.contracted[c], &w) }
  }

  /// Cores at one thickness and defocus.
  private func contract(_ node: SIMD2<Double>, _ w: inout EmulatorWorkspace) {
    let t0 = thicknessAxis.weights(at: node.x, into: &w.thicknessWeights)
    let d0 = defocusAxis.weights(at: node.y, into: &w.defocusWeights)
    // The nodes' own contrast is put back before the polynomials: what they run through is then a plain image, while
    // contrast, a root of a sum of squares, is no polynomial of anything.
    for m in w.nodeWeights.indices { w.nodeWeights[m] = 0 }
    for t in w.thicknessWeights.indices {
      for d in w.defocusWeights.indices {
        let row = (t0 + t) * modes.defocusCount + d0 + d
        let weight = Float(w.thicknessWeights[t] * w.defocusWeights[d]) * modes.contrast[row]
        for m in w.nodeWeights.indices { w.nodeWeights[m] += weight * modes.nodes.basis[row * modes.nodes.count + m] }
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
