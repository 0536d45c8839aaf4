// SPDX-License-Identifier: GPL-3.0-or-later
import TOML
import TOMLKit
import Testing

@Suite("TOML")
struct TOMLParserTests {
  /// All forms that there are, for both parsers.
  static let document = #"""
    # a comment
    title = "a \"b\" \u00e9 \U0001F600 \t" # and another
    literal = 'C:\no escape'
    "quoted key" = 1
    'literal key' = -0
    long = """
    first
    second \
       joined "" quotes""""
    raw = '''
    a\b
    '''''
    dec = 1_000
    hex = 0xDEAD_beef
    oct = 0o17
    bin = 0b101
    f1 = -1.5
    f2 = 6.02e+23
    f3 = 1_0.2_5E-03
    yes = true
    no = false
    odt = 1979-05-27T07:32:00.5-07:00
    ld = 1979-05-27
    lt = 07:32:00
    list = [
      1, # one
      [ "two", 'three' ],
      { x = 1, y.z = 2 },
    ]
    empty = []
    none = {}
    dotted.a.b = 1
    dotted . a . c = 2

    [table.sub]
    k = 1
    [table]
    k = 2
    [[array]]
    k = 1
    [[array]]
    k = 2
    [array.sub]
    k = 3
    """#

  @Test("an independent parser reads the same from every form, in whatever order")
  func agreesWithTomlPlusPlus() throws {
    let ours = try TOMLParser.parse(Self.document)
    let theirs = try TOMLKit.TOMLTable(string: Self.document)
    #expect(Self.plain(.table(ours)) == Self.plain(theirs))
  }

  /// Both as one form: tables sorted by key, dates not compared.
  private static func plain(_ value: TOML.TOMLValue) -> String {
    switch value {
    case .string(let text): text.debugDescription
    case .integer(let number): "\(number)"
    case .float(let number): "\(number)f"
    case .boolean(let flag): "\(flag)"
    case .time: "time"
    case .array(let values): "[" + values.map(plain).joined(separator: ",") + "]"
    case .table(let table):
      "{"
        + table.entries.sorted { $0.key < $1.key }.map { "\($0.key.debugDescription):\(plain($0.value))" }
        .joined(separator: ",") + "}"
    }
  }

  private static func plain(_ value: any TOMLValueConvertible) -> String {
    if let text = value.string { return text.debugDescription }
    if let number = value.int { return "\(number)" }
    if let number = value.double { return "\(number)f" }
    if let flag = value.bool { return "\(flag)" }
    if let values = value.array { return "[" + values.map { plain($0) }.joined(separator: ",") + "]" }
    if let table = value.table {
      let entries = table.keys.sorted().map { key in
        "\(key.debugDescription):" + (table[key].map { plain($0) } ?? "")
      }
      return "{" + entries.joined(separator: ",") + "}"
    }
    return "time"
  }

  @Test("entries stand in the order of the text and know their lines")
  func lines() throws {
    let table = try TOMLParser.parse("b = 1\r\n\r\n[a]\nx = '''\n\n'''\ny = 2\n")
    #expect(table.entries.map(\.key) == ["b", "a"])
    #expect(table.entries.map(\.line) == [1, 3])
    #expect(table["a"]?.table?.entries.map(\.line) == [4, 7])
  }

  @Test("numbers that TOML knows and toml++ does not show alike")
  func numbers() throws {
    let table = try TOMLParser.parse("a = inf\nb = -inf\nc = nan\nd = 9223372036854775807\ne = 0e0\nf = 1e06")
    #expect(table["a"]?.double == .infinity)
    #expect(table["b"]?.double == -.infinity)
    #expect(table["c"]?.double?.isNaN == true)
    #expect(table["d"]?.int == .max)
    #expect(table["e"]?.double == 0)
    #expect(table["f"]?.double == 1e6)
  }

  @Test(
    "what is no TOML is refused with its line",
    arguments: [
      // Found by fuzzing: toml++ 3.4 ends the program here, and with it an agent that reads its file again.
      "x = 1\n[*a]", "x = 1\n[[*a]]",
      "\n=1", "\na", "\na =", "\na = 1 b = 2", "\n[a", "\n[a]]", "\n[a] b = 1", "\n[]", "\n[a.]", "\n[ [a]]",
      "\na = 01", "\na = 1__0", "\na = _1", "\na = 1_", "\na = .5", "\na = 5.", "\na = 1.e3", "\na = 0x", "\na = 0xg",
      "\na = +0x1", "\na = 9223372036854775808", "\na = True", "\na = nothing", "\na = 1979-5-27", "\na = \"b",
      "\na = 'b", "\na = \"\\x\"", "\na = \"\\ud800\"", "\na = \"\\u12\"", "\na = \"\u{1}\"", "\n# \u{7F}", "\na = 1\r",
      "\na = [1 2]", "\na = [1, 2", "\na = {b = 1, }", "\na = {b = 1", "\n\"\"\"a\"\"\" = 1", "\na = \"\"\"b\"\"",
      "a = 1\na = 2", "[a]\n[a]", "a = 1\n[a]", "a = 1\n[[a]]", "[[a]]\n[a]", "[a]\n[[a]]", "a = []\n[[a]]",
      "a = {}\na.b = 1", "a.b = 1\n[a]", "a = {}\n[a.b]", "a = 1\na.b = 2",
    ])
  func refuses(text: String) {
    #expect { try TOMLParser.parse(text) } throws: { ($0 as? TOMLError)?.line == 2 }
  }

  @Test("keys and values inside each other are bounded, whatever the form")
  func bounded() {
    let many = 200_000
    for text in [
      "a = " + String(repeating: "[", count: many), "a = " + String(repeating: "{a=", count: many),
      String(repeating: "a.", count: many) + "a = 1", "[" + String(repeating: "a.", count: many) + "a]",
    ] {
      #expect(throws: TOMLError.self) { try TOMLParser.parse(text) }
    }
  }
}
