// SPDX-License-Identifier: GPL-3.0-or-later
import CWaveKernels
import Foundation
import Fourier

/// Carries several plane waves through the crystal at once, one in each lane of the processor's vectors.
///
/// The same steps as `WavePropagation`, which the tests hold it to. It is faster because every arithmetic instruction
/// serves all lanes without a shuffle, because frequencies that the band limit removes are not transformed, and because
/// the two transforms along an axis and the product between them stay in the first cache.
final class BatchPropagation: @unchecked Sendable {
  private let transmission: TransmissionFunctions
  /// Numbers of slices after which an exit is reached, ascending, each above 0.
  private let exitSlices: [Int]
  private let kernels: glazer_wave_kernels
  private var layout: glazer_wave_grid
  /// Of each y frequency, its column; −1 where the band limit leaves nothing.
  private let columnOfPlace: [Int]
  private let columnPlaces: UnsafeMutableBufferPointer<Int32>
  private let twiddles: [UnsafeMutableBufferPointer<Float>]
  /// `[column][x]`, real and imaginary parts.
  private let propagator: UnsafeMutableBufferPointer<Complex32>

  /// Waves in one batch.
  var lanes: Int { Int(kernels.lanes) }

  /// `propagator` is `[x][y]` in reciprocal space, divided by the grid count. The sizes of `grid` are of the form
  /// 2^m·3^n (`GridSize.fitting`). `kernels` nil: the fastest that this processor runs.
  init(
    grid: GridSize, transmission: TransmissionFunctions, propagator full: FourierBuffer, exitSlices: [Int],
    kernels: glazer_wave_kernels? = nil
  ) {
    precondition(full.count == grid.count, "the propagator has another size than the grid")
    (self.transmission, self.exitSlices) = (transmission, exitSlices)
    self.kernels = kernels ?? glazer_wave_kernels_best().pointee
    let places = (0..<grid.ny).filter { iy in
      (0..<grid.nx).contains { full[$0 * grid.ny + iy] != .zero }
    }
    var columns = [Int](repeating: -1, count: grid.ny)
    for (column, place) in places.enumerated() { columns[place] = column }
    columnOfPlace = columns
    columnPlaces = .allocate(capacity: max(1, places.count))
    _ = columnPlaces.initialize(from: places.map(Int32.init))
    propagator = .allocate(capacity: max(1, places.count * grid.nx))
    _ = propagator.initialize(
      from: places.flatMap { iy in (0..<grid.nx).map { full[$0 * grid.ny + iy] } })
    layout = glazer_wave_grid()
    layout.nx = Int32(grid.nx)
    layout.ny = Int32(grid.ny)
    layout.columns = Int32(places.count)
    layout.column_place = UnsafePointer(columnPlaces.baseAddress)
    twiddles = [grid.nx, grid.ny].map { length in
      let count = glazer_fft_twiddle_count(Int32(length))
      precondition(count > 0 || length == 1, "\(length) points: not of the form 2^m 3^n")
      let factors = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(1, count))
      factors.initialize(repeating: 0)
      return factors
    }
    glazer_fft_prepare(layout.nx, &layout.x, twiddles[0].baseAddress)
    glazer_fft_prepare(layout.ny, &layout.y, twiddles[1].baseAddress)
  }

  deinit {
    columnPlaces.deallocate()
    propagator.deallocate()
    for factors in twiddles { factors.deallocate() }
  }

  /// Working memory of one thread, 64-byte aligned: a batch of waves, the same at an exit, and two lines.
  final class Workspace {
    fileprivate let wave, exit, scratch: UnsafeMutableBufferPointer<Float>

    fileprivate init(waveFloats: Int, scratchFloats: Int) {
      func make(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
        let buffer = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: count), count: count)
        buffer.initialize(repeating: 0)
        return buffer
      }
      (wave, exit, scratch) = (make(waveFloats), make(waveFloats), make(scratchFloats))
    }

    deinit { for buffer in [wave, exit, scratch] { UnsafeMutableRawPointer(buffer.baseAddress!).deallocate() } }
  }

  func makeWorkspace() -> Workspace {
    let (nx, ny) = (Int(layout.nx), Int(layout.ny))
    return Workspace(
      waveFloats: max(1, 2 * lanes * columnPlaces.count * (nx + 1)), scratchFloats: 4 * lanes * max(nx, ny))
  }

  /// Starts one wave from each of the beams (places ix · ny + iy in the grid), at most `lanes` of them. At each exit
  /// `atExit(exit number, values)` reads the waves in reciprocal space, normalised so that the incident beams are 1.
  func run(from beams: some Collection<Int>, in workspace: Workspace, atExit: (Int, ExitValues) -> Void) {
    precondition(beams.count <= lanes, "more waves than lanes")
    // The kernels see bare pointers: whoever owns the memory must outlive the last call.
    withExtendedLifetime((self, workspace)) {
      start(beams, in: workspace.wave)
      let wave = workspace.wave.baseAddress
      let scratch = workspace.scratch.baseAddress
      let exit = workspace.exit.baseAddress
      let carriers = UnsafeRawPointer(propagator.baseAddress!).assumingMemoryBound(to: Float.self)
      let values = ExitValues(base: UnsafePointer(exit!), lanes: lanes)
      var layout = layout
      var next = 0
      for slice in 0..<(exitSlices.last ?? 0) {
        let factors = UnsafeRawPointer(transmission[slice].base).assumingMemoryBound(to: Float.self)
        kernels.transmit(&layout, wave, factors, scratch)
        kernels.propagate(&layout, wave, carriers, exitSlices[next] == slice + 1 ? exit : nil, scratch)
        while next < exitSlices.count, exitSlices[next] == slice + 1 {
          atExit(next, values)
          next += 1
        }
      }
    }
  }

  /// Where a beam stands among the values of an exit; nil where the band limit leaves nothing.
  func offset(gridIndex: Int) -> Int? {
    let column = columnOfPlace[gridIndex % Int(layout.ny)]
    guard column >= 0 else { return nil }
    return (column * (Int(layout.nx) + 1) + gridIndex / Int(layout.ny)) * 2 * lanes
  }

  /// A wave along y in one frequency: e^(2πi h x/nx) in one column.
  private func start(_ beams: some Collection<Int>, in wave: UnsafeMutableBufferPointer<Float>) {
    wave.update(repeating: 0)
    let (nx, ny) = (Int(layout.nx), Int(layout.ny))
    for (lane, beam) in beams.enumerated() {
      guard let first = offset(gridIndex: beam % ny) else { continue }
      for x in 0..<nx {
        let phase = Complex32(phase: 2 * Double.pi * Double(beam / ny * x % nx) / Double(nx))
        wave[first + 2 * lanes * x + lane] = phase.re
        wave[first + 2 * lanes * x + lanes + lane] = phase.im
      }
    }
  }
}

/// The waves of a batch at an exit.
struct ExitValues {
  fileprivate let base: UnsafePointer<Float>
  fileprivate let lanes: Int

  /// `offset` as `BatchPropagation.offset(gridIndex:)` gives it.
  @inline(__always)
  func value(lane: Int, offset: Int) -> Complex32 { Complex32(base[offset + lane], base[offset + lanes + lane]) }
}
