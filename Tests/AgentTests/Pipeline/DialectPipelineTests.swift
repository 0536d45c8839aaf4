// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Inference
import Testing

@testable import Agent

/// Partial scans, leftovers and a detector's own messages on their way through the pipeline.
@Suite("Dialects in the pipeline")
struct DialectPipelineTests {
  private func pipeline() throws -> Pipeline {
    Pipeline(
      model: try TestScan.model(), configuration: AgentConfiguration(),
      identity: RunIdentity(agent: "test", run: "run"))
  }

  /// Frame `number` with `rows` of its 176 rows scanned; below them `rest`.
  private func partial(_ number: Int, rows: Int, rest: UInt8 = 0) -> [[UInt8]] {
    var parts = TestScan.parts(number)
    parts[0].removeLast()
    parts[0] += Array(",\"valid_rows\":\(rows)}".utf8)
    for i in rows * 192 * 2..<parts[1].count { parts[1][i] = rest }
    return parts
  }

  @Test("what lies below the valid rows is in no lattice and in no cell")
  func validRows() throws {
    // As text, in which NaN equals NaN.
    var tables: [String] = []
    for rest in [0, 77, 255] as [UInt8] {
      let pipeline = try pipeline()
      #expect(pipeline.process(partial(0, rows: 100, rest: rest)) == .overlay)
      #expect(pipeline.header.image.width == 192 && pipeline.header.image.height == 176)
      #expect(pipeline.frame.image.height == 176 && pipeline.frame.image.pixels[(100 * 192)...].allSatisfy { $0.isNaN })
      let cells = pipeline.cells
      #expect(cells.count > 30)
      let truth = TestScan.scan.truth(0).lattice
      for row in 0..<cells.count {
        #expect(cells.y[row] < 100)
        // What a patch lacks at the last row lies outside, and is nothing bad.
        #expect(!CellFlags(rawValue: cells.flags[row]).contains(.badPixels))
        let found = Vector2(Double(cells.x[row]), Double(cells.y[row]))
        let at = truth.coordinates(of: found)
        #expect((found - truth.position(at.x.rounded(), at.y.rounded())).length < 0.6)
      }
      tables.append("\(cells)")
    }
    #expect(tables[0] == tables[1] && tables[1] == tables[2])
  }

  @Test("a scan that grows row by row is refused, then searched, then followed")
  func growing() throws {
    let pipeline = try pipeline()
    for (rows, reason) in [(0, RejectionReason.noValidPixels), (12, .tooSmall)] {
      guard case .rejected(let rejection) = pipeline.process(partial(0, rows: rows)) else {
        Issue.record("\(rows) rows were taken")
        continue
      }
      #expect(rejection.reason == reason && !rejection.isMessage)
    }
    var counts: [Int] = []
    for (step, rows) in [100, 140, 176].enumerated() {
      #expect(pipeline.process(partial(0, rows: rows)) == .overlay)
      #expect(pipeline.header.lattice.locked == (step > 0))
      counts.append(pipeline.cells.count)
    }
    #expect(counts == counts.sorted() && counts[0] < counts[2])
    #expect(pipeline.counters.received == 5 && pipeline.counters.total.gap == 0)
  }

  @Test("leftovers of a series are dropped, counted by a reason of their own, and no gap")
  func leftovers() throws {
    let pipeline = try pipeline()
    #expect(pipeline.process(TestScan.parts(0, series: "s")) == .overlay)
    #expect(pipeline.process(TestScan.parts(0, series: "t")) == .overlay)
    for number in 1...3 {
      guard case .rejected(let rejection) = pipeline.process(TestScan.parts(number, series: "s")) else {
        Issue.record("a leftover was taken")
        continue
      }
      #expect(rejection.reason == .leftover && rejection.isMessage)
      #expect(rejection.message == "leftover of series s while series t runs")
    }
    #expect(pipeline.process(TestScan.parts(2, series: "t")) == .overlay)
    #expect(pipeline.header.lattice.locked && pipeline.header.series == "t")
    #expect(pipeline.header.input == OverlayInput(gap: 1, skipped: 0, rejected: 3))
    #expect(pipeline.counters.count(.leftover) == 3 && pipeline.counters.received == 6)
  }

  private func simplon(_ number: Int, series: Int) -> [[UInt8]] {
    [
      Array(#"{"htype":"dimage-1.0","series":\#(series),"frame":\#(number),"hash":"0"}"#.utf8),
      Array(#"{"htype":"dimage_d-1.0","shape":[192,176],"type":"uint16","encoding":"<","size":67584}"#.utf8),
      TestScan.parts(number)[1], Array(#"{"htype":"dconfig-1.0","start_time":0,"stop_time":1,"real_time":1}"#.utf8),
      Array(#"{"pixel_size_nm":0.02}"#.utf8),
    ]
  }

  private func mark(_ type: String, series: Int) -> [[UInt8]] {
    [Array(#"{"htype":"\#(type)","series":\#(series),"header_detail":"none"}"#.utf8)]
  }

  @Test("a detector's frames give the overlays of the same native frames; every message is counted once")
  func detector() throws {
    let (native, pipeline) = (try pipeline(), try pipeline())
    // The last frame of a series whose beginning was not seen.
    #expect(pipeline.process(simplon(3, series: 4)) == .overlay)
    #expect(pipeline.process(mark("dheader-1.0", series: 5)) == .seriesStart(series: "5"))
    pipeline.seriesEnded()
    for number in 0..<3 {
      #expect(native.process(TestScan.parts(number)) == .overlay)
      #expect(pipeline.process(simplon(number, series: 5)) == .overlay)
      #expect("\(pipeline.cells)" == "\(native.cells)" && pipeline.header.lattice.locked == (number > 0))
      #expect(pipeline.header.series == "5" && pipeline.header.image.pixelSizeFrom == .frame)
      // Of the aborted series before.
      guard case .rejected(let rejection) = pipeline.process(simplon(4 + number, series: 4)) else {
        Issue.record("a leftover was taken")
        continue
      }
      #expect(rejection.reason == .leftover)
    }
    guard case .rejected = pipeline.process(mark("dseries_end-1.0", series: 4)) else {
      Issue.record("the end of another series was taken")
      return
    }
    #expect(pipeline.process(mark("dseries_end-1.0", series: 5)) == .seriesEnd(source: nil, series: "5"))
    guard case .rejected = pipeline.process(simplon(3, series: 5)) else {
      Issue.record("a straggler was taken")
      return
    }
    let counters = pipeline.counters
    #expect(counters.received == 11 && counters.seriesStarts == 1 && counters.seriesEnds == 1)
    #expect(counters.count(.leftover) == 5 && counters.total.gap == 0)
  }

  @Test("a dialect that was not chosen is refused, a new choice holds from the next message")
  func chosen() throws {
    var configuration = AgentConfiguration()
    configuration.input.dialect = .stream2
    let model = try TestScan.model()
    let pipeline = Pipeline(model: model, configuration: configuration, identity: RunIdentity(agent: "a", run: "r"))
    guard case .rejected(let rejection) = pipeline.process(simplon(0, series: 4)) else {
      Issue.record("SIMPLON was taken for stream2")
      return
    }
    #expect(rejection.reason == .malformed)
    configuration.input.dialect = .simplon
    pipeline.adopt(CellReader(model: model), configuration)
    #expect(pipeline.process(simplon(0, series: 4)) == .overlay)
  }
}
