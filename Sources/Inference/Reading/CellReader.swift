// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Threading

/// Reads the tilt of every B column of a registered image, with one thread or several; the result is the same, bit for bit.
/// Reading allocates only when there are more cells than before. One image at a time.
///
/// The image is resampled along its lattice and the network's trunk runs over tiles of cells; each cell reads its own window of
/// the trunk's output. That is the same, bit for bit, as evaluating each cell by itself from its own patch.
public final class CellReader {
  public let model: TiltModel
  /// What the network said of each row of the table that was read last; `TiltReading.none` for patches without contrast.
  public private(set) var readings: [TiltReading] = []

  public let pool: WorkerPool
  private let sharing: CellSharing
  private var columns: [PlacedColumn] = []

  /// A reader that shares its cells among the threads of `pool`.
  public convenience init(model: TiltModel, pool: WorkerPool = WorkerPool(workers: 1)) {
    self.init(model: model, pool: pool, largestTile: Self.largestTile)
  }

  /// What a tile adds around its cells weighs the less the larger it is; what it holds should fit the second cache.
  static let largestTile = CellTile(columns: 16, rows: 8)

  init(model: TiltModel, pool: WorkerPool, largestTile: CellTile) {
    self.model = model
    self.pool = pool
    sharing = CellSharing(model: model, readers: pool.workerCount, largestTile: largestTile)
  }

  /// Replaces `table` by one row for each B column whose cell lies in the image, j by j.
  ///
  /// A column whose 2 × 2 cells stick out of the image is flagged `.border`, one where they touch saturated or missing pixels
  /// `.badPixels`; what is missing counts as the mean. Surroundings unlike the training data are flagged `.unfamiliar`;
  /// those without any contrast have score 0 and no angles (NaN). A lattice whose cells are smaller than 3 × 3 pixels, or
  /// not finite, gives an empty table.
  ///
  /// With a dose (electrons per Å²) and a model that has a `DetectionTable`, a ρ below the table's limit is flagged
  /// `.belowDetectionLimit` as one below twice its own deviation is; without, only the deviation counts.
  public func read(
    _ image: Image, saturationLevel: Float?, lattice: Lattice, dosePerA2: Double? = nil, into table: inout CellTable
  ) {
    read(image, saturationLevel: saturationLevel, lattice: LocalLattice(lattice), dosePerA2: dosePerA2, into: &table)
  }

  /// The same for a lattice that the scan has bent: the image is resampled along the axes as they are at each place.
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
      let scene = ReadingScene(
        image: ScenePixels(pixels: pixels, width: image.width, height: image.height, saturationLevel: saturationLevel),
        lattice: lattice, leastRhoDegrees: model.leastRhoDegrees(dosePerA2: dosePerA2) ?? 0)
      let results = sharing.read(columns, of: scene, with: pool)
      for result in results {
        readings.append(result.reading)
        table.append(result.row)
      }
    }
  }
}
