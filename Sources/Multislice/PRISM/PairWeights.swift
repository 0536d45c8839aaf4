// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

/// A probe as what it gives every pair of incident beams: W[g][g'] = e^(−iχ(g)) e^(iχ(g')), times the share of the mesh
/// cell where both are in the aperture, times what the focal spread leaves of their interference.
struct PairWeights {
  /// `[g][g']`, filled for g ≤ g'.
  let elements: [Complex32]

  init(_ probe: ProbeConditions, beams: BeamSet, view: BeamSet.View, wavelengthA: Double) {
    let aberrations = AberrationFunction(probe, wavelengthA: wavelengthA)
    let count = beams.incident.count
    let k = beams.incident.map { $0.k - view.axis }
    let amplitudes = k.map { Complex32(phase: -aberrations.phase($0)) }
    let k2 = k.map { ($0 * $0).sum() }
    var elements = [Complex32](repeating: .zero, count: count * count)
    for g in 0..<count where view.incident[g] != .none {
      for other in g..<count {
        let conjugate = Complex32(amplitudes[other].re, -amplitudes[other].im)
        var share = view.incident[g].intersection(view.incident[other]).share
        if probe.focalSpreadA > 0 { share *= aberrations.coherence(k2[g], k2[other]) }
        elements[g * count + other] = Float(share) * (amplitudes[g] * conjugate)
      }
    }
    self.elements = elements
  }
}
