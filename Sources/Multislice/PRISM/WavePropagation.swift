// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier

/// Carries one wave through the crystal: multiply by each slice's transmission, propagate, period after period.
///
/// The plain version of `BatchPropagation`, and what the tests hold that to.
struct WavePropagation {
  let transform: ComplexTransform2D
  let transmission: TransmissionFunctions
  let propagator: FourierBuffer
  /// Numbers of slices after which `atExit` sees the wave, ascending, each above 0.
  let exitSlices: [Int]

  /// Starts from the periodic part e^(2πi G·r) of the plane wave at `gridIndex`; `wave` is working memory.
  /// `atExit(exit number, wave)` gets the wave in reciprocal space, normalised so that the incident beam is 1.
  func run(from gridIndex: Int, wave: FourierBuffer, atExit: (Int, FourierBuffer) -> Void) {
    wave.base.update(repeating: .zero, count: wave.count)
    wave[gridIndex] = Complex32(1, 0)
    transform.inverse(wave)
    run(wave: wave, atExit: atExit)
  }

  /// Starts from a wave given in real space.
  func run(wave: FourierBuffer, atExit: (Int, FourierBuffer) -> Void) {
    var next = 0
    for slice in 0..<(exitSlices.last ?? 0) {
      Self.multiply(wave, by: transmission[slice])
      transform.forward(wave)
      Self.multiply(wave, by: propagator)
      while exitSlices[next] == slice + 1 {
        atExit(next, wave)
        next += 1
        if next == exitSlices.count { return }
      }
      transform.inverse(wave)
    }
  }

  @inline(__always)
  private static func multiply(_ wave: FourierBuffer, by factor: FourierBuffer) {
    let w = wave.base
    let f = factor.base
    for n in 0..<wave.count { w[n] = w[n] * f[n] }
  }
}
