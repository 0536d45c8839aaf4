// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import Fourier
import GlazerCore
import Inference

/// Images of something that is no tilted perovskite in ABF, laid over the lattice of one: whatever a picture repeats after is
/// taken for one pseudo-cubic cell, as registration would take it. Tilts change nothing; the source blurs.
///
/// A state shows one of the pictures, chosen by its thickness as by lot.
public struct PictureSource: CellImageSource {
  public let name: String
  public let gridWidth = 64
  public let gridHeight = 96
  public let pseudoCubicA: Double
  public let tiltRangeDegrees = -90.0...90.0
  public let thicknessRangeNm = 1.0...100.0
  public let defocusRangeA = -1000.0...1000.0
  public let mistiltRangeMrad = -1000.0...1000.0
  private let lengthsA: SIMD2<Double>
  private let pictures: [[Float]]

  /// `values` are [picture][y][x]; `width` divides 64 and `height` 96, and `cellA` is what one picture shows, Å.
  init(name: String, values: [Float], width: Int, height: Int, cellA: SIMD2<Double>) {
    self.name = name
    let (across, down) = (64 / width, 96 / height)
    lengthsA = cellA * SIMD2(Double(across), Double(down))
    pseudoCubicA = lengthsA.y / 2
    pictures = (0..<values.count / (width * height)).map { picture in
      (0..<64 * 96).map { n in
        values[(picture * height + n / 64 % height) * width + n % 64 % width]
      }
    }
  }

  /// All kinds of a file: a tensor each, [picture, y, x], and its cell in the metadata as "width,height" in Å.
  public static func read(_ path: String) throws -> [PictureSource] {
    let file = try Safetensors.read(path)
    return try file.tensors.sorted { $0.key < $1.key }.map { name, tensor in
      let cell = (file.metadata[name] ?? "").split(separator: ",").compactMap { Double($0) }
      guard let values = tensor.floats, tensor.shape.count == 3, tensor.shape[0] > 0,
        [1, 2, 4].contains(where: { tensor.shape[2] * $0 == 64 }),
        [1, 2, 4].contains(where: { tensor.shape[1] * $0 == 96 }), cell.count == 2,
        cell.allSatisfy({ (0.5...100).contains($0) }), values.allSatisfy(\.isFinite)
      else {
        throw TrainingError.badFile(
          file: path, expected: "pictures of 32 or 64 by 48 or 96 points and their cell in Å for \(name)",
          found: "\(tensor.shape), \(file.metadata[name] ?? "no cell")")
      }
      return PictureSource(
        name: name, values: values, width: tensor.shape[2], height: tensor.shape[1], cellA: SIMD2(cell[0], cell[1]))
    }
  }

  public func makeWorkspace() -> RealTransform2D { RealTransform2D(rows: gridHeight, columns: gridWidth) }

  public func render(_ state: ImagingState, into grid: inout [Float], workspace transform: inout RealTransform2D) {
    precondition(grid.count == gridWidth * gridHeight, "the grid holds gridWidth · gridHeight values")
    var random = SeededRandom(seed: state.thicknessNm.bitPattern)
    let picture = pictures[Int(random.next() % UInt64(pictures.count))]
    for n in grid.indices { transform.real[n] = picture[n] }
    transform.forward()
    let scale = 1 / Float(grid.count)
    for k in 0..<gridHeight {
      for h in 0..<transform.spectrumColumns {
        let f = SIMD2(Double(h), Double(k > gridHeight / 2 ? k - gridHeight : k)) / lengthsA
        let n = k * transform.spectrumColumns + h
        transform.spectrum[n] = scale * Self.transfer(state, at: f) * transform.spectrum[n]
      }
    }
    transform.inverse()
    for n in grid.indices { grid[n] = transform.real[n] }
  }

  /// Of source and vibration at a frequency, 1/Å. A Gaussian of width F at half maximum has exp(−(π F f)² / (4 ln 2)).
  private static func transfer(_ state: ImagingState, at f: SIMD2<Double>) -> Float {
    let along = (f * state.vibrationFWHMA).sum()
    let squares = state.sourceFWHMA * state.sourceFWHMA * (f * f).sum() + along * along
    return Float(exp(-Double.pi * Double.pi / (4 * log(2.0)) * squares))
  }
}
