// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import FrameIO
import GlazerCore
import Inference
import Multislice
import TestSupport

@testable import Agent

/// Frames of a simulated crystal as a microscope would send them. Simulated coarsely, once for all tests.
enum TestScan {
  static let scan: SyntheticScan = {
    var conditions = ImagingConditions()
    conditions.thicknessesNm = [5]
    conditions.mesh = SIMD2(2, 1)
    conditions.samplingA = 0.13
    let pictures = [(8.0, 2.0, -5.0), (1.0, 6.0, 3.0)].map {
      CellPicture.simulated(
        material: .known[0], tilt: TiltAngles(alpha: $0.0, beta: $0.1, gamma: $0.2), conditions: conditions,
        sourceFWHMA: 0.7)
    }
    var settings = ScanSettings()
    (settings.width, settings.height) = (192, 176)
    return SyntheticScan(settings: settings, pseudoCubicA: 3.905, domains: (pictures[0], pictures[1]))
  }()

  private static let frames = (0..<4).map { scan.counts($0) }

  /// The wire parts of frame `number`; its pixels are those of frame `number % 4`.
  static func parts(_ number: Int, series: String = "s", pixelSize: Bool = true, isLast: Bool = false) -> [[UInt8]] {
    var encoder = FrameEncoder()
    let header = FrameHeader(
      source: "abf", series: series, frame: Int64(number), timeNs: 1_700_000_000_000_000_000,
      pixelSizeNm: pixelSize ? 0.02 : nil, isLast: isLast)
    return [
      encoder.header(header, width: 192, height: 176, pixelType: .uint16),
      frames[number % 4].withUnsafeBytes { Array($0) },
    ]
  }

  /// A frame of one value everywhere.
  static func constant(_ number: Int, value: Float, type: PixelType = .uint16) -> [[UInt8]] {
    var encoder = FrameEncoder()
    encoder.encodePixels(of: Image(width: 192, height: 176, fill: value), as: type)
    let header = FrameHeader(source: "abf", series: "s", frame: Int64(number))
    return [encoder.header(header, width: 192, height: 176, pixelType: type), encoder.pixels]
  }

  /// Noise without a lattice.
  static func noise(_ number: Int) -> [[UInt8]] {
    var encoder = FrameEncoder()
    var random = SeededRandom(seed: 7, stream: UInt64(number))
    let pixels = (0..<192 * 176).map { _ in Float(random.poisson(500)) }
    encoder.encodePixels(of: Image(width: 192, height: 176, pixels: pixels), as: .uint16)
    let header = FrameHeader(source: "abf", series: "s", frame: Int64(number))
    return [encoder.header(header, width: 192, height: 176, pixelType: .uint16), encoder.pixels]
  }

  static func model() throws -> TiltModel { try TiltModel(RandomModel.int8(), file: "random") }
}

extension Pipeline {
  /// Takes a message in as if it had just arrived.
  func process(_ parts: [[UInt8]], skipped: UInt64 = 0) -> PipelineOutcome {
    let joined = Array(parts.joined())
    return joined.withUnsafeBytes { bytes in
      var start = 0
      let buffers = parts.map { part in
        defer { start += part.count }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + part.count])
      }
      return buffers.withUnsafeBufferPointer {
        process(parts: $0, receivedNs: WallClock.nowNs(), skipped: skipped)
      }
    }
  }
}
