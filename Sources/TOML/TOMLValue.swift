// SPDX-License-Identifier: GPL-3.0-or-later

/// A value of a TOML document.
public enum TOMLValue: Sendable, Equatable {
  case string(String)
  case integer(Int)
  case float(Double)
  case boolean(Bool)
  /// Date, time or both, as written.
  case time(String)
  case array([TOMLValue])
  case table(TOMLTable)

  public var string: String? { if case .string(let text) = self { text } else { nil } }
  public var int: Int? { if case .integer(let number) = self { number } else { nil } }
  /// Floats only: a whole number is an integer.
  public var double: Double? { if case .float(let number) = self { number } else { nil } }
  public var bool: Bool? { if case .boolean(let flag) = self { flag } else { nil } }
  public var array: [TOMLValue]? { if case .array(let values) = self { values } else { nil } }
  public var table: TOMLTable? { if case .table(let table) = self { table } else { nil } }

  /// What it is, for messages.
  public var typeName: String {
    switch self {
    case .string: "string"
    case .integer: "whole number"
    case .float: "number"
    case .boolean: "true or false"
    case .time: "date or time"
    case .array: "list"
    case .table: "table"
    }
  }
}

/// Keys and values in the order of the document.
public struct TOMLTable: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public let key: String
    public let value: TOMLValue
    /// On which the key stands (of a table, where it was first named), from 1.
    public let line: Int
  }

  public let entries: [Entry]

  public subscript(key: String) -> TOMLValue? { entries.first { $0.key == key }?.value }
}

/// Why a text is no TOML.
public struct TOMLError: Error, Sendable, Equatable {
  public let line: Int
  public let reason: String
}
