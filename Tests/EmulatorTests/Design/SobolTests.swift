// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Emulator

@Suite("The design's points")
struct SobolTests {
  /// Points 1, 2, 3, 6 and 9 of the sequence with the direction numbers of Joe and Kuo, as SciPy's `qmc.Sobol` gives them.
  @Test("the sequence is that of Joe and Kuo")
  func known() {
    let points = Array(SobolSequence(dimension: 6).prefix(10))
    #expect(points[1] == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    #expect(points[2] == [0.75, 0.25, 0.25, 0.25, 0.75, 0.75])
    #expect(points[3] == [0.25, 0.75, 0.75, 0.75, 0.25, 0.25])
    #expect(points[6] == [0.625, 0.125, 0.875, 0.625, 0.625, 0.875])
    #expect(points[9] == [0.6875, 0.8125, 0.4375, 0.9375, 0.0625, 0.8125])
  }

  @Test("64 points are even along every axis and fill each of the 64 corners once")
  func evenness() {
    let points = Array(SobolSequence(dimension: 6).prefix(64))
    for axis in 0..<6 {
      for bin in 0..<16 { #expect(points.filter { Int($0[axis] * 16) == bin }.count == 4) }
    }
    let corners = Set(points.map { point in point.map { $0 < 0.5 } })
    #expect(corners.count == 64)
  }

  @Test("starting late is the same as counting on")
  func skipping() {
    let all = Array(SobolSequence(dimension: 6).prefix(40))
    #expect(Array(SobolSequence(dimension: 6, skipping: 17).prefix(23)) == Array(all[17...]))
  }

  @Test("design points lie within their ranges, have both layers, and are other ones for tests")
  func states() {
    let design = EmulatorDesign()
    let points = (0..<64).map { design.point($0) }
    #expect(Set(points).count == 64)
    #expect(Set(points.map(\.seed)).count == 64)
    #expect((28...36).contains(points.filter { $0.startingLayer == 1 }.count))
    for point in points {
      #expect([point.tilt.alpha, point.tilt.beta, point.tilt.gamma].allSatisfy { abs($0) <= design.tiltLimitDegrees })
      #expect(
        abs(point.mistiltMrad.x) <= design.mistiltLimitMrad && abs(point.mistiltMrad.y) <= design.mistiltLimitMrad)
    }
    let tests = (0..<8).map { design.testPoint($0).tilt }
    #expect(Set(tests).count == 8 && Set(tests).isDisjoint(with: points.map(\.tilt)))
    for tilt in tests {
      #expect([tilt.alpha, tilt.beta, tilt.gamma].allSatisfy { abs($0) <= 10 })
    }
  }

  @Test("however few degrees are simulated, some are asked for")
  func smallRange() {
    var design = EmulatorDesign()
    design.tiltLimitDegrees = 0.1
    #expect(abs(design.askedTilts.upperBound - 0.09) < 1e-12)
    #expect(design.askedTilts.lowerBound == -design.askedTilts.upperBound)
    design.tiltLimitDegrees = 10.5
    #expect(design.askedTilts == -10...10)
  }

  @Test("designs out of range are refused, whatever order their numbers are wrong in")
  func refusals() {
    let changes: [(inout EmulatorDesign) -> Void] = [
      { $0.voltageKV = 5 }, { $0.semiangleMrad = 0 }, { $0.outerMrad = -1 }, { $0.innerMrad = 31 },
      { $0.thicknessNm = [4] }, { $0.thicknessNm = [5, 4] }, { $0.thicknessNm = [1, 1000] }, { $0.defocusNodes = 0 },
      { $0.meshX = 0 }, { $0.meshY = 33 }, { $0.mistiltLimitMrad = 21 }, { $0.tiltLimitDegrees = .nan },
    ]
    for change in changes {
      var design = EmulatorDesign()
      change(&design)
      #expect(throws: EmulatorError.self) { try design.checked() }
    }
  }
}
