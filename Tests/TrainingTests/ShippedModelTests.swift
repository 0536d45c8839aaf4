// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import Inference
import TestSupport
import Testing

@testable import Training

/// The model in firmware-config does what its card says, on freshly drawn samples whose tilts its training never saw.
@Suite struct ShippedModelTests {
  static let model = SharedData.repository.appendingPathComponent("firmware-config/models/default.safetensors").path
  static let emulator = SharedData.repository.appendingPathComponent("tools/emulators/perovskites.safetensors").path

  @Test func errorsAtTenToTheFiveElectrons() throws {
    let file = try ModelFile.read(Self.model, expecting: .int8)
    let training = try #require(file.metadata["training"].flatMap { TrainingConfiguration(json: $0) })
    let library = try EmulatorLibrary(path: Self.emulator)
    let summary = Evaluation(
      model: try TiltModel(file, file: Self.model), floatState: nil,
      sources: try training.crystalFamilies().map { try library.emulator($0) }, ranges: training.ranges, samples: 600,
      seed: 99
    ).run { _ in }
    let tables = summary.tables.filter { $0.condition.dosePerA2 == 1e5 }
    #expect(tables.count == 3)
    for table in tables {
      let scores = table.int8.atLeast4
      print("source \(table.condition.sourceFWHMA): q \(scores.q) |p| \(scores.p) |r| \(scores.r) deg")
      #expect(scores.q <= 1 && scores.p <= 2.5 && scores.r <= 2.5)
      #expect(scores.q < 0.5 * table.constant.atLeast4.q)
      // The classical way reads something, and less.
      let classical = table.classical.atLeast4
      #expect(classical.q < 0.7 * table.constant.atLeast4.q && classical.q > scores.q)
      // Nobody beats the bound, nor is it of another order.
      let bound = try #require(table.bound)
      #expect(scores.q > bound.q && scores.q < 6 * bound.q, "q \(scores.q), bound \(bound.q)")
    }
  }
}
