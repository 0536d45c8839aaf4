// SPDX-License-Identifier: GPL-3.0-or-later

/// Why the agent refused a message or a frame. The names are part of the wire format of `status` and `event`.
public enum RejectionReason: String, Sendable, CaseIterable {
  /// The message is not a frame: no JSON header, a shape that does not match the bytes, an unknown dtype.
  case malformed
  /// The message or the image is larger than the configuration allows.
  case oversized
  /// The image is smaller than a few unit cells.
  case tooSmall = "too_small"
  /// Every pixel is NaN or infinite, or no row is valid.
  case noValidPixels = "no_valid_pixels"
  /// Every pixel is zero.
  case zero
  /// Every pixel has the same value.
  case constant
  /// No lattice that the model knows was found.
  case noLattice = "no_lattice"
  /// The lattice was found, and no B column has its patch inside the image.
  case noCells = "no_cells"
  /// The message belongs to a series that is over, or to another one than the source has announced.
  case leftover
}
