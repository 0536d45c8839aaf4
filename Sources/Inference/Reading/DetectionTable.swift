// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import Glibc

/// The least ρ = √(p² + r²) that images of one network's view can show at a dose, whatever reads them: the model's metadata
/// `detection_limit`, from the images that it was trained on (`glazer quantize`).
public struct DetectionTable: Sendable, Hashable, Codable {
  /// Electrons per Å², ascending.
  public let dosesPerA2: [Double]
  /// Degrees, one per dose.
  public let rhoDegrees: [Double]
  /// The area of a patch, which the limits are of, Å².
  public let areaA2: Double
  /// Imaging states of the training that each limit is the median of.
  public let states: Int

  enum CodingKeys: String, CodingKey {
    case dosesPerA2 = "dose_per_A2"
    case rhoDegrees = "rho_deg"
    case areaA2 = "area_A2"
    case states
  }

  /// nil unless both lists have one length of 2 to 64, positive finite values, and doses that rise.
  public init?(dosesPerA2: [Double], rhoDegrees: [Double], areaA2: Double, states: Int) {
    guard (2...64).contains(dosesPerA2.count), dosesPerA2.count == rhoDegrees.count,
      (dosesPerA2 + rhoDegrees + [areaA2]).allSatisfy({ $0.isFinite && $0 > 0 }),
      zip(dosesPerA2, dosesPerA2.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
    self.dosesPerA2 = dosesPerA2
    self.rhoDegrees = rhoDegrees
    self.areaA2 = areaA2
    self.states = states
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    guard
      let table = Self(
        dosesPerA2: try values.decode([Double].self, forKey: .dosesPerA2),
        rhoDegrees: try values.decode([Double].self, forKey: .rhoDegrees),
        areaA2: try values.decode(Double.self, forKey: .areaA2), states: try values.decode(Int.self, forKey: .states))
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: values.codingPath, debugDescription: "2 to 64 ascending doses with a limit above 0 each"))
    }
    self = table
  }

  /// Key in a model's metadata.
  public static let metadataKey = "detection_limit"

  /// nil when the metadata holds none; throws for one that is no such table.
  static func read(_ metadata: [String: String], file: String) throws(ModelFileError) -> DetectionTable? {
    guard let text = metadata[metadataKey] else { return nil }
    do {
      return try JSONDecoder().decode(DetectionTable.self, from: Data(text.utf8))
    } catch {
      throw .badMetadata(
        file: file, key: metadataKey, expected: "2 to 64 ascending doses with a limit above 0 each",
        found: Safetensors.reason(error))
    }
  }

  /// The value of that key.
  public var json: String { String(decoding: canonicalJSON(self), as: UTF8.self) }

  /// Degrees, interpolated in the logarithm of the dose; beyond the table as dose^(−1/4), which is the law of a quantity that
  /// enters the image in second order. 0 (no limit) for a dose that is no positive number. No allocation.
  public func limit(dosePerA2 dose: Double) -> Double {
    guard dose.isFinite, dose > 0 else { return 0 }
    let last = dosesPerA2.count - 1
    if dose <= dosesPerA2[0] { return Self.fourthRoot(dosesPerA2[0] / dose) * rhoDegrees[0] }
    if dose >= dosesPerA2[last] { return Self.fourthRoot(dosesPerA2[last] / dose) * rhoDegrees[last] }
    var upper = 1
    while dosesPerA2[upper] < dose { upper += 1 }
    let (low, high) = (dosesPerA2[upper - 1], dosesPerA2[upper])
    let share = log(dose / low) / log(high / low)
    return rhoDegrees[upper - 1] + share * (rhoDegrees[upper] - rhoDegrees[upper - 1])
  }

  private static func fourthRoot(_ x: Double) -> Double { x.squareRoot().squareRoot() }
}
