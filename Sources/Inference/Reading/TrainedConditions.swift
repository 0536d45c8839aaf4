// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import GlazerCore

/// What a model's training images were of, and how they were taken; to be held against what is under the beam. nil where the
/// file does not tell.
public struct TrainedConditions: Sendable, Equatable {
  /// For example ["SrTiO3"]; empty where the file does not tell.
  public var materials: [String]
  public var imaging: Imaging?

  /// The instrument of the simulations.
  public struct Imaging: Sendable, Equatable, Codable, CustomStringConvertible {
    public var voltageKV: Double
    /// Of the probe.
    public var semiAngleMrad: Double
    /// Inner and outer angle of the annular detector.
    public var detectorMrad: [Double]

    public init(voltageKV: Double, semiAngleMrad: Double, detectorMrad: [Double]) {
      self.voltageKV = voltageKV
      self.semiAngleMrad = semiAngleMrad
      self.detectorMrad = detectorMrad
    }

    enum CodingKeys: String, CodingKey {
      case voltageKV = "voltage_kV"
      case semiAngleMrad = "semi_angle_mrad"
      case detectorMrad = "detector_mrad"
    }

    /// The value of the metadata entry.
    public var json: String { String(decoding: canonicalJSON(self), as: UTF8.self) }

    /// For people.
    public var description: String {
      "\(voltageKV) kV, \(semiAngleMrad) mrad, detector \(detectorMrad.map { "\($0)" }.joined(separator: "-")) mrad"
    }
  }

  /// Key of `Imaging` in a model's metadata.
  public static let metadataKey = "imaging"

  /// From a model's metadata; an entry that cannot be read counts as one that is missing, because nothing rests on it but
  /// a remark.
  public init(_ metadata: [String: String]) {
    struct Training: Decodable { var families: [String] }
    let training = metadata["training"].flatMap { try? JSONDecoder().decode(Training.self, from: Data($0.utf8)) }
    materials = []
    for material in (training?.families ?? []).compactMap({ $0.split(separator: ":").first.map(String.init) })
    where !materials.contains(material) {
      materials.append(material)
    }
    imaging = metadata[Self.metadataKey].flatMap { try? JSONDecoder().decode(Imaging.self, from: Data($0.utf8)) }
    if imaging?.detectorMrad.count != 2 { imaging = nil }
  }
}
