// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Emulator

@Suite("Leading modes of an axis")
struct LeadingModesTests {
  private static let (slabs, size, inner) = (5, 6, 20)

  /// [slab][axis][inner]; along the axis six directions of falling size.
  private static func tensor() -> [Float] {
    var random = SeededRandom(seed: 3)
    let directions = (0..<size).map { _ in (0..<size).map { _ in random.gaussian() } }
    var tensor = [Float](repeating: 0, count: slabs * size * inner)
    for slab in 0..<slabs {
      for n in 0..<inner {
        for (d, direction) in directions.enumerated() {
          let amount = 1 / Double(1 << (2 * d)) * random.gaussian()
          for axis in 0..<size { tensor[(slab * size + axis) * inner + n] += Float(amount * direction[axis]) }
        }
      }
    }
    return tensor
  }

  private static func power(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) } }

  private static func modes(_ x: [Float], discarded: Double, limit: Int) throws -> LeadingModes {
    var gram = [Double](repeating: 0, count: size * size)
    LeadingModes.add(x, slabs: slabs, size: size, inner: inner, to: &gram)
    let trace = (0..<size).reduce(0) { $0 + gram[$1 * size + $1] }
    #expect(abs(trace / power(x) - 1) < 1e-5)
    return try LeadingModes(gram: gram, size: size, discarded: discarded, limit: limit)
  }

  @Test("as few modes as lose at most what was allowed, and no more", arguments: [0.3, 0.03, 1e-3, 1e-4])
  func share(allowed: Double) throws {
    let x = Self.tensor()
    let total = Self.power(x)
    let modes = try Self.modes(x, discarded: allowed * total, limit: Self.size)
    func lost(_ modes: LeadingModes) -> Double {
      total - Self.power(modes.project(x, slabs: Self.slabs, inner: Self.inner))
    }
    #expect(lost(modes) <= allowed * total + 1e-5 * total)
    guard modes.count > 1 else { return }
    let fewer = try Self.modes(x, discarded: 0, limit: modes.count - 1)
    #expect(fewer.count == modes.count - 1)
    #expect(lost(fewer) > allowed * total)
  }

  /// Images are a mean fifty times as strong as all that is wanted of them: in single precision its rounding is stronger than
  /// the modes that count.
  @Test("a mode ten thousand times weaker than the mean is found")
  func weakMode() throws {
    var random = SeededRandom(seed: 5)
    let weak = (0..<Self.size).map { Float($0.isMultiple(of: 2) ? 1 : -1) / Float(Self.size).squareRoot() }
    var tensor: [Float] = []
    for _ in 0..<Self.slabs {
      let amounts = (0..<Self.inner).map { _ in Float(0.01 * random.gaussian()) }
      for axis in 0..<Self.size { tensor += amounts.map { 100 + $0 * weak[axis] } }
    }
    let modes = try Self.modes(tensor, discarded: 0, limit: 2)
    let alignment = (0..<Self.size).reduce(Float(0)) { $0 + weak[$1] * modes.basis[$1 * modes.count + 1] }
    #expect(abs(alignment) > 0.999)
  }

  @Test("the basis is orthonormal, and all modes lose nothing")
  func orthonormal() throws {
    let x = Self.tensor()
    let modes = try Self.modes(x, discarded: 0, limit: Self.size)
    #expect(modes.count == Self.size)
    for a in 0..<modes.count {
      for b in 0..<modes.count {
        var dot = Float(0)
        for n in 0..<Self.size { dot += modes.basis[n * modes.count + a] * modes.basis[n * modes.count + b] }
        #expect(abs(dot - (a == b ? 1 : 0)) < 1e-5)
      }
    }
    let projected = modes.project(x, slabs: Self.slabs, inner: Self.inner)
    #expect(abs(Self.power(projected) / Self.power(x) - 1) < 1e-5)
  }

  @Test("an axis without anything on it keeps one mode")
  func nothing() throws {
    let modes = try LeadingModes(gram: [0, 0, 0, 0], size: 2, discarded: 0, limit: 5)
    #expect(modes.count == 1)
  }
}
