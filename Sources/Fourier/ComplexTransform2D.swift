// SPDX-License-Identifier: GPL-3.0-or-later
import CFFTW

/// In-place two-dimensional complex transforms of one size, single precision, over FFTW.
///
/// Arrays are row-major `[row][column]`. Forward is Σ f e^(−2πi kx), inverse Σ F e^(+2πi kx); neither is normalised:
/// forward then inverse multiplies by rows · columns. Cost: O(n log n), no allocation. One object may run on several
/// threads at once on different buffers; buffers come from `makeBuffer` (FFTW wants their alignment).
public final class ComplexTransform2D: @unchecked Sendable {
  public let rows: Int
  public let columns: Int
  private let forwardPlan: fftwf_plan
  private let inversePlan: fftwf_plan

  public init(rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0, "a transform has a size")
    self.rows = rows
    self.columns = columns
    let scratch = fftwf_alloc_complex(rows * columns)!
    defer { fftwf_free(scratch) }
    (forwardPlan, inversePlan) = PlannerLock.shared.whileLocked {
      let make = { (direction: Int32) in
        fftwf_plan_dft_2d(Int32(rows), Int32(columns), scratch, scratch, direction, repeatablePlanning)!
      }
      return (make(FFTW_FORWARD), make(FFTW_BACKWARD))
    }
  }

  deinit {
    PlannerLock.shared.whileLocked {
      fftwf_destroy_plan(forwardPlan)
      fftwf_destroy_plan(inversePlan)
    }
  }

  public func makeBuffer() -> FourierBuffer { FourierBuffer(count: rows * columns) }

  public func forward(_ buffer: FourierBuffer) { run(forwardPlan, buffer) }

  public func inverse(_ buffer: FourierBuffer) { run(inversePlan, buffer) }

  private func run(_ plan: fftwf_plan, _ buffer: FourierBuffer) {
    precondition(buffer.count == rows * columns, "the buffer has another size than the transform")
    let pointer = UnsafeMutableRawPointer(buffer.base).assumingMemoryBound(to: fftwf_complex.self)
    fftwf_execute_dft(plan, pointer, pointer)
  }
}

/// Complex working memory with FFTW's alignment. Not for two threads at once.
public final class FourierBuffer {
  public let count: Int
  public let base: UnsafeMutablePointer<Complex32>

  /// `count` zeros.
  public init(count: Int) {
    precondition(count > 0, "a buffer has a size")
    self.count = count
    base = UnsafeMutableRawPointer(fftwf_alloc_complex(count)!).bindMemory(to: Complex32.self, capacity: count)
    base.initialize(repeating: .zero, count: count)
  }

  deinit { fftwf_free(base) }

  public subscript(index: Int) -> Complex32 {
    get { base[index] }
    set { base[index] = newValue }
  }
}
