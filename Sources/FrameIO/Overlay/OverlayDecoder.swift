// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// One received overlay.
public struct Overlay: Sendable, Equatable {
  public var header: OverlayHeader
  public var cells: CellTable
  /// Rows beside those of `cells`; nil where the agent does not accumulate.
  public var accumulated: AccumulatedCells?

  public init(header: OverlayHeader, cells: CellTable, accumulated: AccumulatedCells? = nil) {
    self.header = header
    self.cells = cells
    self.accumulated = accumulated
  }
}

/// Reads overlays and previews from the parts of a message. Sizes are checked before anything is copied, so that a hostile
/// publisher costs no more than the message it sent; columns that this version does not know are passed over.
public enum OverlayDecoder {
  public static let maximumHeaderBytes = 1 << 16
  /// A 16k × 16k image with 12-pixel cells has fewer.
  public static let maximumCells = 1 << 21

  /// `[topic][header][column]...`
  public static func decode(_ parts: [[UInt8]]) throws(OverlayError) -> Overlay {
    guard parts.count >= 2 else { throw .tooFewParts(found: parts.count) }
    let wire: WireOverlay = try header(parts[1])
    guard wire.htype == OverlayHeader.htype else { throw .wrongType(found: wire.htype) }
    guard (0...maximumCells).contains(wire.n) else { throw .tooManyCells(found: wire.n, limit: maximumCells) }
    guard wire.columns.count == parts.count - 2 else {
      throw .columnCountMismatch(announced: wire.columns.count, parts: parts.count - 2)
    }
    let columns = ReceivedColumns(described: wire.columns, parts: parts, count: wire.n)
    var cells = CellTable()
    cells.i = try columns.values("i", "<i4", of: Int32.self)
    cells.j = try columns.values("j", "<i4", of: Int32.self)
    for column in CellTable.floatColumns {
      cells[keyPath: column.path] = try columns.values(column.name, "<f4", of: Float.self)
    }
    cells.flags = try columns.values("flags", "<u2", of: UInt16.self)
    var header = try wire.header()
    header.regions = try regions(wire, columns)
    return Overlay(header: header, cells: cells, accumulated: try accumulated(columns, beside: cells))
  }

  private static func three(_ numbers: [Double]?, _ key: String) throws(OverlayError) -> SIMD3<Double>? {
    guard let numbers else { return nil }
    guard numbers.count == 3 else {
      throw .headerUnreadable(reason: "\"\(key)\" has \(numbers.count) numbers, expected 3")
    }
    return SIMD3(numbers[0], numbers[1], numbers[2])
  }

  private static func regions(_ wire: WireOverlay, _ columns: ReceivedColumns) throws(OverlayError) -> RegionMap? {
    guard let described = wire.regions else { return nil }
    var map = RegionMap()
    for (index, region) in described.enumerated() {
      guard let known = region.region else {
        throw .headerUnreadable(reason: "\"regions\", entry \(index), is not known: \"\(region.symbol.prefix(40))\"")
      }
      map.regions.append(known)
    }
    map.scatterOverStated = try three(wire.scatterOverStated, "scatter_over_stated")
    if let widening = try three(wire.sigmaWidening, "sigma_widening") { map.widening = widening }
    map.labels = try columns.values(RegionMap.labelColumn, "<i4", of: Int32.self)
    map.walls = try columns.values(RegionMap.wallColumn, "<u2", of: UInt16.self)
    guard map.labels.allSatisfy({ (-1..<Int32(map.regions.count)).contains($0) }) else {
      throw .headerUnreadable(reason: "a label in the column \"region\" is not one of \(map.regions.count) regions")
    }
    return map
  }

  private static func accumulated(
    _ columns: ReceivedColumns, beside cells: CellTable
  ) throws(OverlayError) -> AccumulatedCells? {
    guard columns.described.contains(where: { $0.name == AccumulatedCells.framesColumn }) else { return nil }
    var accumulated = AccumulatedCells()
    accumulated.cells = cells
    accumulated.frames = try columns.values(AccumulatedCells.framesColumn, "<f4", of: Float.self)
    for column in AccumulatedCells.floatColumns {
      accumulated.cells[keyPath: column.path] = try columns.values(column.name, "<f4", of: Float.self)
    }
    accumulated.cells.flags = try columns.values(AccumulatedCells.flagsColumn, "<u2", of: UInt16.self)
    return accumulated
  }

  /// `[preview][header][pixels]`
  public static func decodePreview(_ parts: [[UInt8]]) throws(OverlayError) -> Preview {
    guard parts.count == 3 else { throw .tooFewParts(found: parts.count) }
    let wire: WirePreview = try header(parts[1])
    guard wire.htype == Preview.htype else { throw .wrongType(found: wire.htype) }
    guard wire.shape.count == 2, wire.shape.allSatisfy({ (1...(1 << 14)).contains($0) }), wire.binning >= 1 else {
      throw .headerUnreadable(reason: "shape \(wire.shape.prefix(4)) and binning \(wire.binning) are no picture")
    }
    let expected = wire.shape[0] * wire.shape[1]
    guard parts[2].count == expected else {
      throw .previewSizeMismatch(expectedBytes: expected, foundBytes: parts[2].count)
    }
    var preview = Preview()
    preview.source = wire.source
    preview.series = wire.series
    preview.frame = wire.frame
    preview.height = wire.shape[0]
    preview.width = wire.shape[1]
    preview.binning = wire.binning
    preview.low = wire.low ?? 0
    preview.high = wire.high ?? 0
    preview.pixels = parts[2]
    return preview
  }

  /// `[event][header]`. A kind that this version does not know is an event like any other.
  public static func decodeEvent(_ parts: [[UInt8]]) throws(OverlayError) -> ReceivedEvent {
    guard parts.count == 2 else { throw .tooFewParts(found: parts.count) }
    let wire: WireEvent = try header(parts[1])
    guard wire.htype == AgentEvent.htype else { throw .wrongType(found: wire.htype) }
    return ReceivedEvent(wire)
  }

  /// `[status][header]`
  public static func decodeStatus(_ parts: [[UInt8]]) throws(OverlayError) -> AgentStatus {
    guard parts.count == 2 else { throw .tooFewParts(found: parts.count) }
    return try decodeStatus(json: parts[1])
  }

  /// The JSON of a status by itself.
  public static func decodeStatus(json: [UInt8]) throws(OverlayError) -> AgentStatus {
    let wire: WireStatus = try header(json)
    guard wire.htype == AgentStatus.htype else { throw .wrongType(found: wire.htype) }
    return try wire.status()
  }

  private static func header<Wire: Decodable>(_ bytes: [UInt8]) throws(OverlayError) -> Wire {
    guard bytes.count <= maximumHeaderBytes else {
      throw .headerTooLarge(bytes: bytes.count, limit: maximumHeaderBytes)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(Wire.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw .headerUnreadable(reason: error.oneLine)
    } catch {
      throw .headerUnreadable(reason: "no JSON")
    }
  }
}

/// The column parts of a message beside their descriptions.
private struct ReceivedColumns {
  var described: [WireOverlay.Column]
  var parts: [[UInt8]]
  var count: Int

  func values<Value: BitwiseCopyable>(_ name: String, _ dtype: String, of: Value.Type) throws(OverlayError) -> [Value] {
    let matching = described.indices.filter { described[$0].name == name }
    guard let index = matching.first else { throw .columnMissing(name: name) }
    guard matching.count == 1 else { throw .columnRepeated(name: name) }
    let column = described[index]
    guard column.dtype == dtype else {
      throw .columnTypeMismatch(name: name, expected: dtype, found: column.dtype)
    }
    let bytes = parts[index + 2]
    let expected = count * MemoryLayout<Value>.size
    guard bytes.count == expected, column.shape == [count] else {
      throw .columnSizeMismatch(name: name, expectedBytes: expected, foundBytes: bytes.count)
    }
    return bytes.withUnsafeBytes { raw in
      (0..<count).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.size, as: Value.self) }
    }
  }
}

extension DecodingError {
  /// What was wrong and where, without the nesting of the debug description.
  fileprivate var oneLine: String {
    func place(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    return switch self {
    case .keyNotFound(let key, let context): "no \"\(place(context.codingPath + [key]))\""
    case .typeMismatch(let type, let context): "\"\(place(context.codingPath))\" is not \(type)"
    case .valueNotFound(let type, let context): "\"\(place(context.codingPath))\" is null, expected \(type)"
    default: "no JSON"
    }
  }
}
