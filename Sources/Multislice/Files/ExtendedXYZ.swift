// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Extended XYZ: the atom count, a comment with `Lattice="…nine numbers…"` (Å, rows a, b, c), then `symbol x y z` (Å).
public enum ExtendedXYZ {
  /// Writes a cell so that `StructureFile.read` gives it back to 1e-6 Å. Aside and renamed.
  public static func write(_ cell: CrystalCell, path: String) throws(StructureError) {
    let l = cell.lengthsA
    var text = "\(cell.atoms.count)\n"
    text += String(format: "Lattice=\"%.6f 0 0 0 %.6f 0 0 0 %.6f\" Properties=species:S:1:pos:R:3\n", l.x, l.y, l.z)
    for atom in cell.atoms {
      let r = atom.position * l
      text += atom.element.symbol + String(format: " %.6f %.6f %.6f\n", r.x, r.y, r.z)
    }
    do throws(UnwritableFile) {
      try WholeFile.write(text.utf8, path: path)
    } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  static func cell(_ text: String, path: String) throws(StructureError) -> CrystalCell {
    // "\r\n" is one character, and a newline.
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard let first = lines.first, let count = Int(first.trimmingCharacters(in: .whitespaces)), count > 0 else {
      throw .malformed(path: path, line: 1, expected: "the number of atoms", found: excerpt(lines.first))
    }
    guard count <= StructureFile.mostAtoms else {
      throw .unsupported(path: path, what: "\(count) atoms; at most \(StructureFile.mostAtoms) are taken")
    }
    guard lines.count >= count + 2 else {
      throw .malformed(path: path, line: nil, expected: "\(count) atoms", found: "\(max(0, lines.count - 2)) lines")
    }
    let lengths = try lattice(String(lines[1]), path: path)
    var atoms: [Atom] = []
    for n in 0..<count {
      let fields = lines[n + 2].split(whereSeparator: \.isWhitespace)
      guard fields.count >= 4, let element = ChemicalElement(symbol: fields[0]),
        let x = Double(fields[1]), let y = Double(fields[2]), let z = Double(fields[3]),
        x.isFinite, y.isFinite, z.isFinite
      else {
        throw .malformed(path: path, line: n + 3, expected: "symbol x y z", found: excerpt(lines[n + 2]))
      }
      atoms.append(Atom(element: element, position: SIMD3(x, y, z) / lengths))
    }
    return CrystalCell(lengthsA: lengths, atoms: atoms)
  }

  private static func lattice(_ comment: String, path: String) throws(StructureError) -> SIMD3<Double> {
    let expected = "Lattice=\"ax ay az bx by bz cx cy cz\""
    guard let start = comment.range(of: "Lattice=\"", options: .caseInsensitive),
      let end = comment.range(of: "\"", range: start.upperBound..<comment.endIndex)
    else { throw .malformed(path: path, line: 2, expected: expected, found: excerpt(Substring(comment))) }
    let numbers = comment[start.upperBound..<end.lowerBound].split(separator: " ").compactMap { Double($0) }
    guard numbers.count == 9, numbers.allSatisfy(\.isFinite) else {
      throw .malformed(path: path, line: 2, expected: expected, found: "\(numbers.count) numbers")
    }
    let lengths = SIMD3(numbers[0], numbers[4], numbers[8])
    let isOrthogonal = [1, 2, 3, 5, 6, 7].allSatisfy { abs(numbers[$0]) < 1e-3 }
    guard isOrthogonal, (0..<3).allSatisfy({ (1...200).contains(lengths[$0]) }) else {
      throw .unsupported(path: path, what: "the cell must be orthogonal, along x, y and z, with edges of 1 to 200 Å")
    }
    return lengths
  }
}

/// The start of a line, for error messages.
func excerpt(_ text: (some StringProtocol)?) -> String {
  guard let text, !text.isEmpty else { return "nothing" }
  return "'\(text.prefix(40))'"
}
