// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@Suite("Results repeat")
struct RepeatableTests {
  @Test("a simulation has the same bits with any number of threads, ours or OpenBLAS's")
  func threads() throws {
    let folder = try TemporaryDirectory()
    let images = try [("1", "1"), ("1", "2"), ("2", "2")].map { own, blas in
      let path = folder.file("\(own)-\(blas).npy")
      let arguments = [
        "simulate", "--material", "SrTiO3", "--tilt", "5,3,-4", "--thickness", "1,2", "--mesh", "1,1", "--threads", own,
        "--output", path,
      ]
      let result = try Program("glazer", arguments, environment: ["OPENBLAS_NUM_THREADS": blas]).result()
      #expect(result.code == 0, "\(result.errors)")
      return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    #expect(images[1] == images[0] && images[2] == images[0])
  }
}
