// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Emulator

@Suite("Compression of a family's images")
struct ImageModesTests {
  private static let layout = AmplitudeLayout(
    maximum: SIMD2(2, 4), lengthsA: SIMD2(1, 1), largestFrequency: 9, stepsAcross: false)
  private static let (samples, thicknesses, defoci) = (7, 5, 3)

  /// Smooth in thickness and defocus, random in everything else, smaller from harmonic to harmonic:
  /// [class][sample][thickness][defocus][entry].
  private static func images() -> [[Float]] {
    var random = SeededRandom(seed: 11)
    return ImageClass.allCases.map { imageClass in
      let entries = layout.count(imageClass)
      var list: [Float] = []
      for _ in 0..<samples {
        let sizes = (0..<2 * entries).map { n -> Double in
          let harmonic = Double(n / 2)
          return random.gaussian() / (1 + harmonic * harmonic)
        }
        for t in 0..<thicknesses {
          for d in 0..<defoci {
            for e in 0..<entries {
              let phase: Double = 0.7 * Double(t) * (1 + 0.2 * Double(e)) + 0.3 * Double(d)
              let value: Double = sizes[2 * e] * cos(phase) + sizes[2 * e + 1] * sin(phase)
              list.append(Float((1 + Double(t)) * value))
            }
          }
        }
      }
      return list
    }
  }

  private static func scaled(_ limits: CompressionLimits) throws -> (images: [[Float]], modes: ImageModes) {
    var images = Self.images()
    let contrast = ImageModes.contrasts(images, samples: samples, nodes: thicknesses * defoci, layout: layout)
    ImageModes.scale(&images, samples: samples, contrast: contrast, layout: layout)
    let modes = try ImageModes(
      of: images, samples: samples, contrast: contrast, thicknessCount: thicknesses, defocusCount: defoci,
      layout: layout, limits: limits)
    return (images, modes)
  }

  private static func power(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) } }

  /// The slow obvious reference: a core spread out again, sum by sum.
  private static func expanded(_ core: ArraySlice<Float>, _ modes: ImageModes, _ imageClass: ImageClass) -> [Float] {
    let harmonics = modes.harmonics[imageClass.rawValue]
    let (a, m) = (modes.nodes.count, harmonics.count)
    var image: [Float] = []
    for t in 0..<thicknesses {
      for d in 0..<defoci {
        for e in 0..<harmonics.size {
          var sum = Float(0)
          for i in 0..<a {
            let factor = modes.nodes.basis[(t * defoci + d) * a + i]
            for k in 0..<m { sum += factor * harmonics.basis[e * m + k] * core[core.startIndex + i * m + k] }
          }
          image.append(sum)
        }
      }
    }
    return image
  }

  @Test("what a reconstruction lacks is what the axes discarded", arguments: [1e-1, 1e-2, 1e-4, 0])
  func roundTrip(discarded: Double) throws {
    var limits = CompressionLimits()
    (limits.discardedNodes, limits.discardedHarmonics) = (discarded, discarded / 8)
    let (images, modes) = try Self.scaled(limits)
    var (error, lost) = (0.0, 0.0)
    for imageClass in Self.layout.classes {
      let own = images[imageClass.rawValue]
      let cores = modes.cores(own, samples: Self.samples, imageClass)
      #expect(cores.count == Self.samples * modes.coreCount(imageClass))
      lost += Self.power(own) - Self.power(cores)
      let count = modes.coreCount(imageClass)
      let found = (0..<Self.samples).flatMap { Self.expanded(cores[$0 * count..<($0 + 1) * count], modes, imageClass) }
      error += Self.power(zip(found, own).map { $0.0 - $0.1 })
    }
    // A projection: the squares that are missing are the squares of the error.
    let total = Double(Self.samples * Self.thicknesses * Self.defoci)
    #expect(abs(error - lost) < 1e-4 * total + 1e-3 * lost)
    // Both axes may lose as much; the mean of class `even` is no contrast, but is kept as if it were.
    #expect(error <= 2 * discarded * total + 1e-6 * total)
    if discarded == 1e-1 { #expect(error > 1e-3 * total) }
  }

  @Test("images are scaled to the mean contrast of their node")
  func contrast() throws {
    let raw = Self.images()
    let (images, modes) = try Self.scaled(CompressionLimits())
    let nodes = Self.thicknesses * Self.defoci
    for node in 0..<nodes {
      var square = 0.0
      for imageClass in Self.layout.classes {
        let entries = Self.layout.count(imageClass)
        for sample in 0..<Self.samples {
          let row = (sample * nodes + node) * entries
          let first = imageClass == .even ? 1 : 0
          square += Self.power(Array(images[imageClass.rawValue][row + first..<row + entries]))
          for n in 0..<entries {
            let value = images[imageClass.rawValue][row + n] * modes.contrast[node]
            #expect(abs(value - raw[imageClass.rawValue][row + n]) < 1e-4)
          }
        }
      }
      #expect(abs(square / Double(Self.samples) - 1) < 1e-4)
    }
  }

  @Test("components bring the cores back, class by class, and a limit keeps the strongest")
  func components() throws {
    let (images, modes) = try Self.scaled(CompressionLimits())
    let cores = ImageClass.allCases.map { modes.cores(images[$0.rawValue], samples: Self.samples, $0) }
    func search(_ limit: Int) throws -> ComponentSearch {
      try ComponentSearch(cores: cores, modes: modes, samples: Self.samples, limit: limit)
    }
    let all = try search(1000)
    // The mean takes one direction of class `even` away.
    #expect(all.components.count == 8 * Self.samples - 1)
    for imageClass in Self.layout.classes {
      let count = modes.coreCount(imageClass)
      var rebuilt = [Float](repeating: 0, count: Self.samples * count)
      for sample in 0..<Self.samples {
        for n in 0..<count {
          var sum = imageClass == .even ? all.mean[n] : 0
          for component in all.components where component.imageClass == imageClass {
            sum += Float(component.coefficients[sample]) * component.core[n]
          }
          rebuilt[sample * count + n] = sum
        }
      }
      let own = cores[imageClass.rawValue]
      #expect(Self.power(zip(rebuilt, own).map { $0.0 - $0.1 }) < 1e-5 * Self.power(own))
    }
    let few = try search(10)
    #expect(few.components.count == 10)
    #expect(zip(few.components, all.components).allSatisfy { $0.core == $1.core && $0.variance == $1.variance })
    #expect(zip(all.components, all.components.dropFirst()).allSatisfy { $0.variance >= $1.variance })
    // As many of the weakest go as together hold no more than may be left out.
    let total = all.components.reduce(0) { $0 + $1.variance }
    let strong = try ComponentSearch(
      cores: cores, modes: modes, samples: Self.samples, limit: 1000, discarded: 0.01 * total)
    let left = all.components.dropFirst(strong.components.count)
    let sum = left.reduce(0) { $0 + $1.variance }
    #expect(!left.isEmpty && sum <= 0.01 * total)
    #expect(sum + (strong.components.last?.variance ?? 0) > 0.01 * total)
  }
}
