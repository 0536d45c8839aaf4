// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Emulator

/// One Gaussian column on a bright background that q moves along y, and two that p and r split: everything known on paper.
struct MovingColumn: CellImageSource {
  let gridWidth = 64
  let gridHeight = 96
  let pseudoCubicA = 3.905
  let tiltRangeDegrees = -10.0...10.0
  let thicknessRangeNm = 4.0...20.0
  let defocusRangeA = -40.0...40.0

  static let background = 1.0
  static let depth = 0.01
  static let widthA = 0.5
  /// Å of movement per degree.
  static let perDegree = 0.05
  var splits = true

  var lengthsA: SIMD2<Double> { SIMD2(Double(2).squareRoot() * pseudoCubicA, 2 * pseudoCubicA) }

  func makeWorkspace() {}

  func render(_ state: ImagingState, into grid: inout [Float], workspace: inout ()) {
    let length = lengthsA
    let tilt = state.tilt
    for y in 0..<gridHeight {
      for x in 0..<gridWidth {
        func column(_ dx: Double, _ dy: Double) -> Double {
          let d =
            SIMD2(Double(x) / Double(gridWidth) - 0.5, Double(y) / Double(gridHeight) - 0.5) * length - SIMD2(dx, dy)
          return exp(-(d * d).sum() / (2 * Self.widthA * Self.widthA))
        }
        let along = Self.perDegree * tilt.q
        let split = splits ? Self.perDegree * SIMD2(tilt.r, -tilt.p) : .zero
        let value = (column(split.x, along + split.y) + column(-split.x, along - split.y)) / 2
        // A little of the defocus acts as a scale, so that it has a derivative.
        grid[y * gridWidth + x] = Float(Self.background - Self.depth * value * (1 + 1e-3 * state.defocusA))
      }
    }
  }
}

@Suite struct AnalyticBoundTests {
  static let state = ImagingState(tilt: .zero, thicknessNm: 10, defocusA: 0, sourceFWHMA: 0)

  /// A weak Gaussian column of depth A and width s on background B that moves by m per degree: F = A² m² π / (2 B · area)
  /// per electron. Known alone, so that nothing else takes part.
  @Test func aGaussianThatMoves() throws {
    let source = MovingColumn(splits: false)
    let area = source.lengthsA.x * source.lengthsA.y
    let sigma = try BoundCalculator(source: source, nuisance: []).bound(Self.state)
    let m = MovingColumn.perDegree * MovingColumn.depth
    let expected = (2 * MovingColumn.background * area / (m * m * Double.pi)).squareRoot()
    // The background is darker by 1 % at the column.
    #expect(abs(sigma.q / expected - 1) < 0.01)
    #expect(sigma.p == .infinity && sigma.r == .infinity)
  }

  /// The only column moves as the whole image does: with the shift unknown, nothing is known of q.
  @Test func whatAShiftImitatesIsNotInformation() throws {
    let source = MovingColumn(splits: false)
    #expect(try BoundCalculator(source: source, nuisance: .scale).bound(Self.state).q.isFinite)
    #expect(try BoundCalculator(source: source, nuisance: .shift).bound(Self.state).q == .infinity)
  }

  /// Defocus and scale are the same thing here, but for the constant; both unknown, the others lose nothing that they had.
  @Test func aRedundantNuisanceParameterDoesNoHarm() throws {
    let source = MovingColumn()
    var state = Self.state
    state.tilt = TiltAngles(p: 4, q: 1, r: 3)
    let one = try BoundCalculator(source: source, nuisance: [.scale, .offset]).bound(state)
    let two = try BoundCalculator(source: source, nuisance: [.scale, .offset, .defocus]).bound(state)
    #expect(one.p.isFinite && one.r.isFinite)
    for path in [\TiltBound.p, \.q, \.r] { #expect(abs(two[keyPath: path] / one[keyPath: path] - 1) < 0.01) }
    // More unknowns never help.
    let none = try BoundCalculator(source: source, nuisance: []).bound(state)
    for path in [\TiltBound.p, \.q, \.r] { #expect(none[keyPath: path] <= one[keyPath: path] * 1.0001) }
  }

  @Test func doseAndArea() throws {
    let bound = try BoundCalculator(source: MovingColumn(), nuisance: .scale).bound(
      ImagingState(tilt: TiltAngles(p: 4, q: 1, r: 3), thicknessNm: 10, defocusA: 0, sourceFWHMA: 0))
    let a = bound.standardDeviations(dosePerA2: 1e5, areaA2: 21.57)
    let b = bound.standardDeviations(dosePerA2: 4e5, areaA2: 21.57)
    let c = bound.standardDeviations(dosePerA2: 1e5, areaA2: 4 * 21.57)
    #expect(abs(a.p / b.p - 2) < 1e-9 && abs(a.r / c.r - 2) < 1e-9 && b.q == c.q)
  }

  /// Two weak Gaussians ± δ apart against one of the same place: ∫ of the squared difference is
  /// π s² A² (3/2 + ½ e^(−δ²/s²) − 2 e^(−δ²/4s²)).
  @Test func theDistanceOfTwoColumnsFromOne() throws {
    let source = MovingColumn()
    let curve = try BoundCalculator(source: source, nuisance: []).detectionCurve(Self.state)
    let s = MovingColumn.widthA
    let area = source.lengthsA.x * source.lengthsA.y
    for (rho, d) in zip(curve.rhoDegrees, curve.distinguishability) {
      let x = pow(MovingColumn.perDegree * rho / s, 2)
      let integral = Double.pi * s * s * pow(MovingColumn.depth, 2) * (1.5 + 0.5 * exp(-x) - 2 * exp(-x / 4))
      #expect(abs(d / (integral / (area * MovingColumn.background)).squareRoot() - 1) < 0.02)
    }
  }

  /// With d′ ∝ ρ² a hundred times the dose divides the limit by √10; beyond the curve there is none.
  @Test func theLimitGoesWithTheFourthRootOfTheDose() {
    let curve = DetectionCurve(rhoDegrees: [1, 2, 4], distinguishability: [0.01, 0.04, 0.16])
    let limits = [1e3, 1e5, 1e7].map { curve.limit(dosePerA2: $0, areaA2: 1) }
    for (a, b) in zip(limits, limits.dropFirst()) { #expect(abs(a / b - 10.0.squareRoot()) < 1e-9) }
    // d′ = 2 at ρ with 0.01 ρ² √N = 2.
    #expect(abs(limits[1] - (2 / 0.01 / 1e5.squareRoot()).squareRoot()) < 1e-9)
    #expect(curve.limit(dosePerA2: 100, areaA2: 1) == .infinity)
  }

  @Test func statesBeyondTheSourceAreRefused() {
    let calculator = BoundCalculator(source: MovingColumn())
    var state = Self.state
    state.thicknessNm = 50
    #expect(throws: EmulatorError.self) { try calculator.bound(state) }
    state = Self.state
    state.tilt = TiltAngles(alpha: 0, beta: 0, gamma: 11)
    #expect(throws: EmulatorError.self) { try calculator.bound(state) }
  }
}
