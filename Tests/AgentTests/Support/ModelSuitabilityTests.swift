// SPDX-License-Identifier: GPL-3.0-or-later
import Inference
import Testing

@testable import Agent

@Suite("what a model was trained for")
struct ModelSuitabilityTests {
  private let metadata = [
    "training": #"{"families":["SrTiO3:---:293","SrTiO3:--+:293","CaTiO3:---:293"],"seed":1}"#,
    "imaging": #"{"detector_mrad":[11,30],"semi_angle_mrad":30,"voltage_kV":200}"#,
  ]

  @Test("every difference is one line; what nobody tells is none")
  func differences() {
    let trained = TrainedConditions(metadata)
    var configuration = AgentConfiguration()
    #expect(ModelSuitability.differences(configuration, trained) == [])
    configuration.material.name = "SrTiO3"
    configuration.instrument.voltageKV = 200.5
    configuration.instrument.detectorInnerMrad = 11
    #expect(ModelSuitability.differences(configuration, trained) == [])
    configuration.material.name = "LaAlO3"
    configuration.instrument.voltageKV = 300
    configuration.instrument.semiAngleMrad = 25
    configuration.instrument.detectorInnerMrad = 0
    configuration.instrument.detectorOuterMrad = 25
    let lines = ModelSuitability.differences(configuration, trained)
    #expect(lines.count == 5)
    #expect(lines.first == "material.name is LaAlO3, and the model has seen SrTiO3, CaTiO3 only")
    #expect(lines.dropFirst().first == "instrument.voltage_kV is 300.0, and the model was trained for 200.0")
    #expect(ModelSuitability.differences(configuration, TrainedConditions([:])) == [])
  }

  @Test("metadata that cannot be read tells nothing; what is written is read back")
  func metadataEntries() {
    #expect(TrainedConditions(["training": "{", "imaging": "[]"]) == TrainedConditions([:]))
    #expect(
      TrainedConditions(["imaging": #"{"detector_mrad":[11],"semi_angle_mrad":30,"voltage_kV":200}"#]).imaging == nil)
    let imaging = TrainedConditions.Imaging(voltageKV: 80, semiAngleMrad: 25.5, detectorMrad: [0, 12])
    #expect(TrainedConditions([TrainedConditions.metadataKey: imaging.json]).imaging == imaging)
  }
}
