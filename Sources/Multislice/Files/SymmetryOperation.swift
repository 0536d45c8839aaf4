// SPDX-License-Identifier: GPL-3.0-or-later

/// A symmetry operation on fractional coordinates, r ↦ R r + t, written as in CIF: "1/2-x, y+1/2, -z".
struct SymmetryOperation: Hashable {
  /// Rows of R.
  private var rows: [SIMD3<Double>]
  private var translation: SIMD3<Double>

  static let identity = SymmetryOperation(
    rows: [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)], translation: .zero)

  private init(rows: [SIMD3<Double>], translation: SIMD3<Double>) {
    self.rows = rows
    self.translation = translation
  }

  init?(_ text: String) {
    let parts = text.lowercased().filter { !$0.isWhitespace }.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    rows = []
    translation = .zero
    for (axis, part) in parts.enumerated() {
      guard let (row, shift) = Self.component(part) else { return nil }
      rows.append(row)
      translation[axis] = shift
    }
  }

  func apply(_ position: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3((rows[0] * position).sum(), (rows[1] * position).sum(), (rows[2] * position).sum()) + translation
  }

  /// One component such as "1/2-x+y".
  private static func component(_ text: Substring) -> (SIMD3<Double>, Double)? {
    var row = SIMD3<Double>.zero
    var shift = 0.0
    var rest = text
    guard !rest.isEmpty else { return nil }
    while let first = rest.first {
      var sign = 1.0
      if first == "+" || first == "-" {
        sign = first == "-" ? -1 : 1
        rest.removeFirst()
      }
      guard let next = rest.first else { return nil }
      if let axis = ["x", "y", "z"].firstIndex(of: next) {
        row[axis] += sign
        rest.removeFirst()
      } else {
        let term = rest.prefix { $0 != "+" && $0 != "-" }
        guard let value = fraction(term) else { return nil }
        shift += sign * value
        rest = rest[term.endIndex...]
      }
    }
    return (row, shift)
  }

  private static func fraction(_ text: Substring) -> Double? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { part in
      Double(part).flatMap { abs($0) <= 100 ? $0 : nil }
    }
    switch parts.count {
    case 1: return parts[0]
    case 2:
      guard let numerator = parts[0], let denominator = parts[1], abs(denominator) >= 1 else { return nil }
      return numerator / denominator
    default: return nil
    }
  }
}
