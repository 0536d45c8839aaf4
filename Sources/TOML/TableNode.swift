// SPDX-License-Identifier: GPL-3.0-or-later

/// A table while its document is being read: tables may be added to from several places, within TOML's rules.
final class TableNode {
  enum Kind {
    /// Named on the way to another: `a` in `[a.b]`.
    case implicit
    /// By a `[header]`.
    case header
    /// By the keys in it: `a` in `a.b = 1`.
    case dotted
    /// `{ … }`, which nothing can be added to.
    case inline
  }

  enum Slot {
    case value(TOMLValue)
    case table(TableNode)
    case tables([TableNode])
  }

  var kind: Kind
  private var order: [(key: String, line: Int)] = []
  private var slots: [String: Slot] = [:]

  init(_ kind: Kind) { self.kind = kind }

  subscript(key: String) -> Slot? { slots[key] }

  func add(_ key: String, _ slot: Slot, line: Int) {
    slots[key] = slot
    order.append((key, line))
  }

  /// Appends to the tables that are there.
  func append(_ table: TableNode, to key: String) {
    guard case .tables(var tables) = slots.removeValue(forKey: key) else { return }
    tables.append(table)
    slots[key] = .tables(tables)
  }

  /// Recursion is as deep as the parser allows.
  var frozen: TOMLTable {
    TOMLTable(
      entries: order.compactMap { key, line in
        switch slots[key] {
        case .value(let value): TOMLTable.Entry(key: key, value: value, line: line)
        case .table(let table): TOMLTable.Entry(key: key, value: .table(table.frozen), line: line)
        case .tables(let tables):
          TOMLTable.Entry(key: key, value: .array(tables.map { .table($0.frozen) }), line: line)
        case nil: nil
        }
      })
  }
}
