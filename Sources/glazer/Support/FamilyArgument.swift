// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator

extension CrystalFamily {
  /// From an option's text; throws what to write instead.
  static func parsed(_ text: String) throws -> CrystalFamily {
    guard let family = CrystalFamily(text) else {
      throw ValidationError("--family takes MATERIAL:PATTERN:KELVIN, for example SrTiO3:---:293; found '\(text)'")
    }
    return family
  }
}
