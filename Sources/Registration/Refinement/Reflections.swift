// SPDX-License-Identifier: GPL-3.0-or-later

/// The reflections that refinement and the mean cell use, one of each Friedel pair: all that an ABF image at 0.1 nm
/// resolution shows.
enum Reflections {
  static let indices: [(h: Int, k: Int)] = [
    (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 0), (2, 1), (2, -1), (2, 2), (2, -2),
  ]
  static let count = 13
}

/// One complex number per reflection, in the order of `Reflections.indices`.
typealias StructureFactors = InlineArray<13, Complex>
