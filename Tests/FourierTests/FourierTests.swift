// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

@testable import Fourier

/// The slow obvious reference: the sum as it is written in books.
private func slowTransform(_ input: [Complex32], rows: Int, columns: Int, sign: Double) -> [Complex32] {
  var output = [Complex32](repeating: .zero, count: input.count)
  for k in 0..<rows {
    for l in 0..<columns {
      var sum = (0.0, 0.0)
      for r in 0..<rows {
        for c in 0..<columns {
          let theta = sign * 2 * Double.pi * (Double(k * r) / Double(rows) + Double(l * c) / Double(columns))
          let z = input[r * columns + c]
          sum.0 += Double(z.re) * cos(theta) - Double(z.im) * sin(theta)
          sum.1 += Double(z.re) * sin(theta) + Double(z.im) * cos(theta)
        }
      }
      output[k * columns + l] = Complex32(Float(sum.0), Float(sum.1))
    }
  }
  return output
}

@Suite struct FourierTests {
  let rows = 6
  let columns = 9
  var input: [Complex32] { (0..<54).map { Complex32(Float(($0 * 37) % 11) - 5, Float(($0 * 17) % 7) - 3) } }

  @Test func complexTransformsEqualTheSum() {
    let transform = ComplexTransform2D(rows: rows, columns: columns)
    for sign in [-1.0, 1.0] {
      let buffer = transform.makeBuffer()
      for (n, z) in input.enumerated() { buffer[n] = z }
      sign < 0 ? transform.forward(buffer) : transform.inverse(buffer)
      let expected = slowTransform(input, rows: rows, columns: columns, sign: sign)
      for n in 0..<54 {
        #expect(abs(buffer[n].re - expected[n].re) < 1e-4 && abs(buffer[n].im - expected[n].im) < 1e-4)
      }
    }
  }

  @Test func realTransformIsHalfOfTheComplexOne() {
    let transform = RealTransform2D(rows: rows, columns: columns)
    for n in 0..<54 { transform.real[n] = input[n].re }
    transform.forward()
    let expected = slowTransform(input.map { Complex32($0.re, 0) }, rows: rows, columns: columns, sign: -1)
    for k in 0..<rows {
      for l in 0..<transform.spectrumColumns {
        let got = transform.spectrum[k * transform.spectrumColumns + l]
        let want = expected[k * columns + l]
        #expect(abs(got.re - want.re) < 1e-4 && abs(got.im - want.im) < 1e-4)
      }
    }
    transform.inverse()
    for n in 0..<54 { #expect(abs(transform.real[n] / 54 - input[n].re) < 1e-5) }
  }
}
