// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import GlazerCore
import Synchronization
import Threading

/// A B column and where it stands in the image, pixels.
struct PlacedColumn {
  var index: CellIndex
  var position: Vector2
}

/// The cells of one image, shared out among threads in three stages: rows of the resampled frame, strips of its normalisation,
/// tiles of cells. Everything has its own place in memory, so that nothing depends on who did what.
final class CellSharing: SharedWork {
  /// Cells that are resampled together: bounds the memory that a huge frame takes (about 3 kB a cell).
  static let largestBlock = CellTile(columns: 64, rows: 64)

  private enum Stage {
    case resample, normalise, read
  }

  private let model: TiltModel
  private let readers: [TileReader]
  private let largestTile: CellTile
  private let resampled: ResampledFrame
  private let normalisation: LocalNormalisation
  /// For each thread's sums of blocks.
  private var scratch: [AlignedMemory<glazer_block>]
  private var blocks = TilePlan()
  private var tiles = TilePlan()
  private var results: UnsafeMutableBufferPointer<CellResult>

  // What the threads read of the work at hand.
  private var scene: ReadingScene?
  private var columns = UnsafeBufferPointer<PlacedColumn>(start: nil, count: 0)
  private var firstCell = CellIndex(i: 0, j: 0)
  private var stage = Stage.resample
  /// The first part of the stage that nobody has taken yet: all that the threads have to agree on.
  private let nextPart = Atomic(0)

  init(model: TiltModel, readers: Int, largestTile: CellTile) {
    self.model = model
    self.readers = (0..<readers).map { _ in TileReader(model: model, capacity: largestTile) }
    self.largestTile = largestTile
    resampled = ResampledFrame(model.normalisation)
    normalisation = LocalNormalisation(model.normalisation)
    scratch = (0..<readers).map { _ in AlignedMemory(count: 1) }
    results = .allocate(capacity: 0)
  }

  deinit { results.deallocate() }

  /// Reads all `columns` with the threads of `pool`. What comes back is valid until the next call. Allocates when there are
  /// more columns than ever before.
  func read(_ columns: [PlacedColumn], of scene: ReadingScene, with pool: WorkerPool) -> UnsafeBufferPointer<CellResult>
  {
    if results.count < columns.count {
      results.deallocate()
      // Half as many again, so that a view that grows slowly does not allocate with each frame.
      results = .allocate(capacity: columns.count * 3 / 2)
    }
    blocks.divide(columns, largest: Self.largestBlock)
    for block in blocks.parts {
      tiles.divide(columns, places: blocks.order[block.places], largest: largestTile)
      resampled.prepare(first: block.first, tile: block.tile)
      normalisation.prepare(block.tile)
      for worker in scratch.indices where scratch[worker].buffer.count < normalisation.scratchCount {
        scratch[worker] = AlignedMemory(count: normalisation.scratchCount)
      }
      columns.withUnsafeBufferPointer {
        (self.columns, self.scene, firstCell) = ($0, scene, block.first)
        run(.resample, with: pool)
        run(.normalise, with: pool)
        run(.read, with: pool)
        self.scene = nil
      }
    }
    return UnsafeBufferPointer(rebasing: results[..<columns.count])
  }

  private func run(_ stage: Stage, with pool: WorkerPool) {
    self.stage = stage
    nextPart.store(0, ordering: .relaxed)
    pool.run(self)
  }

  func work(worker: Int) {
    guard let scene, let base = results.baseAddress else { return }
    switch stage {
    case .resample:
      let sampler = resampled.sampler(scene.lattice.straight, kernels: model.network.kernels)
      forEachPart(of: resampled.rowCount) {
        resampled.sample(scene.image, lattice: scene.lattice, sampler: sampler, row: $0)
      }
    case .normalise:
      forEachPart(of: normalisation.stripCount) {
        normalisation.normalise(
          resampled.region, rowStride: resampled.rowStride, strip: $0, scratch: scratch[worker].base)
      }
    case .read:
      let frame = TileReader.Frame(first: firstCell, resampled: resampled, normalisation: normalisation)
      tiles.order.withUnsafeBufferPointer { order in
        forEachPart(of: tiles.parts.count) {
          let part = tiles.parts[$0]
          readers[worker].read(
            columns, at: order[part.places], first: part.first, tile: part.tile, in: frame,
            leastRhoDegrees: scene.leastRhoDegrees, into: base)
        }
      }
    }
  }

  /// Takes parts until none is left.
  private func forEachPart(of count: Int, _ body: (Int) -> Void) {
    while true {
      let number = nextPart.add(1, ordering: .relaxed).oldValue
      guard number < count else { return }
      body(number)
    }
  }
}
