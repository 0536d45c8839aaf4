// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

#if canImport(Glibc)
  import Glibc
#endif

/// A closed interval, written `[lower, upper]` in configurations and metadata. Equal bounds fix the value.
public struct Interval: Sendable, Hashable, Codable {
  public var lower: Double
  public var upper: Double

  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  public init(_ range: ClosedRange<Double>) { self.init(range.lowerBound, range.upperBound) }

  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    // TOML tells 20 from 20.0, people do not.
    func number() throws -> Double {
      // Asked here, for TOMLKit ends the program where it is asked for more than there is.
      guard !values.isAtEnd else { throw Self.wrongCount(values) }
      if let value = try? values.decode(Double.self) { return value }
      return Double(try values.decode(Int.self))
    }
    lower = try number()
    upper = try number()
    guard values.isAtEnd else { throw Self.wrongCount(values) }
  }

  private static func wrongCount(_ values: any UnkeyedDecodingContainer) -> DecodingError {
    .dataCorrupted(.init(codingPath: values.codingPath, debugDescription: "expected two numbers, [lower, upper]"))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    try values.encode(lower)
    try values.encode(upper)
  }

  func draw(_ random: inout SeededRandom) -> Double { random.uniform(lower, upper) }

  /// Uniform in the logarithm; the bounds are positive.
  func drawLogarithmic(_ random: inout SeededRandom) -> Double { exp(random.uniform(log(lower), log(upper))) }
}
