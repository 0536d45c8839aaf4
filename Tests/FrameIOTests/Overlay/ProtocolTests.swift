// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing
import ZeroMQ

/// PROTOCOL.md names every key, column, topic and word that goes over the wire.
@Suite("PROTOCOL.md")
struct ProtocolTests {
  private let document: String

  init() throws {
    document = try String(contentsOf: SharedData.repository.appendingPathComponent("PROTOCOL.md"), encoding: .utf8)
  }

  /// Those of the names that the document does not have.
  private func missing(_ names: some Sequence<String>) -> [String] {
    Set(names).filter { !document.contains("`\($0)`") }.sorted()
  }

  /// The keys of a JSON text, those of objects in it included.
  private func keys(_ json: [UInt8]) throws -> Set<String> {
    keys(of: try JSONSerialization.jsonObject(with: Data(json)))
  }

  private func keys(of value: Any) -> Set<String> {
    if let object = value as? [String: Any] {
      return object.reduce(into: Set(object.keys)) { $0.formUnion(keys(of: $1.value)) }
    }
    if let array = value as? [Any] { return array.reduce(into: []) { $0.formUnion(keys(of: $1)) } }
    return []
  }

  @Test("every key of an overlay, and every column") func overlay() throws {
    var header = OverlayHeader.sample
    header.accumulated = OverlayAccumulation(timeConstantFrames: 16)
    var map = RegionMap()
    map.regions = [TiltRegion()]
    map.scatterOverStated = SIMD3(1, 1, 1)
    header.regions = map
    var encoder = OverlayEncoder()
    let json = encoder.encode(header, cells: .sample(rows: 3), accumulated: .sample(rows: 3))
    #expect(missing(try keys(json)) == [])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    let columns = try #require(object["columns"] as? [[String: Any]])
    #expect(columns.count == CellTable.columnCount + AccumulatedCells.columnCount + RegionMap.columnCount)
    #expect(missing(columns.compactMap { $0["name"] as? String }) == [])
    #expect(missing(columns.compactMap { $0["dtype"] as? String } + columns.compactMap { $0["unit"] as? String }) == [])
  }

  @Test("every key of status, event, end of a series and preview") func others() throws {
    var status = AgentStatus(
      agent: "a", run: "r", timeNs: 1, uptimeS: 1, state: .locked, model: OverlayModel(name: "m", sha256: "s"))
    status.recording = RecordingReport()
    status.latencyMs = AgentStatus.LatencyMs(p50: 1, p95: 1, p99: 1)
    status.stageMs = AgentStatus.StageMs(queued: 1, registration: 1, inference: 1, publication: 1)
    status.lattice = AgentStatus.LatticeState(driftPx: .zero, residualPx: 0)
    status.inputLink.connections = AccessList.Counts()
    var writer = JSONWriter()
    writer.write(status)
    #expect(missing(try keys(writer.bytes)) == [])
    writer.removeAll()
    writer.write(AgentEvent(kind: .rejected, reason: .zero, message: "m"), agent: "a", run: "r", timeNs: 1)
    #expect(missing(try keys(writer.bytes)) == [])
    writer.removeAll()
    writer.write(
      OverlayEnd(source: "s", series: nil, overlays: 1, cause: .silence), agent: "a", run: "r", timeNs: 1)
    #expect(missing(try keys(writer.bytes)) == [])
    writer.removeAll()
    writer.write(Preview(), timeNs: 1)
    #expect(missing(try keys(writer.bytes)) == [])
  }

  @Test("every key of a frame and of the end of its series") func frames() throws {
    var encoder = FrameEncoder()
    let header = FrameHeader(
      source: "abf", series: "s", frame: 1, timeNs: 1, pixelSizeNm: 1, fieldOfViewNm: 1, rotationRad: 1,
      pixelTimeUs: 1, validRows: 1, dosePerA2: 1, isLast: true)
    #expect(missing(try keys(encoder.header(header, width: 16, height: 16, pixelType: .uint16))) == [])
    #expect(missing(try keys(encoder.seriesEnd(source: "abf", series: "s"))) == [])
    #expect(missing(PixelType.allCases.map(\.rawValue)) == [])
  }

  @Test("every topic, form, reason, kind, cause and state") func words() {
    #expect(missing(OverlayTopic.allCases.map(\.rawValue)) == [])
    #expect(missing([OverlayHeader.htype, OverlayEnd.htype, AgentStatus.htype, AgentEvent.htype, Preview.htype]) == [])
    #expect(missing(RejectionReason.allCases.map(\.rawValue)) == [])
    #expect(missing(AgentEvent.Kind.allCases.map(\.rawValue)) == [])
    #expect(missing(OverlayEnd.Cause.allCases.map(\.rawValue)) == [])
    #expect(missing(AgentStatus.State.allCases.map(\.rawValue)) == [])
  }
}
