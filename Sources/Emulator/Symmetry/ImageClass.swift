// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// How an amplitude of an image behaves under the exact symmetries: odd or even in x, in y, under a step of one cell
/// along [001] (odd are the harmonics with odd k of a picture that is two cells high), and, where the pattern has that symmetry, under
/// a step of √2 a across (odd are those with odd h of a picture 2√2 a wide).
///
/// An image falls into eight such parts, or sixteen. The symmetries turn simulations into simulations, so principal components never
/// mix the parts, and the symmetries hold exactly whatever a component's coefficient is.
struct ImageClass: RawRepresentable, Hashable, CaseIterable, Sendable, Codable {
  /// Bit 0: odd in x; bit 1: odd in y; bit 2: odd under the step up; bit 3: odd under the step across.
  let rawValue: Int

  init?(rawValue: Int) {
    guard (0..<16).contains(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  static let allCases: [ImageClass] = (0..<16).compactMap(ImageClass.init)
  /// The part that holds the mean.
  static let even = allCases[0]

  var isOddInX: Bool { rawValue & 1 != 0 }
  var isOddInY: Bool { rawValue & 2 != 0 }
  var isOddUnderStepUp: Bool { rawValue & 4 != 0 }
  var isOddUnderStepAcross: Bool { rawValue & 8 != 0 }

  /// +1 or −1: what the symmetry multiplies this part of the image with.
  func sign(under s: CrystalSymmetry) -> Double {
    let flips = [
      isOddInX && s.mirrorsX, isOddInY && s.mirrorsY, isOddUnderStepUp && s.stepsUp,
      isOddUnderStepAcross && s.stepsAcross,
    ]
    return flips.filter { $0 }.count.isMultiple(of: 2) ? 1 : -1
  }
}
