// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import FrameIO
import GlazerCore
import Inference
import Multislice
import TestSupport

@testable import Agent

/// Simulated series for tracking and accumulation: SrTiO3 of 10 nm in two tilt domains, read by the shipped model.
enum DriftingScan {
  static let tilts = [TiltAngles(alpha: 8, beta: 2, gamma: -5), TiltAngles(alpha: -3, beta: 4, gamma: -6)]

  /// Two simulations, once for all tests; atoms in thermal motion.
  private static let pictures: [CellPicture] = {
    var conditions = ImagingConditions()
    conditions.thicknessesNm = [9.94]
    conditions.mesh = SIMD2(3, 2)
    conditions.motion = Material.known[0].thermalMotion(temperatureK: 293, seed: 1)
    return tilts.map {
      CellPicture.simulated(material: .known[0], tilt: $0, conditions: conditions, sourceFWHMA: 0.7)
    }
  }()

  /// About 14 × 20 pixels a cell; 0.7 Å source, line jitter of 0.15 pixels.
  static func scan(_ change: (inout ScanSettings) -> Void = { _ in }) -> SyntheticScan {
    var settings = ScanSettings()
    (settings.width, settings.height) = (288, 288)
    settings.dosePerA2 = 1e4
    settings.driftPxPerFrame = [1.3, -0.9]
    change(&settings)
    return SyntheticScan(settings: settings, pseudoCubicA: 3.905, domains: (pictures[0], pictures[1]))
  }

  static let model = Result { () throws -> TiltModel in
    let path = SharedData.repository.appendingPathComponent("firmware-config/models/default.safetensors").path
    return try TiltModel(contentsOf: path)
  }

  static func pipeline(_ change: (inout AgentConfiguration) -> Void = { _ in }) throws -> Pipeline {
    var configuration = AgentConfiguration()
    change(&configuration)
    return Pipeline(
      model: try model.get(), configuration: configuration, identity: RunIdentity(agent: "test", run: "run"))
  }

  /// The wire parts of frame `number`, with the pixels of the scan at time `time`.
  static func parts(
    _ scan: SyntheticScan, _ number: Int, time: Int? = nil, tellsPixelSize: Bool = true
  ) -> [[UInt8]] {
    [header(scan, number, tellsPixelSize: tellsPixelSize), scan.counts(time ?? number).withUnsafeBytes { Array($0) }]
  }

  static func header(_ scan: SyntheticScan, _ number: Int, tellsPixelSize: Bool = true) -> [UInt8] {
    var encoder = FrameEncoder()
    let settings = scan.settings
    let header = FrameHeader(
      source: "abf", series: "s", frame: Int64(number), pixelSizeNm: tellsPixelSize ? settings.pixelSizeNm : nil,
      dosePerA2: settings.dosePerA2)
    return encoder.header(header, width: settings.width, height: settings.height, pixelType: .uint16)
  }
}

extension Pipeline {
  /// The crystal's own indices of the pipeline's column (0, 0), and its distance from the true position there, pixels.
  func origin(in truth: Lattice) -> (index: CellIndex, error: Double) {
    // In the middle of the image, where neither lattice is extrapolated.
    let found = header.lattice.lattice
    let middle = Vector2(Double(header.image.width) / 2, Double(header.image.height) / 2)
    let own = found.coordinates(of: middle)
    let column = found.position(own.x.rounded(), own.y.rounded())
    let c = truth.coordinates(of: column)
    let index = CellIndex(i: Int(c.x.rounded() - own.x.rounded()), j: Int(c.y.rounded() - own.y.rounded()))
    return (index, (column - truth.position(c.x.rounded(), c.y.rounded())).length)
  }
}
