// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import glazer

@Suite("Names in exported tables")
struct TableExportTests {
  @Test(
    "commas, quotes and both halves of line ends are quoted, whatever follows them; other names stand as they are",
    arguments: [
      ("abf", "abf"), ("", ""), ("e\u{301} α b", "e\u{301} α b"), ("a,b", "\"a,b\""), ("a\nb", "\"a\nb\""),
      ("a\rb", "\"a\rb\""), ("a\r\nb", "\"a\r\nb\""), ("a\"b", "\"a\"\"b\""), ("a\"\u{301}b", "\"a\"\"\u{301}b\""),
      (",\u{301}", "\",\u{301}\""), ("\"", "\"\"\"\""), ("\n", "\"\n\""),
    ])
  func quoting(_ name: String, _ field: String) { #expect(Array(TableExport.quoted(name).utf8) == Array(field.utf8)) }

  /// The fields of one row, by RFC 4180; nil where it is more than one row, or none.
  private func fields(_ row: [UInt8]) -> [[UInt8]]? {
    let (quote, comma) = (UInt8(ascii: "\""), UInt8(ascii: ","))
    var fields: [[UInt8]] = [[]]
    var (index, isInside) = (0, false)
    while index < row.count {
      let byte = row[index]
      index += 1
      if isInside {
        if byte != quote {
          fields[fields.count - 1].append(byte)
        } else if index < row.count, row[index] == quote {
          fields[fields.count - 1].append(quote)
          index += 1
        } else {
          isInside = false
        }
      } else if byte == quote {
        isInside = true
      } else if byte == comma {
        fields.append([])
      } else if byte == 10 || byte == 13 {
        return nil
      } else {
        fields[fields.count - 1].append(byte)
      }
    }
    return isInside ? nil : fields
  }

  @Test("names of any kind come back from their row")
  func roundTrip() {
    let scalars: [Unicode.Scalar] = ["\"", ",", "\r", "\n", "\u{301}", "a", " "]
    var random = SeededRandom(seed: 5)
    for _ in 0..<2000 {
      let names = (0..<3).map { _ in
        var name = String.UnicodeScalarView()
        for _ in 0..<random.next() % 6 { name.append(scalars[Int(random.next() % UInt64(scalars.count))]) }
        return String(name)
      }
      let row = names.map(TableExport.quoted).joined(separator: ",")
      #expect(fields(Array(row.utf8)) == names.map { Array($0.utf8) })
    }
  }
}
