// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import GlazerCore

extension Emulator: CellImageSource {
  public var tiltRangeDegrees: ClosedRange<Double> { -(design.tiltLimit - 0.5)...(design.tiltLimit - 0.5) }
  public var thicknessRangeNm: ClosedRange<Double> { range(design.thicknessesNm) }
  public var defocusRangeA: ClosedRange<Double> { range(design.defociA) }

  private func range(_ nodes: [Double]) -> ClosedRange<Double> { (nodes.first ?? 0)...(nodes.last ?? 0) }

  public func makeWorkspace() -> EmulatorWorkspace {
    EmulatorWorkspace(
      coefficients: [Float](repeating: 0, count: processes.count),
      thicknessWeights: [Double](repeating: 0, count: thicknessAxis.order),
      defocusWeights: [Double](repeating: 0, count: defocusAxis.order),
      vector: [Float](repeating: 0, count: layout.count), harmonics: layout.harmonics,
      transform: RealTransform2D(rows: gridHeight, columns: gridWidth))
  }

  /// One image; the source's Gaussian multiplies the spectrum.
  public func render(_ state: ImagingState, into grid: inout [Float], workspace w: inout EmulatorWorkspace) {
    precondition(grid.count == gridWidth * gridHeight, "the grid holds gridWidth · gridHeight values")
    harmonics(state, workspace: &w)
    let spectrum = w.transform.spectrum
    spectrum.update(repeating: .zero)
    let columns = w.transform.spectrumColumns
    let sigma = state.sourceFWHMA / (8 * log(2.0)).squareRoot()
    let decay = -2 * Double.pi * Double.pi * sigma * sigma
    func put(_ h: Int, _ k: Int, _ re: Float, _ im: Float) {
      spectrum[(k < 0 ? k + gridHeight : k) * columns + h] = Complex32(re, im)
    }
    put(0, 0, w.vector[0], 0)
    for n in 1..<w.harmonics.count {
      let harmonic = w.harmonics[n]
      let f = SIMD2(Double(harmonic.x), Double(harmonic.y)) / lengthsA
      let factor = Float(exp(decay * (f * f).sum()) / SpectrumLayout.weight)
      let (re, im) = (factor * w.vector[2 * n - 1], factor * w.vector[2 * n])
      put(harmonic.x, harmonic.y, re, im)
      // Column 0 of the half spectrum holds both signs of k.
      if harmonic.x == 0 { put(0, -harmonic.y, re, -im) }
    }
    w.transform.inverse()
    for n in grid.indices { grid[n] = w.transform.real[n] }
  }
}
