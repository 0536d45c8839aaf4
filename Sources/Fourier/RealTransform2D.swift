// SPDX-License-Identifier: GPL-3.0-or-later
import CFFTW

/// Two-dimensional transforms between a real image and its half spectrum, single precision, over FFTW.
///
/// The image is row-major `[row][column]`; the spectrum is `[row][columns/2 + 1]`, entry (k, l) at frequencies k (as
/// signed: k > rows/2 stands for k − rows) per height and l per width. Not normalised: forward then inverse multiplies
/// by rows · columns. One object owns its memory and belongs to one thread at a time. O(n log n), no allocation.
public final class RealTransform2D {
  public let rows: Int
  public let columns: Int
  /// Columns of the half spectrum.
  public var spectrumColumns: Int { columns / 2 + 1 }
  /// The image: input of `forward`, output of `inverse`.
  public let real: UnsafeMutableBufferPointer<Float>
  /// The half spectrum: output of `forward`, input of `inverse` (which destroys it).
  public let spectrum: UnsafeMutableBufferPointer<Complex32>
  private let forwardPlan: fftwf_plan
  private let inversePlan: fftwf_plan

  public init(rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0, "a transform has a size")
    self.rows = rows
    self.columns = columns
    let half = rows * (columns / 2 + 1)
    let realBase = fftwf_alloc_real(rows * columns)!
    let complexBase = fftwf_alloc_complex(half)!
    (forwardPlan, inversePlan) = PlannerLock.shared.whileLocked {
      (
        fftwf_plan_dft_r2c_2d(Int32(rows), Int32(columns), realBase, complexBase, repeatablePlanning)!,
        fftwf_plan_dft_c2r_2d(Int32(rows), Int32(columns), complexBase, realBase, repeatablePlanning)!
      )
    }
    real = UnsafeMutableBufferPointer(start: realBase, count: rows * columns)
    real.initialize(repeating: 0)
    let typed = UnsafeMutableRawPointer(complexBase).bindMemory(to: Complex32.self, capacity: half)
    spectrum = UnsafeMutableBufferPointer(start: typed, count: half)
    spectrum.initialize(repeating: .zero)
  }

  deinit {
    PlannerLock.shared.whileLocked {
      fftwf_destroy_plan(forwardPlan)
      fftwf_destroy_plan(inversePlan)
    }
    fftwf_free(real.baseAddress)
    fftwf_free(spectrum.baseAddress)
  }

  /// `real` to `spectrum`; `real` is kept.
  public func forward() { fftwf_execute(forwardPlan) }

  /// `spectrum` to `real`; the spectrum is destroyed.
  public func inverse() { fftwf_execute(inversePlan) }
}
