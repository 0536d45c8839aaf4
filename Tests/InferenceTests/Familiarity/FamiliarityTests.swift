// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Testing

@Suite struct FamiliarityTests {
  static func features(_ patch: [Float], width: Int, height: Int) -> [Float] {
    var features = [Float](repeating: .nan, count: Familiarity.featureCount)
    patch.withUnsafeBufferPointer { patch in
      features.withUnsafeMutableBufferPointer {
        Familiarity.features(of: patch.baseAddress!, rowStride: width, width: width, height: height, into: $0)
      }
    }
    return features
  }

  @Test func boxesTileThePatch() {
    var patch: [Float] = []
    for y in 0..<48 { for x in 0..<32 { patch.append(Float(x / 4 + 100 * (y / 4))) } }
    let features = Self.features(patch, width: 32, height: 48)
    for y in 0..<12 { for x in 0..<8 { #expect(features[y * 8 + x] == Float(x + 100 * y)) } }
  }

  /// The middle of a patch is the 2 × 2 cells about its column, which stands on pixel (width / 2, height / 2).
  @Test func aPatchIsJudgedByItsMiddle() {
    let patch = PatchGeometry.standard
    var pixels = [Float](repeating: 0, count: patch.count)
    for y in 37 - 24..<37 + 24 { for x in 29 - 16..<29 + 16 { pixels[y * patch.width + x] = Float(x * y % 7) } }
    var middle: [Float] = []
    for y in 13..<61 { middle += pixels[y * patch.width + 13..<y * patch.width + 45] }
    var features = [Float](repeating: .nan, count: Familiarity.featureCount)
    features.withUnsafeMutableBufferPointer { Familiarity.features(ofPatch: pixels, patch, into: $0) }
    #expect(features == Self.features(middle, width: 32, height: 48))
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
    let familiarity = Familiarity(mean: unit(5), basis: unit(0) + unit(1), limits: [-3, 3, -3, 1], threshold: 0.5)
    func score(_ values: [Int: Float]) -> Float {
      let features = (0..<96).map { values[$0] ?? 0 }
      return features.withUnsafeBufferPointer { familiarity.score($0) }
    }
    #expect(score([5: 1]) == 1)
    #expect(score([0: 3, 1: -2, 5: 1]) == 1)
    #expect(abs(score([0: 3, 5: 1, 7: 2]) - (1 - 4 / 14)) < 1e-6)
    #expect(score([7: 2]) == 0)  // the residual, 2² + 1², exceeds the energy
    #expect(score([:]) == 0)
    // Beyond what the training knew along a direction, only the excess counts.
    #expect(abs(score([0: 5, 5: 1]) - (1 - 4 / 26)) < 1e-6)
    #expect(abs(score([1: 3, 5: 1]) - (1 - 4 / 10)) < 1e-6)
  }
}
