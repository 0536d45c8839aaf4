// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import TestSupport
import Testing

@testable import Multislice

/// rms difference over the reference's standard deviation: "per cent of contrast".
func relativeDifference(_ image: ArraySlice<Float>, _ reference: ArraySlice<Float>) -> Double {
  let n = Double(reference.count)
  let mean = reference.reduce(0) { $0 + Double($1) } / n
  let variance = reference.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n
  let square = zip(image, reference).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) } / n
  return (square / variance).squareRoot()
}

@Suite(.enabled(if: SharedData.hasReference, "needs ../shared/refdata"))
struct ReferenceImageTests {
  /// abTEM probe multislice of the same structures; static atoms, 3 × 2 cells, hard edges; all detectors from one run.
  /// How far apart the two may be: abTEM spreads atoms over grid points, and dark field sees high angles.
  @Test(arguments: ["t000", "t53m4", "t5m50"])
  func imagesAgree(name: String) throws {
    let folder = SharedData.reference.path
    let cell = try StructureFile.read(path: "\(folder)/\(name)_cell.xyz")
    var conditions = ImagingConditions()
    conditions.mesh = SIMD2(3, 2)
    conditions.edges = .hard
    conditions.detectors = [
      AnnularDetector(innerMrad: 11, outerMrad: 30), AnnularDetector(innerMrad: 0, outerMrad: 11),
      AnnularDetector(innerMrad: 40, outerMrad: 90),
    ]
    let simulation = BlochPRISM(cell: cell, conditions: conditions)
    #expect(simulation.exitSlices == [36, 72])
    let spectra = simulation.spectra(threads: 2)
    let limits = [("ABF", [0.01, 0.015]), ("BF", [0.01, 0.015]), ("ADF", [0.06, 0.06])]
    for (detector, (kind, allowed)) in limits.enumerated() {
      let reference = try NumpyArray.read(path: "\(folder)/\(name)_\(kind).npy")
      for t in 0..<2 {
        let image = spectra[detector][t][0].image(nx: 20, ny: 28)
        let difference = relativeDifference(image[...], reference.values[(t + 1) * 560..<(t + 2) * 560])
        print("\(name) \(kind) \(simulation.exactThicknessesNm[t]) nm: \(difference * 100) % of contrast")
        #expect(difference < allowed[t])
      }
    }
  }
}
