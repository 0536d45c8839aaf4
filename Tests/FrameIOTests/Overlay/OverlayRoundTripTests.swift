// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing

@Suite("Overlay messages")
struct OverlayRoundTripTests {
  @Test("an overlay comes back from its own wire parts, bit for bit")
  func roundTrip() throws {
    let overlay = Overlay(header: .sample, cells: .sample(rows: 37))
    let decoded = try OverlayDecoder.decode(overlay.parts)
    #expect(decoded.header == overlay.header)
    // NaN is not equal to itself, so the columns are compared by their bytes.
    #expect(Overlay(header: .sample, cells: decoded.cells).parts == overlay.parts)
  }

  @Test("accumulated columns follow those of the frame and come back bit for bit")
  func accumulated() throws {
    var header = OverlayHeader.sample
    header.lattice.isShiftAmbiguous = true
    header.lattice.indexEpoch = 3
    var summary = OverlayAccumulation(timeConstantFrames: 16)
    (summary.largestFrames, summary.meanFrames, summary.cells, summary.resetCells) = (12.5, 9.25, 37, 2)
    header.accumulated = summary
    let overlay = Overlay(header: header, cells: .sample(rows: 37), accumulated: .sample(rows: 37))
    let parts = overlay.parts
    #expect(parts.count == 2 + CellTable.columnCount + AccumulatedCells.columnCount)
    let decoded = try OverlayDecoder.decode(parts)
    #expect(decoded.header == header)
    #expect(decoded.accumulated?.frames == overlay.accumulated?.frames)
    #expect(decoded.parts == parts)
    // A column of another length is refused, as those of the frame are.
    var short = parts
    short[short.count - 1].removeLast()
    #expect(throws: OverlayError.self) { try OverlayDecoder.decode(short) }
    let json = try #require(try JSONSerialization.jsonObject(with: Data(parts[1])) as? [String: Any])
    let columns = try #require(json["columns"] as? [[String: Any]]).compactMap { $0["name"] as? String }
    #expect(columns.suffix(12).first == "acc_frames" && columns.last == "acc_flags" && columns.contains("acc_q_sigma"))
    #expect((json["accumulated"] as? [String: Any])?["frames_max"] as? Double == 12.5)
    #expect((json["lattice"] as? [String: Any])?["shift_ambiguous"] as? Bool == true)
  }

  @Test("regions, their labels and walls come back, beside accumulated columns and without", arguments: [true, false])
  func regions(isAccumulated: Bool) throws {
    var header = OverlayHeader.sample
    var map = RegionMap()
    map.labels = (0..<37).map { $0 % 3 - 1 }
    map.walls = (0..<37).map { $0 % 2 }
    for (system, senses) in [(TiltSystem.abbPlus, TiltSenses.mmp), (.aacZero, .mm0)] {
      var region = TiltRegion()
      (region.cells, region.core, region.centre) = (20, 11, Vector2(3.5, -8.25))
      (region.system, region.senses, region.runnerUp, region.runnerUpSenses) = (system, senses, .inPhaseAB, .mmm)
      (region.probability, region.runnerUpProbability) = (0.75, 0.125)
      (region.sensesProbability, region.runnerUpSensesProbability) = (0.96875, 0.03125)
      region.q = RegionValue(-3.5, sigma: 0.125)
      (region.c, region.s) = (RegionValue(1, sigma: 0.5), RegionValue(2, sigma: 0.25))
      region.sByRow = RegionValue(-4, sigma: 0.375)
      (region.p, region.r) = (RegionValue(5, sigma: 0.5), RegionValue(-2.5, sigma: 0.75))
      region.mayBeInPhaseAB = true
      map.regions.append(region)
    }
    map.widening = SIMD3(1.25, 1, 2)
    if isAccumulated { map.scatterOverStated = SIMD3(1.5, 0.75, 2.25) }
    header.regions = map
    let overlay = Overlay(
      header: header, cells: .sample(rows: 37), accumulated: isAccumulated ? .sample(rows: 37) : nil)
    let parts = overlay.parts
    #expect(
      parts.count == 2 + CellTable.columnCount + RegionMap.columnCount
        + (isAccumulated ? AccumulatedCells.columnCount : 0))
    let decoded = try OverlayDecoder.decode(parts)
    #expect(decoded.header == header && decoded.parts == parts)
    let json = try #require(try JSONSerialization.jsonObject(with: Data(parts[1])) as? [String: Any])
    let first = try #require((json["regions"] as? [[String: Any]])?.first)
    #expect(first["symbol"] as? String == "a-b-b+|a-b-a+" && first["senses"] as? String == "--+")
    #expect(first["told"] as? Bool == true && first["gamma"] as? Double == -2.5)
    #expect(json["scatter_over_stated"] as? [Double] == (isAccumulated ? [1.5, 0.75, 2.25] : nil))
    #expect(json["sigma_widening"] as? [Double] == [1.25, 1, 2])
    // A label without its region is refused.
    header.regions?.labels[5] = 2
    let wrong = Overlay(header: header, cells: .sample(rows: 37)).parts
    #expect(throws: OverlayError.self) { try OverlayDecoder.decode(wrong) }
  }

  @Test("an event comes back from its own wire parts")
  func event() throws {
    let event = AgentEvent(
      kind: .rejected, reason: .noLattice, message: "no \"lattice\"", source: "abf", series: nil, frame: -4, count: 12)
    var writer = JSONWriter()
    writer.write(event, agent: "a", run: "r", timeNs: 1)
    let decoded = try OverlayDecoder.decodeEvent([Array("event".utf8), writer.bytes])
    #expect(decoded == ReceivedEvent(event))
    #expect(decoded.knownKind == .rejected && decoded.reason == "no_lattice" && decoded.message == event.message)
    #expect(decoded.source == "abf" && decoded.series == nil && decoded.frame == -4 && decoded.count == 12)
  }

  @Test("an event of a kind and for a reason that this version does not know comes with its words")
  func newerEvent() throws {
    var writer = JSONWriter()
    writer.write(
      AgentEvent(kind: .rejected, reason: .noLattice, message: "m", count: 2), agent: "a", run: "r", timeNs: 1)
    let newer = String(decoding: writer.bytes, as: UTF8.self)
      .replacingOccurrences(of: "\"rejected\"", with: "\"applauded\"")
      .replacingOccurrences(of: "\"no_lattice\"", with: "\"encore\"")
    let event = try OverlayDecoder.decodeEvent([Array("event".utf8), Array(newer.utf8)])
    #expect(event.kind == "applauded" && event.knownKind == nil && event.reason == "encore")
    #expect(event.message == "m" && event.count == 2)
    // What is no event is still refused.
    let other = newer.replacingOccurrences(of: AgentEvent.htype, with: "agent-event-2.0")
    #expect(throws: OverlayError.wrongType(found: "agent-event-2.0")) {
      try OverlayDecoder.decodeEvent([Array("event".utf8), Array(other.utf8)])
    }
  }

  @Test("an overlay without cells is a message like any other")
  func empty() throws {
    let parts = Overlay(header: .sample, cells: CellTable()).parts
    #expect(parts.count == 2 + CellTable.columnCount)
    #expect(try OverlayDecoder.decode(parts).cells.count == 0)
  }

  @Test("the header is the JSON that interfaces promise")
  func headerKeys() throws {
    var encoder = OverlayEncoder()
    let bytes = encoder.encode(.sample, cells: .sample(rows: 3))
    let json = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(json["htype"] as? String == "cell-overlay-1.0")
    #expect(json["n"] as? Int == 3)
    #expect(json["seq"] as? Int == 1234)
    let image = try #require(json["image"] as? [String: Any])
    #expect(image["shape"] as? [Int] == [768, 1024])
    #expect(image["pixel_size_nm"] as? Double == 0.0098)
    let lattice = try #require(json["lattice"] as? [String: Any])
    #expect(lattice["locked"] as? Bool == true)
    #expect(lattice["a_px"] as? [Double] == [28.25, -0.125])
    let times = try #require(json["time_ns"] as? [String: Any])
    #expect(Set(times.keys) == ["source", "received", "started", "registered", "inferred", "published"])
    #expect((times["received"] as? NSNumber)?.uint64Value == 1_800_000_000_123_456_789)
    let columns = try #require(json["columns"] as? [[String: Any]])
    #expect(
      columns.map { $0["name"] as? String } == [
        "i", "j", "x", "y", "alpha", "beta", "gamma", "alpha_sigma", "beta_sigma", "gamma_sigma", "q", "q_sigma", "rho",
        "rho_sigma", "score", "flags",
      ])
    #expect(columns.map { $0["dtype"] as? String } == ["<i4", "<i4"] + Array(repeating: "<f4", count: 13) + ["<u2"])
    #expect(columns.allSatisfy { $0["shape"] as? [Int] == [3] })
  }

  @Test("text from outside cannot break out of the JSON")
  func escapes() throws {
    var header = OverlayHeader.sample
    header.source = "a\"b\\c\nd\u{1}é"
    header.series = nil
    let decoded = try OverlayDecoder.decode(Overlay(header: header, cells: CellTable()).parts)
    #expect(decoded.header == header)
  }

  @Test("a column that this version does not know is passed over")
  func unknownColumn() throws {
    let overlay = Overlay(header: .sample, cells: .sample(rows: 4))
    var parts = overlay.parts
    let text = String(decoding: parts[1], as: UTF8.self)
    parts[1] = Array(
      text.replacingOccurrences(
        of: "\"columns\":[", with: "\"columns\":[{\"name\":\"new\",\"dtype\":\"<f8\",\"shape\":[4],\"unit\":\"K\"},"
      ).utf8)
    parts.insert(Array(repeating: 0, count: 32), at: 2)
    #expect(try OverlayDecoder.decode(parts).cells.i == overlay.cells.i)
  }

  @Test(
    "numbers are written so that they come back",
    arguments: [0, 1, -1, 0.5, 0.009326, 123456.789012, -1e-9, 1e-13, 1e11 + 0.25, 3.5e20, -28.123456789012] as [Double]
  )
  func numbers(_ value: Double) throws {
    var writer = JSONWriter()
    writer.beginArray()
    writer.value(value)
    writer.endArray()
    let back = try JSONDecoder().decode([Double].self, from: Data(writer.bytes))
    #expect(abs(back[0] - value) <= max(5e-13, 1e-15 * abs(value)))
  }

  @Test("numbers that JSON does not have become null")
  func notFinite() {
    var writer = JSONWriter()
    writer.beginArray()
    writer.value(Double.nan)
    writer.value(-Double.infinity)
    writer.endArray()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "[null,null]")
  }
}

extension OverlayHeader {
  static let sample = {
    var times = OverlayTimes()
    times.source = 1_800_000_000_000_000_001
    times.received = 1_800_000_000_123_456_789
    times.published = UInt64.max
    return OverlayHeader(
      agent: "glazer-agent/0.1.0", run: "7F3C9A52-64F6-4C57-8AD0-1D6B0B7C2E11", seq: 1234, source: "abf",
      series: "scan 7", frame: 977,
      image: OverlayImage(width: 1024, height: 768, pixelSizeNm: 0.0098, pixelSizeFrom: .frame, rotationRad: 0.25),
      lattice: OverlayLattice(
        locked: true,
        lattice: Lattice(origin: Vector2(12.5, 3.75), a: Vector2(28.25, -0.125), b: Vector2(0.25, 39.875)),
        residualPx: 0.21, driftPx: Vector2(-0.5, 0.0625)),
      model: OverlayModel(name: "default", sha256: String(repeating: "ab", count: 32)), times: times,
      input: OverlayInput(gap: 1, skipped: 3, rejected: 2))
  }()
}

extension CellTable {
  /// Every value differs from every other, and some are NaN.
  static func sample(rows: Int) -> CellTable {
    var table = CellTable()
    for row in 0..<rows {
      var cell = CellRow(i: Int32(row - 5), j: Int32(-row))
      for (k, column) in floatColumns.enumerated() { cell[keyPath: column.rowPath] = Float(row) + Float(k) / 16 }
      if row % 3 == 1 { cell.alpha = .nan }
      cell.flags = CellFlags(rawValue: UInt16(row % 32))
      table.append(cell)
    }
    return table
  }
}

extension AccumulatedCells {
  /// Values differ from those of the frame's table.
  static func sample(rows: Int) -> AccumulatedCells {
    var table = AccumulatedCells()
    let cells = CellTable.sample(rows: rows)
    for row in 0..<rows {
      var cell = cells[row]
      cell.q += 100
      cell.flags = CellFlags(rawValue: UInt16((row + 1) % 32))
      table.append(cell, frames: 1 + Float(row) / 8)
    }
    return table
  }
}

extension Overlay {
  /// The message as it goes to the wire.
  var parts: [[UInt8]] {
    var encoder = OverlayEncoder()
    let json = encoder.encode(header, cells: cells, accumulated: accumulated)
    return cells.withMessage(topic: .overlay, header: json, accumulated: accumulated, regions: header.regions) {
      $0.map(Array.init)
    }
  }
}
