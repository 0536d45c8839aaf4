// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads TOML 1.0 (https://toml.io/en/v1.0.0). Whatever the text is, the answer is a table or an error with its line; time
/// and memory are proportional to the text.
///
///     let table = try TOMLParser.parse(text)
public struct TOMLParser {
  /// Parts of a key, and values inside each other, at most.
  public static let largestDepth = 32

  private var scanner: TOMLScanner

  public static func parse(_ text: String) throws(TOMLError) -> TOMLTable {
    var parser = TOMLParser(scanner: TOMLScanner(text))
    return try parser.document().frozen
  }

  private mutating func document() throws(TOMLError) -> TableNode {
    let root = TableNode(.header)
    var current = root
    while try scanner.skipToContent() {
      if scanner.peek == UInt8(ascii: "[") {
        current = try header(in: root)
      } else {
        try pair(into: current, depth: 1)
      }
      try scanner.endOfLine()
    }
    return root
  }

  // MARK: Tables

  /// `[a.b]` or `[[a.b]]`.
  private mutating func header(in root: TableNode) throws(TOMLError) -> TableNode {
    let line = scanner.line
    scanner.advance()
    let isArray = scanner.take(UInt8(ascii: "["))
    let key = try key()
    scanner.skipBlanks()
    for _ in 0..<(isArray ? 2 : 1) {
      guard scanner.take(UInt8(ascii: "]")) else { throw scanner.error("a table's name does not end with ]") }
    }
    var table = root
    for part in key.dropLast() {
      switch table[part] {
      case nil:
        let next = TableNode(.implicit)
        table.add(part, .table(next), line: line)
        table = next
      case .table(let next) where next.kind != .inline: table = next
      case .tables(let tables): table = tables[tables.count - 1]
      default: throw TOMLError(line: line, reason: "\(Self.shown(part)) is not a table that can be added to")
      }
    }
    let last = key[key.count - 1]
    let twice = TOMLError(line: line, reason: "\(Self.shown(key.joined(separator: "."))) is defined twice")
    let new = TableNode(.header)
    switch (table[last], isArray) {
    case (nil, false): table.add(last, .table(new), line: line)
    case (nil, true): table.add(last, .tables([new]), line: line)
    case (.tables, true): table.append(new, to: last)
    case (.table(let known), false) where known.kind == .implicit:
      known.kind = .header
      return known
    default: throw twice
    }
    return new
  }

  /// `a.b = value`
  private mutating func pair(into table: TableNode, depth: Int) throws(TOMLError) {
    let line = scanner.line
    let key = try key()
    scanner.skipBlanks()
    guard scanner.take(UInt8(ascii: "=")) else { throw scanner.error("no = after \(Self.shown(key[key.count - 1]))") }
    scanner.skipBlanks()
    var table = table
    for part in key.dropLast() {
      switch table[part] {
      case nil:
        let next = TableNode(.dotted)
        table.add(part, .table(next), line: line)
        table = next
      case .table(let next) where next.kind == .dotted: table = next
      default: throw TOMLError(line: line, reason: "\(Self.shown(part)) is not a table that can be added to")
      }
    }
    let last = key[key.count - 1]
    guard table[last] == nil else { throw TOMLError(line: line, reason: "\(Self.shown(last)) is set twice") }
    table.add(last, try value(depth: depth), line: line)
  }

  private mutating func key() throws(TOMLError) -> [String] {
    var parts: [String] = []
    repeat {
      scanner.skipBlanks()
      parts.append(try scanner.keyPart())
      guard parts.count <= Self.largestDepth else {
        throw scanner.error("a key of more than \(Self.largestDepth) parts")
      }
      scanner.skipBlanks()
    } while scanner.take(UInt8(ascii: "."))
    return parts
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(TOMLError) -> TableNode.Slot {
    guard depth <= Self.largestDepth else {
      throw scanner.error("values inside each other more than \(Self.largestDepth) times")
    }
    switch scanner.peek {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .value(.string(try scanner.string(mayBeLong: true)))
    case UInt8(ascii: "["): return .value(.array(try array(depth: depth)))
    case UInt8(ascii: "{"): return .table(try inlineTable(depth: depth))
    default: return .value(try scanner.scalar())
    }
  }

  private mutating func array(depth: Int) throws(TOMLError) -> [TOMLValue] {
    scanner.advance()
    var values: [TOMLValue] = []
    while true {
      guard try scanner.skipToContent() else { throw scanner.error("a list without its ]") }
      if scanner.take(UInt8(ascii: "]")) { return values }
      switch try value(depth: depth + 1) {
      case .value(let value): values.append(value)
      case .table(let table): values.append(.table(table.frozen))
      case .tables: break  // no value is one
      }
      guard try scanner.skipToContent() else { throw scanner.error("a list without its ]") }
      if scanner.take(UInt8(ascii: "]")) { return values }
      guard scanner.take(UInt8(ascii: ",")) else { throw scanner.error("no comma between the values of a list") }
    }
  }

  private mutating func inlineTable(depth: Int) throws(TOMLError) -> TableNode {
    scanner.advance()
    let table = TableNode(.inline)
    scanner.skipBlanks()
    if scanner.take(UInt8(ascii: "}")) { return table }
    while true {
      try pair(into: table, depth: depth + 1)
      scanner.skipBlanks()
      if scanner.take(UInt8(ascii: "}")) { return table }
      guard scanner.take(UInt8(ascii: ",")) else { throw scanner.error("no comma or } in a table") }
    }
  }

  private static func shown(_ key: String) -> String { "\"\(key.prefix(60))\"" }
}
