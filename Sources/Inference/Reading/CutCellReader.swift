// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Reads cells that somebody else has registered, resampled and cut: for programs with frames and lattices of their own.
///
/// A cell comes as the raw pixels of its surroundings (`surroundings`): `a` along x and `b` along y, `pixelsPerA` × `pixelsPerB`
/// pixels a cell, the B column in the middle of pixel (columnX, columnY). Any scale and offset of the brightness will do. What
/// comes out is what `CellReader` says of such a cell, bit for bit. One caller at a time; reading allocates nothing.
public final class CutCellReader {
  public let model: TiltModel
  /// Cells whose fully connected layers are evaluated together.
  public let batchCapacity: Int

  private let normalisation: LocalNormalisation
  private let workspace: NetworkWorkspace
  private let pixels: AlignedMemory<Float>
  private let patch: AlignedMemory<Float>
  private let features: AlignedMemory<Float>
  private let outputs: AlignedMemory<Float>
  private var looks: [(row: CellRow, isVisible: Bool)] = []

  public init(model: TiltModel, batchCapacity: Int = 16) {
    self.model = model
    self.batchCapacity = batchCapacity
    normalisation = LocalNormalisation(model.normalisation)
    workspace = NetworkWorkspace(model.network, batchCapacity: batchCapacity)
    pixels = AlignedMemory(count: model.surroundings.count)
    patch = AlignedMemory(count: model.architecture.patch.count)
    features = AlignedMemory(count: Familiarity.featureCount)
    outputs = AlignedMemory(count: batchCapacity * NetworkArchitecture.outputCount)
    looks.reserveCapacity(batchCapacity)
  }

  /// Reads `count` cells that lie one after the other, `surroundings.count` pixels each, and calls `body` with each one's number,
  /// row (i and j are 0) and reading (`TiltReading.none` where there is nothing to see).
  ///
  /// Pixels that are not finite, or at or above `saturationLevel`, are missing: they count as the mean, and flag the cell
  /// `.badPixels` if they are among the 2 × 2 cells about its column. With a dose, what such an image cannot show is flagged as in `CellReader`.
  public func read(
    _ cells: UnsafePointer<Float>, count: Int, saturationLevel: Float? = nil, dosePerA2: Double? = nil,
    _ body: (Int, CellRow, TiltReading) -> Void
  ) {
    let leastRho = model.leastRhoDegrees(dosePerA2: dosePerA2) ?? 0
    let size = model.surroundings.count
    for first in stride(from: 0, to: count, by: batchCapacity) {
      let batch = min(batchCapacity, count - first)
      looks.removeAll(keepingCapacity: true)
      for slot in 0..<batch {
        looks.append(take(cells + (first + slot) * size, below: saturationLevel ?? .infinity, slot: slot))
      }
      workspace.runHead(count: batch, into: outputs.base)
      for slot in 0..<batch {
        var row = looks[slot].row
        guard looks[slot].isVisible else {
          body(first + slot, row, .none)
          continue
        }
        let reading = model.reading(outputs.base + slot * NetworkArchitecture.outputCount)
        model.write(reading, to: &row, leastRhoDegrees: leastRho)
        body(first + slot, row, reading)
      }
    }
  }

  /// Everything up to the fully connected layers.
  private func take(_ cell: UnsafePointer<Float>, below saturation: Float, slot: Int) -> (CellRow, Bool) {
    for k in 0..<model.surroundings.count {
      let value = cell[k]
      pixels.buffer[k] = value > -.infinity && value < saturation ? value : .nan
    }
    normalisation.patch(ofRegion: pixels.base, into: patch.base)
    workspace.load(patch.base, rowStride: model.architecture.patch.width, tile: .single)
    workspace.runTrunk(.single)
    workspace.gather(column: 0, row: 0, slot: slot)
    var row = CellRow(i: 0, j: 0)
    let look = model.look(at: 0, 0, of: normalisation, features: features.buffer, row: &row)
    if !look.isWhole { row.flags.insert(.badPixels) }
    return (row, look.isVisible)
  }
}

extension TiltModel {
  /// The pixels that one cell's reading rests on, normalisation included: their number along a and along b, and the place of
  /// the B column among them.
  public struct Surroundings: Sendable, Hashable {
    public var width: Int
    public var height: Int
    public var columnX: Int
    public var columnY: Int

    public var count: Int { width * height }
  }

  public var surroundings: Surroundings {
    let region = normalisation.region
    return Surroundings(
      width: region.width, height: region.height, columnX: region.columnX, columnY: region.columnY)
  }
}
