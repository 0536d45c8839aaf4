// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Holds a configuration against what its model was trained for.
public enum ModelSuitability {
  /// Voltages and angles that differ by less than this fraction are the same.
  static let tolerance = 0.02

  /// One line for each difference; empty when there is none, or when one of the two does not tell.
  public static func differences(_ configuration: AgentConfiguration, _ model: TrainedConditions) -> [String] {
    var lines: [String] = []
    let material = configuration.material.name
    if !model.materials.isEmpty, !material.isEmpty, !model.materials.contains(material) {
      lines.append(
        "material.name is \(material), and the model has seen \(model.materials.joined(separator: ", ")) only")
    }
    guard let imaging = model.imaging else { return lines }
    let instrument = configuration.instrument
    let quantities: [(name: String, configured: Double?, trained: Double)] = [
      ("instrument.voltage_kV", instrument.voltageKV, imaging.voltageKV),
      ("instrument.semi_angle_mrad", instrument.semiAngleMrad, imaging.semiAngleMrad),
      ("instrument.detector_inner_mrad", instrument.detectorInnerMrad, imaging.detectorMrad[0]),
      ("instrument.detector_outer_mrad", instrument.detectorOuterMrad, imaging.detectorMrad[1]),
    ]
    for (name, configured, trained) in quantities {
      guard let configured, abs(configured - trained) > tolerance * max(abs(configured), abs(trained)) else { continue }
      lines.append("\(name) is \(configured), and the model was trained for \(trained)")
    }
    return lines
  }
}
