// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What one cell became.
struct CellResult {
  var row: CellRow
  /// `TiltReading.none` for surroundings without contrast: there is nothing to read, whatever the network answers.
  var reading: TiltReading
}

/// What all cells of an image share.
struct ReadingScene {
  var image: ScenePixels
  var lattice: LocalLattice
  /// What the image can show at all.
  var leastRhoDegrees: Double
}

/// The memory in which one thread reads tiles of cells from the resampled and normalised frame: the network's activations
/// and outputs. Reading allocates nothing.
final class TileReader {
  private let model: TiltModel
  private let geometry: NormalisationGeometry
  private let workspace: NetworkWorkspace
  private let features: AlignedMemory<Float>
  private let outputs: AlignedMemory<Float>

  /// Cells whose fully connected layers are evaluated together.
  private static let batchCapacity = 32

  init(model: TiltModel, capacity: CellTile) {
    self.model = model
    geometry = model.normalisation
    workspace = NetworkWorkspace(model.network, batchCapacity: Self.batchCapacity, tile: capacity)
    features = AlignedMemory(count: Familiarity.featureCount)
    outputs = AlignedMemory(count: Self.batchCapacity * NetworkArchitecture.outputCount)
  }

  /// Where a block of cells lies ready.
  struct Frame {
    /// The cell that the frame begins with.
    var first: CellIndex
    var resampled: ResampledFrame
    var normalisation: LocalNormalisation
  }

  /// Reads the cells of one part of a plan, all in the frame, and writes each one's result to its own place in `results`.
  func read(
    _ columns: UnsafeBufferPointer<PlacedColumn>, at places: Slice<UnsafeBufferPointer<Int32>>, first: CellIndex,
    tile: CellTile, in frame: Frame, leastRhoDegrees: Double, into results: UnsafeMutablePointer<CellResult>
  ) {
    let (x, y) = place(of: first, in: frame)
    workspace.load(
      frame.normalisation.pointer(x - geometry.halfWidth, y - geometry.halfHeight),
      rowStride: frame.normalisation.rowStride, tile: tile)
    workspace.runTrunk(tile)
    var start = places.startIndex
    while start < places.endIndex {
      let batch = places[start..<min(start + Self.batchCapacity, places.endIndex)]
      for (slot, place) in batch.enumerated() {
        let index = columns[Int(place)].index
        workspace.gather(column: index.i - first.i, row: index.j - first.j, slot: slot)
      }
      workspace.runHead(count: batch.count, into: outputs.base)
      for (slot, place) in batch.enumerated() {
        results[Int(place)] = result(columns[Int(place)], slot: slot, in: frame, leastRhoDegrees: leastRhoDegrees)
      }
      start = batch.endIndex
    }
  }

  /// Pixels of the resampled frame from its first B column.
  private func place(of index: CellIndex, in frame: Frame) -> (x: Int, y: Int) {
    ((index.i - frame.first.i) * geometry.patch.pixelsPerA, (index.j - frame.first.j) * geometry.patch.pixelsPerB)
  }

  private func result(_ column: PlacedColumn, slot: Int, in frame: Frame, leastRhoDegrees: Double) -> CellResult {
    let (x, y) = place(of: column.index, in: frame)
    var row = CellRow(i: Int32(column.index.i), j: Int32(column.index.j))
    (row.x, row.y) = (Float(column.position.x), Float(column.position.y))
    let look = model.look(at: x, y, of: frame.normalisation, features: features.buffer, row: &row)
    if !look.isWhole {
      let faults = frame.resampled.faults(
        column: column.index.i - frame.first.i, row: column.index.j - frame.first.j)
      if faults.contains(.outside) { row.flags.insert(.border) }
      if faults.contains(.bad) { row.flags.insert(.badPixels) }
    }
    guard look.isVisible else { return CellResult(row: row, reading: .none) }
    let reading = model.reading(outputs.base + slot * NetworkArchitecture.outputCount)
    model.write(reading, to: &row, leastRhoDegrees: leastRhoDegrees)
    return CellResult(row: row, reading: reading)
  }
}
