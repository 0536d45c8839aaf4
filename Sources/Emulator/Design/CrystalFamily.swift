// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// The crystals that one emulator stands for: a material and a tilt pattern, at a temperature or at rest, at any angles.
public struct CrystalFamily: Codable, Sendable, Hashable, CustomStringConvertible {
  public var material: String
  /// Three of `-`, `+` and `0`.
  public var pattern: String
  /// K; nil: static atoms.
  public var temperatureK: Double?

  public init(material: String, pattern: String, temperatureK: Double?) {
    self.material = material
    self.pattern = pattern
    self.temperatureK = temperatureK
  }

  /// From "SrTiO3:---:293" or "SrTiO3:---:static"; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":").map(String.init)
    guard parts.count == 3, parts[2] == "static" || Double(parts[2]) != nil else { return nil }
    self.init(material: parts[0], pattern: parts[1], temperatureK: Double(parts[2]))
  }

  /// For example "SrTiO3:---:293".
  public var description: String {
    "\(material):\(pattern):\(temperatureK.map { String(format: "%g", $0) } ?? "static")"
  }

  /// For names of files: "SrTiO3_mmp_293K".
  var fileName: String {
    let letters = pattern.map { ["-": "m", "+": "p", "0": "0"][$0] ?? "_" }.joined()
    return "\(material)_\(letters)_\(temperatureK.map { String(format: "%gK", $0) } ?? "static")"
  }

  /// The inverse of `fileName`.
  init?(fileName: String) {
    let parts = fileName.split(separator: "_").map(String.init)
    let senses: [Character: Character] = ["m": "-", "p": "+", "0": "0"]
    guard parts.count == 3, parts[1].count == 3, parts[1].allSatisfy({ senses[$0] != nil }) else { return nil }
    let kelvin = parts[2].hasSuffix("K") ? Double(parts[2].dropLast()) : nil
    guard kelvin != nil || parts[2] == "static" else { return nil }
    self.init(material: parts[0], pattern: String(parts[1].compactMap { senses[$0] }), temperatureK: kelvin)
  }

  func resolved() throws(EmulatorError) -> (material: Material, pattern: TiltPattern) {
    guard let known = Material.named(material) else {
      throw .unknownMaterial(name: material, known: Material.known.map(\.name))
    }
    guard let tiltPattern = TiltPattern(pattern) else {
      throw .badDesign(what: "tilt pattern", expected: "three of -, + and 0", found: "'\(pattern)'")
    }
    if let temperatureK, !(0...2000).contains(temperatureK) {
      throw .badDesign(what: "temperature, K", expected: "0 to 2000", found: "\(temperatureK)")
    }
    return (known, tiltPattern)
  }
}
