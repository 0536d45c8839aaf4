// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// Samples for programs outside: a NumPy array (.npy, version 1.0) of records, each the patch as the network sees it and
/// what it shows. It can be mapped into memory, and written and read as a stream.
public struct SampleRecords {
  private static let labels = [
    "alpha_deg", "beta_deg", "gamma_deg", "thickness_nm", "defocus_A", "source_fwhm_A", "dose_per_A2",
  ]

  public let patch: PatchGeometry

  public init(patch: PatchGeometry) { self.patch = patch }

  /// What stands before the first record of `count`: a little-endian float32 a label, then `patch`, [y][x].
  public func header(count: Int) -> Data {
    let fields =
      Self.labels.map { "('\($0)', '<f4')" } + ["('patch', '<f4', (\(patch.height), \(patch.width)))"]
    var text = "{'descr': [\(fields.joined(separator: ", "))], 'fortran_order': False, 'shape': (\(count),), }"
    let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
    let unpadded = magic.count + 2 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = text.utf8.count
    return Data(magic + [UInt8(length & 0xFF), UInt8(length >> 8)] + text.utf8)
  }

  /// Appends one record. `pixels` are the normalised patch, row-major.
  public func append(_ truth: SampleTruth, pixels: UnsafePointer<Float>, to data: inout Data) {
    let labels = [
      truth.tilt.alpha, truth.tilt.beta, truth.tilt.gamma, truth.thicknessNm, truth.defocusA, truth.sourceFWHMA,
      truth.dosePerA2,
    ].map { Float($0) }
    labels.withUnsafeBytes { data.append(contentsOf: $0) }
    data.append(contentsOf: UnsafeRawBufferPointer(start: pixels, count: patch.count * MemoryLayout<Float>.size))
  }
}
