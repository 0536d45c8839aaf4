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
    let starts = MirrorClass.allCases.reduce(into: [0]) { $0.append(($0.last ?? 0) + layout.count($1)) }
    return EmulatorWorkspace(
      coefficients: [Float](repeating: 0, count: processes.count),
      thicknessWeights: [Double](repeating: 0, count: thicknessAxis.order),
      defocusWeights: [Double](repeating: 0, count: defocusAxis.order),
      vector: [Float](repeating: 0, count: starts.last ?? 0), starts: starts,
      transform: RealTransform2D(rows: gridHeight, columns: gridWidth))
  }

  /// One image; the Gaussians of source and vibration multiply the spectrum.
  public func render(_ state: ImagingState, into grid: inout [Float], workspace w: inout EmulatorWorkspace) {
    precondition(grid.count == gridWidth * gridHeight, "the grid holds gridWidth · gridHeight values")
    amplitudes(state, workspace: &w)
    let spectrum = w.transform.spectrum
    let columns = w.transform.spectrumColumns
    spectrum.update(repeating: .zero)
    for mirror in MirrorClass.allCases {
      let entries = layout.entries[mirror.rawValue]
      let start = w.starts[mirror.rawValue]
      for n in entries.indices { add(mirror, entries[n], w.vector[start + n], to: spectrum, columns: columns) }
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

  /// Adds one amplitude to the half spectrum; the inverse of `MirrorLayout.amplitudes`.
  private func add(
    _ mirror: MirrorClass, _ entry: MirrorLayout.Entry, _ amplitude: Float,
    to spectrum: UnsafeMutableBufferPointer<Complex32>, columns: Int
  ) {
    let (h, k) = (entry.h, entry.k)
    let isOnAxis = h == 0 || k == 0
    let a = h == 0 && k == 0 ? amplitude : (isOnAxis ? Float(0.5).squareRoot() : 0.5) * amplitude
    let plus = k * columns + h
    let minus = (k == 0 ? 0 : gridHeight - k) * columns + h
    switch mirror {
    case .evenEven:
      spectrum[plus].re += a
      if k > 0 { spectrum[minus].re += a }
    case .evenOdd:
      spectrum[plus].im -= a
      spectrum[minus].im += a
    case .oddEven:
      spectrum[plus].im -= a
      if k > 0 { spectrum[minus].im -= a }
    case .oddOdd:
      spectrum[plus].re -= a
      spectrum[minus].re += a
    }
  }
}
