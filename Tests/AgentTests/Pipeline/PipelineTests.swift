// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Testing

@testable import Agent

@Suite("Pipeline")
struct PipelineTests {
  private func pipeline(_ change: (inout AgentConfiguration) -> Void = { _ in }) throws -> Pipeline {
    var configuration = AgentConfiguration()
    change(&configuration)
    return Pipeline(
      model: try TestScan.model(), configuration: configuration, identity: RunIdentity(agent: "test", run: "run"))
  }

  @Test("the first frame is searched, the next ones are followed, and columns stand where the crystal's stand")
  func series() throws {
    let pipeline = try pipeline()
    for number in 0..<4 {
      #expect(pipeline.process(TestScan.parts(number)) == .overlay)
      let header = pipeline.header
      #expect(header.lattice.locked == (number > 0))
      #expect(header.frame == Int64(number))
      #expect(header.image.pixelSizeFrom == .frame && header.image.pixelSizeNm == 0.02)
      let times = header.times
      let stamps = [times.received, times.started, times.registered, times.inferred]
      #expect(stamps == stamps.sorted())
      #expect(times.source == 1_700_000_000_000_000_000)

      let truth = TestScan.scan.truth(number).lattice
      let cells = pipeline.cells
      #expect(cells.count > 90)
      for row in 0..<cells.count {
        let found = Vector2(Double(cells.x[row]), Double(cells.y[row]))
        let at = truth.coordinates(of: found)
        let nearest = truth.position(at.x.rounded(), at.y.rounded())
        #expect((found - nearest).length < 0.5, "column \(cells.i[row]), \(cells.j[row]) of frame \(number)")
      }
    }
    #expect(pipeline.state == .locked)
    #expect(pipeline.counters.received == 4)
    #expect(pipeline.counters.total == OverlayInput())
  }

  @Test("columns keep their indices while the crystal drifts")
  func indices() throws {
    let pipeline = try pipeline()
    #expect(pipeline.process(TestScan.parts(0)) == .overlay)
    let first = pipeline.header.lattice.lattice
    for number in 1..<4 { #expect(pipeline.process(TestScan.parts(number)) == .overlay) }
    let moved = pipeline.header.lattice.lattice.origin - first.origin
    let expected = TestScan.scan.truth(3).lattice.origin - TestScan.scan.truth(0).lattice.origin
    #expect((moved - expected).length < 0.3)
  }

  @Test("hostile messages are refused by reason; the pipeline goes on and keeps its lattice")
  func hostile() throws {
    let pipeline = try pipeline()
    #expect(pipeline.process(TestScan.parts(0)) == .overlay)
    let good = TestScan.parts(1)
    let hostile: [(RejectionReason, [[UInt8]])] = [
      (.malformed, []),
      (.malformed, [[]]),
      (.malformed, [Array("{".utf8), good[1]]),
      (.malformed, [good[0], Array(good[1].dropLast())]),
      (.malformed, [good[0], good[1], good[1], good[1]]),
      (.malformed, [Array(#"{"dtype":"complex64","shape":[16,16]}"#.utf8), good[1]]),
      (.malformed, [Array(#"{"dtype":"<u2","shape":[-1,16]}"#.utf8), good[1]]),
      (.oversized, [Array(#"{"dtype":"<u2","shape":[9000000,9000000]}"#.utf8), good[1]]),
      (.oversized, [Array("{".utf8) + Array(repeating: UInt8(ascii: " "), count: 1 << 20), good[1]]),
      (.malformed, [Array("topic".utf8), good[1]]),
      (.tooSmall, [Array(#"{"dtype":"<u2","shape":[2,2]}"#.utf8), [0, 0, 0, 0, 0, 0, 0, 0]]),
    ]
    for (reason, parts) in hostile {
      guard case .rejected(let rejection) = pipeline.process(parts) else {
        Issue.record("\(reason): taken for a frame")
        continue
      }
      #expect(rejection.reason == reason, "\(rejection.message)")
      #expect(rejection.isMessage)
    }
    #expect(pipeline.process(TestScan.parts(1 + hostile.count)) == .overlay)
    // Every refused message may have been one of the missing numbers.
    #expect(pipeline.header.input == OverlayInput(gap: 0, skipped: 0, rejected: UInt64(hostile.count)))
    #expect(pipeline.header.lattice.locked)
    #expect(pipeline.counters.received == UInt64(hostile.count + 2))
  }

  @Test("frames without information are refused by reason; after them the lattice is found again")
  func empty() throws {
    let pipeline = try pipeline()
    #expect(pipeline.process(TestScan.parts(0)) == .overlay)
    let frames: [(RejectionReason, [[UInt8]])] = [
      (.zero, TestScan.constant(1, value: 0)), (.constant, TestScan.constant(2, value: 700)),
      (.noValidPixels, TestScan.constant(3, value: .nan, type: .float32)), (.noLattice, TestScan.noise(4)),
      (.noLattice, TestScan.noise(5)),
    ]
    for (reason, parts) in frames {
      guard case .rejected(let rejection) = pipeline.process(parts) else {
        Issue.record("\(reason): taken for a frame")
        continue
      }
      #expect(rejection.reason == reason && !rejection.isMessage)
      #expect(pipeline.counters.count(reason) >= 1)
    }
    #expect(pipeline.state == .lost)
    #expect(pipeline.process(TestScan.parts(6)) == .overlay)
    #expect(!pipeline.header.lattice.locked)
    #expect(pipeline.events.map(\.kind) == [.latticeFound])
    #expect(pipeline.header.input.rejected == 5)
    #expect(pipeline.process(TestScan.parts(7)) == .overlay)
    #expect(pipeline.header.lattice.locked)
  }

  @Test("gaps and skipped frames are told in the next overlay")
  func gaps() throws {
    let pipeline = try pipeline()
    #expect(pipeline.process(TestScan.parts(0)) == .overlay)
    #expect(pipeline.process(TestScan.parts(8), skipped: 3) == .overlay)
    #expect(pipeline.header.input == OverlayInput(gap: 4, skipped: 3, rejected: 0))
    #expect(pipeline.process(TestScan.parts(9)) == .overlay)
    #expect(pipeline.header.input == OverlayInput())
  }

  @Test("the pixel size comes from the frame, else from the configuration, else from the lattice")
  func pixelSize() throws {
    let plain = try pipeline()
    #expect(plain.process(TestScan.parts(0, pixelSize: false)) == .overlay)
    #expect(plain.header.image.pixelSizeFrom == .lattice)
    let measured = try #require(plain.header.image.pixelSizeNm)
    #expect(abs(measured - 0.02) < 0.0002)
    let configured = try pipeline { $0.instrument.pixelSizeNm = 0.0201 }
    #expect(configured.process(TestScan.parts(0, pixelSize: false)) == .overlay)
    #expect(configured.header.image.pixelSizeFrom == .configuration)
    #expect(configured.header.image.pixelSizeNm == 0.0201)
  }

  @Test("another series starts a new search; the end of one is told")
  func newSeries() throws {
    let pipeline = try pipeline()
    #expect(pipeline.process(TestScan.parts(0)) == .overlay)
    #expect(pipeline.process(TestScan.parts(0, series: "t")) == .overlay)
    #expect(!pipeline.header.lattice.locked)
    let end = [Array(#"{"htype":"series_end-1.0","series":"t"}"#.utf8)]
    #expect(pipeline.process(end) == .seriesEnd(source: nil, series: "t"))
    pipeline.seriesEnded()
    #expect(pipeline.process(TestScan.parts(1, series: "t")) == .overlay)
    #expect(!pipeline.header.lattice.locked)
  }
}
