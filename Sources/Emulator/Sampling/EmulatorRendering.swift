// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import GlazerCore
import Inference

extension Emulator: CellImageSource {
  public var gridWidth: Int { simulator.gridSize.x }
  public var gridHeight: Int { simulator.gridSize.y }
  public var pattern: TiltPattern { simulator.pattern }
  public var pseudoCubicA: Double { simulator.material.pseudoCubicA }
  public var tiltRangeDegrees: ClosedRange<Double> { design.askedTilts }
  public var thicknessRangeNm: ClosedRange<Double> {
    thicknessAxis.nodes[0]...thicknessAxis.nodes[thicknessAxis.nodes.count - 1]
  }
  public var defocusRangeA: ClosedRange<Double> { -design.defocusLimitA...design.defocusLimitA }
  public var mistiltRangeMrad: ClosedRange<Double> { -design.mistiltLimitMrad...design.mistiltLimitMrad }
  public var startingLayerCount: Int { 2 }
  public var imaging: TrainedConditions.Imaging? { design.imaging }

  public func makeWorkspace() -> EmulatorWorkspace { EmulatorWorkspace(self, rows: gridHeight, columns: gridWidth) }

  /// One image; the Gaussians of source and vibration multiply the spectrum.
  public func render(_ state: ImagingState, into grid: inout [Float], workspace w: inout EmulatorWorkspace) {
    precondition(grid.count == gridWidth * gridHeight, "the grid holds gridWidth · gridHeight values")
    amplitudes(state, workspace: &w)
    let spectrum = w.transform.spectrum
    let columns = w.transform.spectrumColumns
    spectrum.update(repeating: .zero)
    for imageClass in layout.classes {
      let entries = layout.entries[imageClass.rawValue]
      let start = layout.starts[imageClass.rawValue]
      for n in entries.indices { add(imageClass, entries[n], w.amplitudes[start + n], to: spectrum, columns: columns) }
    }
    blur(spectrum, columns: columns, state)
    w.transform.inverse()
    for n in grid.indices { grid[n] = w.transform.real[n] }
  }

  private func blur(
    _ spectrum: UnsafeMutableBufferPointer<Complex32>, columns: Int, _ state: ImagingState
  ) {
    // A Gaussian of width F at half maximum has the transfer function exp(−(π F f)² / (4 ln 2)).
    let decay = -Double.pi * Double.pi / (4 * log(2.0))
    let source2 = state.sourceFWHMA * state.sourceFWHMA
    for h in 0...layout.maximum.x {
      for k in -layout.maximum.y...layout.maximum.y {
        let f = SIMD2(Double(h), Double(k)) / lengthsA
        let along = (f * state.vibrationFWHMA).sum()
        let factor = Float(exp(decay * (source2 * (f * f).sum() + along * along)))
        let n = (k < 0 ? k + gridHeight : k) * columns + h
        spectrum[n] = factor * spectrum[n]
      }
    }
  }

  /// Adds one amplitude to the half spectrum; the inverse of `AmplitudeLayout.amplitudes`.
  private func add(
    _ imageClass: ImageClass, _ entry: AmplitudeLayout.Entry, _ amplitude: Float,
    to spectrum: UnsafeMutableBufferPointer<Complex32>, columns: Int
  ) {
    let (h, k) = (entry.h, entry.k)
    let isOnAxis = h == 0 || k == 0
    let a = h == 0 && k == 0 ? amplitude : (isOnAxis ? Float(0.5).squareRoot() : 0.5) * amplitude
    let plus = k * columns + h
    let minus = (k == 0 ? 0 : gridHeight - k) * columns + h
    switch (imageClass.isOddInX, imageClass.isOddInY) {
    case (false, false):
      spectrum[plus].re += a
      if k > 0 { spectrum[minus].re += a }
    case (false, true):
      spectrum[plus].im -= a
      spectrum[minus].im += a
    case (true, false):
      spectrum[plus].im -= a
      if k > 0 { spectrum[minus].im -= a }
    case (true, true):
      spectrum[plus].re -= a
      spectrum[minus].re += a
    }
  }
}
