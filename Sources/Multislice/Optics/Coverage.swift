// SPDX-License-Identifier: GPL-3.0-or-later

/// How a beam counts that stands at the edge of an aperture or a detector.
public enum EdgeRule: String, Sendable, Codable, CaseIterable {
  /// By the part of its cell of the Brillouin-zone mesh that lies inside; several beams at once by the part that lies
  /// inside for all of them. A small mesh will do.
  case fractional
  /// Wholly or not at all, by where the beam itself stands: what a supercell calculation does.
  case hard
}

/// Which part of one cell of the Brillouin-zone mesh lies in a region: one bit for each of 8 × 8 points of the cell.
struct Coverage: Equatable {
  static let side = 8
  static let full = Coverage(bits: .max)
  static let none = Coverage(bits: 0)

  var bits: UInt64

  /// Of the whole cell, 0…1.
  var share: Double { Double(bits.nonzeroBitCount) / 64 }

  func intersection(_ other: Coverage) -> Coverage { Coverage(bits: bits & other.bits) }

  /// Of the part of the cell that `part` covers, which is not empty: 0…1.
  func share(in part: Coverage) -> Double {
    Double((bits & part.bits).nonzeroBitCount) / Double(part.bits.nonzeroBitCount)
  }

  init(bits: UInt64) { self.bits = bits }

  /// Around k (1/Å), for cells of `meshCell` (1/Å).
  init(of region: Region, at k: SIMD2<Double>, meshCell: SIMD2<Double>, rule: EdgeRule) {
    let half = (meshCell * meshCell).sum().squareRoot() / 2
    if rule == .hard || region.isClear(at: k, by: half) {
      self = region.contains(k) ? .full : .none
      return
    }
    bits = 0
    for s in 0..<64 where region.contains(k + Self.offset(s) * meshCell) { bits |= 1 << UInt64(s) }
  }

  /// Point `s` of the cell, in cells from its middle.
  static func offset(_ s: Int) -> SIMD2<Double> {
    (SIMD2(Double(s / side), Double(s % side)) + 0.5) / Double(side) - 0.5
  }
}
