// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// Which conditions of a study are wanted.
enum StudySelection {
  /// Throws where `only` is part of no name.
  static func check(_ only: String?, among names: [String]) throws(ValidationError) {
    guard let only, !names.contains(where: { $0.contains(only) }) else { return }
    throw ValidationError("--only \(only) is part of no condition's name: \(names.joined(separator: "; "))")
  }
}
