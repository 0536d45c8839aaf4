// SPDX-License-Identifier: GPL-3.0-or-later

/// The result for one frame, a row per B column, held by columns so that it goes to the wire as it is.
///
/// All columns have `count` entries. Angles in degrees, positions in pixels. Angles are those at that column, parity
/// included, as the representative with p ≥ 0 (`TiltAngles.representative`).
public struct CellTable: Sendable, Equatable {
  public var i: [Int32] = []
  public var j: [Int32] = []
  public var x: [Float] = []
  public var y: [Float] = []
  public var alpha: [Float] = []
  public var beta: [Float] = []
  public var gamma: [Float] = []
  public var alphaSigma: [Float] = []
  public var betaSigma: [Float] = []
  public var gammaSigma: [Float] = []
  public var q: [Float] = []
  public var qSigma: [Float] = []
  public var rho: [Float] = []
  public var rhoSigma: [Float] = []
  public var score: [Float] = []
  public var flags: [UInt16] = []

  public init() {}

  public var count: Int { i.count }

  /// Empties the table and keeps its memory.
  public mutating func removeAll() {
    i.removeAll(keepingCapacity: true)
    j.removeAll(keepingCapacity: true)
    for column in Self.floatColumns { self[keyPath: column.path].removeAll(keepingCapacity: true) }
    flags.removeAll(keepingCapacity: true)
  }

  /// Makes room for `count` rows; the only place where a table allocates in steady state is its first use.
  public mutating func reserveCapacity(_ count: Int) {
    i.reserveCapacity(count)
    j.reserveCapacity(count)
    for column in Self.floatColumns { self[keyPath: column.path].reserveCapacity(count) }
    flags.reserveCapacity(count)
  }

  public mutating func append(_ row: CellRow) {
    i.append(row.i)
    j.append(row.j)
    for column in Self.floatColumns { self[keyPath: column.path].append(row[keyPath: column.rowPath]) }
    flags.append(row.flags.rawValue)
  }

  /// Row `index`, as values. O(1).
  public subscript(index: Int) -> CellRow {
    var row = CellRow(i: i[index], j: j[index])
    for column in Self.floatColumns { row[keyPath: column.rowPath] = self[keyPath: column.path][index] }
    row.flags = CellFlags(rawValue: flags[index])
    return row
  }
}

/// One row of a `CellTable`; units as there.
public struct CellRow: Sendable, Equatable {
  public var i: Int32
  public var j: Int32
  public var x: Float = 0
  public var y: Float = 0
  public var alpha: Float = .nan
  public var beta: Float = .nan
  public var gamma: Float = .nan
  public var alphaSigma: Float = .nan
  public var betaSigma: Float = .nan
  public var gammaSigma: Float = .nan
  public var q: Float = .nan
  public var qSigma: Float = .nan
  public var rho: Float = .nan
  public var rhoSigma: Float = .nan
  public var score: Float = 0
  public var flags: CellFlags = []

  public init(i: Int32, j: Int32) {
    self.i = i
    self.j = j
  }
}

extension CellTable {
  /// A float32 column: its name and unit on the wire, and where it lives.
  public struct FloatColumn: @unchecked Sendable {
    public let name: String
    public let unit: String
    public let path: WritableKeyPath<CellTable, [Float]>
    public let rowPath: WritableKeyPath<CellRow, Float>
  }

  /// The float columns in the order of the CSV and the wire: between `i`, `j` before and `flags` after.
  public static let floatColumns: [FloatColumn] = [
    FloatColumn(name: "x", unit: "px", path: \.x, rowPath: \.x),
    FloatColumn(name: "y", unit: "px", path: \.y, rowPath: \.y),
    FloatColumn(name: "alpha", unit: "deg", path: \.alpha, rowPath: \.alpha),
    FloatColumn(name: "beta", unit: "deg", path: \.beta, rowPath: \.beta),
    FloatColumn(name: "gamma", unit: "deg", path: \.gamma, rowPath: \.gamma),
    FloatColumn(name: "alpha_sigma", unit: "deg", path: \.alphaSigma, rowPath: \.alphaSigma),
    FloatColumn(name: "beta_sigma", unit: "deg", path: \.betaSigma, rowPath: \.betaSigma),
    FloatColumn(name: "gamma_sigma", unit: "deg", path: \.gammaSigma, rowPath: \.gammaSigma),
    FloatColumn(name: "q", unit: "deg", path: \.q, rowPath: \.q),
    FloatColumn(name: "q_sigma", unit: "deg", path: \.qSigma, rowPath: \.qSigma),
    FloatColumn(name: "rho", unit: "deg", path: \.rho, rowPath: \.rho),
    FloatColumn(name: "rho_sigma", unit: "deg", path: \.rhoSigma, rowPath: \.rhoSigma),
    FloatColumn(name: "score", unit: "1", path: \.score, rowPath: \.score),
  ]
}
