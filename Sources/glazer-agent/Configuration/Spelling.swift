// SPDX-License-Identifier: GPL-3.0-or-later

/// Guesses what somebody meant to write.
enum Spelling {
  /// The one of `known` that is written most alike, if it is at most three letters off and not another word altogether.
  static func nearest(to name: String, among known: [String]) -> String? {
    let distances = known.map { ($0, editDistance($0, name)) }
    guard let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= 3, best.1 * 2 < name.count else { return nil }
    return best.0
  }

  /// Letters to insert, delete or replace (Levenshtein). O(product of the lengths).
  private static func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.prefix(80)), Array(b.prefix(80)))
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j + 1] + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
