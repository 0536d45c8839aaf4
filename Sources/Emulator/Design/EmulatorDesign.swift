// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import Multislice

/// What simulations an emulator is fitted to, whatever the crystal: the instrument, the nodes, the ranges, and by number the
/// state of every simulation.
public struct EmulatorDesign: Codable, Sendable, Hashable {
  public var voltageKV = 200.0
  public var semiangleMrad = 30.0
  public var innerMrad = 11.0
  public var outerMrad = 30.0
  public var thicknessNm = [4.0, 20.0]
  /// Images are made at this many Chebyshev nodes of −limit … limit; positive defocus is underfocus.
  public var defocusNodes = 9
  public var defocusLimitA = 40.0
  /// Half-width of the square of specimen mistilts, mrad.
  public var mistiltLimitMrad = 3.0
  /// Half-width of the tilt cube, degrees: a little beyond the ±10° that are drawn from it, so that no query extrapolates.
  public var tiltLimitDegrees = 10.5
  public var meshX = 4
  public var meshY = 3

  public init() {}

  /// Chebyshev nodes, ascending, Å.
  public var defociA: [Double] {
    (0..<defocusNodes).map { -defocusLimitA * cos(Double.pi * (Double($0) + 0.5) / Double(defocusNodes)) }
  }

  /// State of simulation `index`: a Sobol sequence over the tilts, the mistilt and the starting layer; the atoms of each
  /// move by random numbers of its own.
  func point(_ index: Int) -> DesignPoint {
    var sequence = SobolSequence(dimension: 6, skipping: index + 1)
    let x = (sequence.next() ?? Array(repeating: 0.5, count: 6)).map { 2 * $0 - 1 }
    return DesignPoint(
      tilt: TiltAngles(
        alpha: tiltLimitDegrees * x[0], beta: tiltLimitDegrees * x[1], gamma: tiltLimitDegrees * x[2]),
      mistiltMrad: mistiltLimitMrad * SIMD2(x[3], x[4]), startingLayer: x[5] < 0 ? 0 : 1, seed: UInt64(index) + 1)
  }

  /// State of test `index`: further on in the same sequence, of the points there that an emulator answers for (`askedTilts`).
  /// Tests a thousand apart are repeats of one state with other displacements.
  func testPoint(_ index: Int) -> DesignPoint {
    var left = index % Self.mostTests
    var number = Self.firstTest
    while true {
      let point = point(number)
      let angles = [point.tilt.alpha, point.tilt.beta, point.tilt.gamma]
      if angles.allSatisfy(askedTilts.contains) {
        if left == 0 { return point }
        left -= 1
      }
      number += 1
    }
  }

  /// Degrees about each axis that images are asked for: half a degree less than what is simulated.
  var askedTilts: ClosedRange<Double> {
    let limit = max(tiltLimitDegrees - 0.5, 0.9 * tiltLimitDegrees)
    return -limit...limit
  }

  /// The instrument.
  public var imaging: TrainedConditions.Imaging {
    TrainedConditions.Imaging(
      voltageKV: voltageKV, semiAngleMrad: semiangleMrad, detectorMrad: [innerMrad, outerMrad])
  }

  func isOfInstrument(_ other: EmulatorDesign) -> Bool { imaging == other.imaging }

  /// The values that are not the same, by name.
  func differences(from other: EmulatorDesign) -> [(name: String, own: String, other: String)] {
    zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { own, other in
      let (a, b) = ("\(own.value)", "\(other.value)")
      return a == b ? nil : (own.label ?? "", a, b)
    }
  }

  public static let mostTests = 1000

  /// More simulations than anybody learns from.
  static let firstTest = 1 << 14

  /// Checks what comes from a file or a command line.
  func checked() throws(EmulatorError) -> EmulatorDesign {
    func check(_ what: String, _ value: Double, _ range: ClosedRange<Double>) throws(EmulatorError) {
      guard range.contains(value) else {
        throw .badDesign(what: what, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
      }
    }
    try check("voltage, kV", voltageKV, 60...300)
    try check("semi-angle, mrad", semiangleMrad, 1...60)
    try check("outer angle of the detector, mrad", outerMrad, 0.1...200)
    try check("inner angle of the detector, mrad", innerMrad, 0...max(0, outerMrad - 0.1))
    guard thicknessNm.count == 2 else {
      throw .badDesign(what: "thickness, nm", expected: "two numbers", found: "\(thicknessNm)")
    }
    try check("largest thickness, nm", thicknessNm[1], 0.5...100)
    try check("smallest thickness, nm", thicknessNm[0], 0.5...thicknessNm[1])
    try check("defocus nodes", Double(defocusNodes), 1...32)
    // Nodes at one place would leave nothing to interpolate between.
    try check("largest defocus, Å", defocusLimitA, (defocusNodes == 1 ? 0 : 0.1)...500)
    try check("largest mistilt, mrad", mistiltLimitMrad, 0...20)
    try check("largest tilt, degrees", tiltLimitDegrees, 0.1...20)
    try check("mesh", Double(min(meshX, meshY)), 1...32)
    try check("mesh", Double(max(meshX, meshY)), 1...32)
    return self
  }
}

/// The state of one simulation: what differs from one to the next.
struct DesignPoint: Sendable, Hashable {
  var tilt: TiltAngles
  /// Simulated beside no mistilt at all.
  var mistiltMrad: SIMD2<Double>
  /// Which atomic layer is on top: 0 holds A, B and O, 1 only O.
  var startingLayer: Int
  /// Of the atoms' displacements.
  var seed: UInt64

  static let origin = DesignPoint(tilt: .zero, mistiltMrad: .zero, startingLayer: 0, seed: 0)
}
