// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

#if canImport(Glibc)
  import Glibc
#endif

/// Factors on the standard deviations that a network states of q, c and s, and on those of p and r that follow from them
/// (`SplitExpectation`), so that 68.3 % of the errors fall within them: one factor each, or one that depends on the deviation
/// stated, since a network tends to be too sure of its worst readings and too modest about its best.
///
/// In a model file (`sigma_scale`) five values, each a number or an array of [stated deviation in degrees, factor]; of three, those of
/// p and r are 1.
public struct SigmaScale: Sendable, Hashable {
  static let expected = "three or five positive numbers, or ascending pairs of a deviation and its factor"
  /// At most so many points each.
  static let mostPoints = 64

  public struct Point: Sendable, Hashable {
    /// Degrees.
    public var stated: Double
    public var factor: Double
    fileprivate let logStated: Double

    public init(stated: Double, factor: Double) {
      self.stated = stated
      self.factor = factor
      logStated = log(stated)
    }
  }

  /// Of q, c, s, p and r, by ascending stated deviation; a single point is a factor for all.
  public let curves: [[Point]]

  public init(curves: [[Point]]) {
    let one = [Point(stated: 1, factor: 1)]
    self.curves = curves.count == 3 ? curves + [one, one] : curves
  }

  public static let one: SigmaScale = [1, 1, 1]

  /// `stated` (degrees) of curve `k` times its factor: straight lines over the logarithm, level beyond the ends. O(points).
  func scaled(_ stated: Double, _ k: Int) -> Double {
    let points = curves[k]
    guard points.count > 1 else { return stated * (points.first?.factor ?? 1) }
    let x = log(stated)
    var n = 0
    while n < points.count - 2, x > points[n + 1].logStated { n += 1 }
    let (a, b) = (points[n], points[n + 1])
    let share = min(max((x - a.logStated) / (b.logStated - a.logStated), 0), 1)
    return stated * (a.factor + share * (b.factor - a.factor))
  }

  /// Five curves, each with points in ascending order of positive finite numbers.
  var isUsable: Bool {
    curves.count == 5
      && curves.allSatisfy { points in
        (1...Self.mostPoints).contains(points.count)
          && points.allSatisfy { $0.factor.isFinite && $0.factor > 0 && $0.stated.isFinite && $0.stated > 0 }
          && zip(points, points.dropFirst()).allSatisfy { $0.stated < $1.stated }
      }
  }
}

extension SigmaScale: ExpressibleByArrayLiteral {
  public init(arrayLiteral factors: Double...) {
    self.init(curves: factors.map { [Point(stated: 1, factor: $0)] })
  }
}

extension SigmaScale: Codable {
  private enum Curve: Codable {
    case factor(Double)
    case points([[Double]])

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let factor = try? value.decode(Double.self) {
        self = .factor(factor)
      } else {
        self = .points(try value.decode([[Double]].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var value = encoder.singleValueContainer()
      switch self {
      case .factor(let factor): try value.encode(factor)
      case .points(let points): try value.encode(points)
      }
    }
  }

  public init(from decoder: any Decoder) throws {
    self.init(
      curves: try [Curve](from: decoder).map { curve in
        switch curve {
        case .factor(let factor): [Point(stated: 1, factor: factor)]
        // A point that is no pair fails the check for usable numbers.
        case .points(let pairs): pairs.map { Point(stated: $0.first ?? .nan, factor: $0.count == 2 ? $0[1] : .nan) }
        }
      })
  }

  public func encode(to encoder: any Encoder) throws {
    try curves.map { points in
      points.count == 1 ? Curve.factor(points[0].factor) : .points(points.map { [$0.stated, $0.factor] })
    }.encode(to: encoder)
  }
}
