// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Threading

/// Reads the tilt of every B column of a registered image, with one thread or several; the result is the same, bit for bit.
/// Reading allocates only when there are more cells than before. One image at a time.
///
/// Every cell is evaluated by itself from its own patch. The columns, flags and angles do not depend on that: evaluating
/// the trunk once over the whole registered frame would replace `CellWorker` alone.
public final class CellReader {
  public let model: TiltModel
  /// What the network said of each row of the table that was read last; `TiltReading.none` for patches without contrast.
  public private(set) var readings: [TiltReading] = []

  public let pool: WorkerPool
  private let sharing: CellSharing
  private var columns: [PlacedColumn] = []

  /// A reader that shares its cells among the threads of `pool`.
  public init(model: TiltModel, pool: WorkerPool = WorkerPool(workers: 1)) {
    self.model = model
    self.pool = pool
    sharing = CellSharing(workers: (0..<pool.workerCount).map { _ in CellWorker(model: model) })
  }

  /// Replaces `table` by one row for each B column whose cell lies in the image, j by j.
  ///
  /// A patch that sticks out of the image is flagged `.border`, one that touches saturated or missing pixels
  /// `.badPixels`; what is missing counts as the patch's mean. A patch unlike the training data is flagged `.unfamiliar`;
  /// one without any contrast has score 0 and no angles (NaN). A lattice whose cells are smaller than 3 × 3 pixels, or
  /// not finite, gives an empty table.
  ///
  /// With a dose (electrons per Å²) and a model that has a `DetectionTable`, a ρ below the table's limit is flagged
  /// `.belowDetectionLimit` as one below twice its own deviation is; without, only the deviation counts.
  public func read(
    _ image: Image, saturationLevel: Float?, lattice: Lattice, dosePerA2: Double? = nil, into table: inout CellTable
  ) {
    read(image, saturationLevel: saturationLevel, lattice: LocalLattice(lattice), dosePerA2: dosePerA2, into: &table)
  }

  /// The same for a lattice that the scan has bent: every patch is cut along the axes about its own column.
  public func read(
    _ image: Image, saturationLevel: Float?, lattice: LocalLattice, dosePerA2: Double? = nil,
    into table: inout CellTable
  ) {
    table.removeAll()
    readings.removeAll(keepingCapacity: true)
    columns.removeAll(keepingCapacity: true)
    guard let walk = ColumnWalk(lattice, width: image.width, height: image.height) else { return }
    walk.visit { columns.append(PlacedColumn(index: $0, position: $1)) }
    image.pixels.withUnsafeBufferPointer { pixels in
      let scene = CellWorker.Scene(
        pixels: pixels, width: image.width, height: image.height, saturationLevel: saturationLevel, lattice: lattice,
        sampler: PatchSampler(
          geometry: model.architecture.patch, lattice: lattice.straight, kernels: model.network.kernels),
        leastRhoDegrees: model.leastRhoDegrees(dosePerA2: dosePerA2) ?? 0)
      let results = columns.withUnsafeBufferPointer { sharing.read($0, of: scene, with: pool) }
      for result in results {
        readings.append(result.reading)
        table.append(result.row)
      }
    }
  }
}
