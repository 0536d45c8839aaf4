// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import TestSupport
import Testing

@Suite struct DetectionTableTests {
  static let table = DetectionTable(
    dosesPerA2: [1e3, 1e5, 1e7], rhoDegrees: [6, 2, 0.7], areaA2: 43.13, states: 10)

  @Test func isInterpolatedInTheLogarithmOfTheDose() throws {
    let table = try #require(Self.table)
    for (dose, limit) in [(1e3, 6.0), (1e5, 2), (1e7, 0.7), (1e4, 4)] {
      #expect(abs(table.limit(dosePerA2: dose) - limit) < 1e-12)
    }
    // Beyond the table as the fourth root.
    #expect(abs(table.limit(dosePerA2: 1e3 / 16) - 12) < 1e-12 && abs(table.limit(dosePerA2: 16e7) - 0.35) < 1e-12)
    for dose in [0, -1, .nan, .infinity] { #expect(table.limit(dosePerA2: dose) == 0) }
  }

  @Test func refusesWhatIsNoTable() {
    func table(_ doses: [Double], _ limits: [Double]) -> DetectionTable? {
      DetectionTable(dosesPerA2: doses, rhoDegrees: limits, areaA2: 43, states: 1)
    }
    #expect(table([1, 2], [3, 4]) != nil)
    #expect(table([1], [3]) == nil)
    #expect(table([1, 2], [3]) == nil)
    #expect(table([2, 1], [3, 4]) == nil)
    #expect(table([1, .nan], [3, 4]) == nil)
    #expect(table([1, 2], [3, -4]) == nil)
    #expect(table((1...65).map(Double.init), [Double](repeating: 1, count: 65)) == nil)
  }

  @Test func aModelKeepsItAndADamagedOneIsNamed() throws {
    var file = RandomModel.int8()
    #expect(try TiltModel(file, file: "plain").detectionTable == nil)
    file.metadata[DetectionTable.metadataKey] = Self.table?.json
    let model = try TiltModel(file, file: "with")
    #expect(model.detectionTable == Self.table)
    #expect(model.leastRhoDegrees(dosePerA2: 1e5) == 2 && model.leastRhoDegrees(dosePerA2: nil) == nil)
    for bad in ["", "[]", #"{"dose_per_A2":[1e400,2],"rho_deg":[1,2],"area_A2":1,"states":1}"#, #"{"dose_per_A2":[]}"#]
    {
      file.metadata[DetectionTable.metadataKey] = bad
      #expect {
        try TiltModel(file, file: "bad.safetensors")
      } throws: { "\($0)".contains("detection_limit") }
    }
  }

  @Test func whatLastsIsReadAndDoesNotAverageOut() throws {
    var file = RandomModel.int8()
    #expect(try TiltModel(file, file: "m").lastingErrors == nil)
    let lasting = LastingErrors(q: 0.3, c: 2, s: 1)
    file.metadata[LastingErrors.metadataKey] = lasting.json
    #expect(try TiltModel(file, file: "m").lastingErrors == lasting)
    for bad in ["", "[]", #"{"q":-1,"c":1,"s":1}"#, #"{"q":1}"#] {
      file.metadata[LastingErrors.metadataKey] = bad
      #expect(try TiltModel(file, file: "m").lastingErrors == nil)
    }
    let one = TiltReading(q: 1, split: HeadlessSplit(c: 2, s: 3), qSigma: 0.5, cSigma: 4, sSigma: 5)
    #expect(lasting.widened(one, frames: 1, sigmaScale: .one) == one)
    func mean(of n: Double, _ single: TiltReading) -> TiltReading {
      let root = n.squareRoot()
      return TiltReading(
        q: single.q, split: single.split, qSigma: single.qSigma / root, cSigma: single.cSigma / root,
        sSigma: single.sSigma / root)
    }
    let many = mean(of: 1e8, one)
    let rest = lasting.widened(many, frames: 1e8, sigmaScale: .one)
    // The angles that are published go with them.
    #expect(
      rest.angles.rSigma > many.angles.rSigma
        && rest.angles == SplitExpectation(rest.split, cSigma: rest.cSigma, sSigma: rest.sSigma))
    #expect(abs(rest.qSigma - 0.3) < 1e-6 && abs(rest.cSigma - 2) < 1e-6 && abs(rest.sSigma - 1) < 1e-6)
    // Of a cell that is known better than that from one frame, all may last and no more.
    let good = TiltReading(q: 1, split: one.split, qSigma: 0.1, cSigma: 0.5, sSigma: 0.4)
    for frames in [1.0, 2, 7, 300] {
      let together = lasting.widened(mean(of: frames, good), frames: frames, sigmaScale: .one)
      #expect(together.qSigma <= 0.1 + 1e-12 && together.cSigma <= 0.5 + 1e-12 && together.sSigma <= 0.4 + 1e-12)
    }
    // Factors of a model on p and r hold for frames together as for one.
    let scaled = lasting.widened(one, frames: 1, sigmaScale: [1, 1, 1, 1.5, 1.25])
    #expect(abs(scaled.angles.pSigma - 1.5 * one.angles.pSigma) < 1e-12)
    #expect(abs(scaled.angles.rSigma - 1.25 * one.angles.rSigma) < 1e-12 && scaled.cSigma == one.cSigma)
    #expect(rest.q == 1 && rest.split == one.split)
  }

  /// The larger of the two limits counts: with a dose the table's, without only the deviation.
  @Test func readingsBelowTheTableAreFlagged() throws {
    let image = CellReaderTests.image()
    var file = RandomModel.int8(seed: 9)
    file.sigmaScale = [1e-4, 1e-4, 1e-4]
    let plain = CellReaderTests.read(image, model: try TiltModel(file, file: "random"))
    let detected = plain.rho.indices.filter { !CellFlags(rawValue: plain.flags[$0]).contains(.belowDetectionLimit) }
    try #require(!detected.isEmpty)
    // Below the value in the table, which is rounded to float.
    let middle = detected.map { plain.rho[$0] }.sorted()[detected.count / 2].nextDown
    file.metadata[DetectionTable.metadataKey] =
      DetectionTable(
        dosesPerA2: [1e4, 1e6], rhoDegrees: [Double(middle), Double(middle) / 1000], areaA2: 43, states: 1)?.json
    let model = try TiltModel(file, file: "random")
    let reader = CellReader(model: model)
    for (dose, least) in [(1e4, Float(middle)), (1e6, 0), (nil, 0)] as [(Double?, Float)] {
      var table = CellTable()
      reader.read(image, saturationLevel: nil, lattice: CellReaderTests.lattice, dosePerA2: dose, into: &table)
      for row in plain.rho.indices {
        let wasDetected = detected.contains(row)
        let isDetected = !CellFlags(rawValue: table.flags[row]).contains(.belowDetectionLimit)
        #expect(isDetected == (wasDetected && plain.rho[row] >= least))
        #expect(table.q[row] == plain.q[row] && table.alpha[row].isNaN == !isDetected)
        if !isDetected { #expect(table.rho[row] >= least) }
      }
    }
  }
}
