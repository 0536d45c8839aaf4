// SPDX-License-Identifier: GPL-3.0-or-later
import CAllocationCounter
import Emulator
import FrameIO
import GlazerCore
import Testing

@testable import Agent

@Suite("Allocations")
struct AllocationTests {
  /// Keeps the optimiser from leaving an allocation out.
  @inline(never) private static func allocate(_ count: Int) -> [Int] { Array(repeating: count, count: count) }

  @Test("the counter counts")
  func counter() {
    glazer_allocations_begin()
    let made = (Self.allocate(100), Self.allocate(200))
    let count = glazer_allocations_end()
    #expect(made.0.count + made.1.count == 300)
    #expect(count == -1 || count >= 2)
    glazer_allocations_begin()
    #expect(glazer_allocations_end() <= 0)
  }

  @Test(
    "a locked lattice is decoded, followed, read, accumulated and encoded without allocating, lines straightened or not",
    arguments: [0.15, 0.8])
  func steadyState(lineJitterPx: Double) throws {
    let scan = DriftingScan.scan {
      ($0.width, $0.height) = (192, 192)
      $0.lineJitterPx = lineJitterPx
    }
    let pipeline = try DriftingScan.pipeline()
    var encoder = OverlayEncoder()
    let messages = (0..<14).map { DriftingScan.parts(scan, $0) }
    // Forth and back, so that every index range has been seen before it is counted.
    for (number, time) in (Array(0..<14) + Array((0..<14).reversed()) + Array(0..<14)).enumerated() {
      var parts = messages[time]
      parts[0] = DriftingScan.header(scan, number)
      try parts[0].withUnsafeBytes { header in
        try parts[1].withUnsafeBytes { pixels in
          try [header, pixels].withUnsafeBufferPointer { buffers in
            glazer_allocations_begin()
            let outcome = pipeline.process(parts: buffers, receivedNs: 1)
            let inPipeline = glazer_allocations_end()
            #expect(outcome == .overlay)
            glazer_allocations_begin()
            let bytes = encoder.encode(pipeline.header, cells: pipeline.cells, accumulated: pipeline.accumulated)
            let sent = pipeline.cells.withMessage(
              topic: .overlay, header: bytes, accumulated: pipeline.accumulated, regions: pipeline.header.regions
            ) { $0.reduce(0) { $0 + $1.count } }
            let inEncoder = glazer_allocations_end()
            try #require(sent > 1000)
            guard number >= 28 else { return }
            #expect(pipeline.header.lattice.locked)
            #expect(pipeline.header.regions?.count == pipeline.cells.count)
            #expect(inPipeline <= 0, "frame \(number)")
            #expect(inEncoder <= 0, "frame \(number)")
          }
        }
      }
    }
  }
}
