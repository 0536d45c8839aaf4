// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// Zero mean and unit variance by the engine's own function, so that training and inference see the same numbers; a patch
/// without contrast becomes zeros.
public enum PatchNormalisation {
  public static func apply(_ pixels: UnsafeMutablePointer<Float>, count: Int) {
    _ = glazer_normalize_patch(pixels, Int32(count))
  }
}
