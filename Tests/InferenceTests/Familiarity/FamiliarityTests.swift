// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Testing

@Suite struct FamiliarityTests {
  static func features(_ patch: [Float], width: Int, height: Int) -> [Float] {
    var features = [Float](repeating: .nan, count: Familiarity.featureCount)
    patch.withUnsafeBufferPointer { patch in
      features.withUnsafeMutableBufferPointer {
        Familiarity.features(of: patch, width: width, height: height, into: $0)
      }
    }
    return features
  }

  @Test func boxesTileThePatch() {
    let standard = PatchGeometry.standard
    let patch = (0..<standard.count).map { Float($0 / 4 % 8 + 100 * ($0 / (4 * standard.width))) }
    let features = Self.features(patch, width: standard.width, height: standard.height)
    for y in 0..<12 { for x in 0..<8 { #expect(features[y * 8 + x] == Float(x + 100 * y)) } }
  }

  @Test func oddSizesLoseNoPixel() {
    let (width, height) = (13, 29)
    for place in [0, 12, 28 * 13, width * height - 1, 200] {
      var patch = [Float](repeating: 0, count: width * height)
      patch[place] = 1
      #expect(Self.features(patch, width: width, height: height).contains { $0 > 0 })
    }
  }

  @Test func scoreIsTheExplainedFraction() {
    let unit = { (k: Int) in (0..<96).map { Float($0 == k ? 1 : 0) } }
    let familiarity = Familiarity(mean: unit(5), basis: unit(0) + unit(1), threshold: 0.5)
    func score(_ values: [Int: Float]) -> Float {
      let features = (0..<96).map { values[$0] ?? 0 }
      return features.withUnsafeBufferPointer { familiarity.score($0) }
    }
    #expect(score([5: 1]) == 1)
    #expect(score([0: 3, 1: -2, 5: 1]) == 1)
    #expect(abs(score([0: 3, 5: 1, 7: 2]) - (1 - 4 / 14)) < 1e-6)
    #expect(score([7: 2]) == 0)  // the residual, 2² + 1², exceeds the energy
    #expect(score([:]) == 0)
  }
}
