// SPDX-License-Identifier: GPL-3.0-or-later

/// How a part of an image behaves under the two mirrors of the projected lattice: even or odd in x, even or odd in y.
///
/// An image falls into four such parts. Because the mirrors of a simulation are simulations (`TiltSymmetry`), principal
/// components never mix them, and the symmetries hold exactly whatever a component's coefficient is.
enum MirrorClass: Int, CaseIterable, Sendable, Codable {
  case evenEven, evenOdd, oddEven, oddOdd

  var isOddInX: Bool { self == .oddEven || self == .oddOdd }
  var isOddInY: Bool { self == .evenOdd || self == .oddOdd }

  /// +1 or −1: what the symmetry multiplies this part of the image with.
  func sign(under symmetry: TiltSymmetry) -> Double {
    (isOddInX && symmetry.flipsX) != (isOddInY && symmetry.flipsY) ? -1 : 1
  }
}
