// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import GlazerCore

/// The memory in which one thread reads cells: patches, the network's activations, its outputs. Reading allocates nothing.
final class CellWorker {
  /// What one cell became.
  struct Result {
    var row: CellRow
    /// `TiltReading.none` for a patch without contrast: there is nothing to read, whatever the network answers.
    var reading: TiltReading
  }

  /// What all cells of an image share.
  struct Scene {
    var pixels: UnsafeBufferPointer<Float>
    var width: Int
    var height: Int
    var saturationLevel: Float?
    var lattice: LocalLattice
    var sampler: PatchSampler
    /// What the image can show at all.
    var leastRhoDegrees: Double
  }

  private let model: TiltModel
  private let workspace: NetworkWorkspace
  /// `workspace.batchCapacity` patches, one after the other.
  private let patches: AlignedMemory<Float>
  private let features: AlignedMemory<Float>
  private let outputs: AlignedMemory<Float>
  /// Of each patch of the batch.
  private let hasContrast: AlignedMemory<Bool>

  init(model: TiltModel) {
    self.model = model
    workspace = NetworkWorkspace(model.network, batchCapacity: Self.batchCapacity)
    patches = AlignedMemory(count: Self.batchCapacity * model.architecture.patch.count)
    features = AlignedMemory(count: Familiarity.featureCount)
    outputs = AlignedMemory(count: Self.batchCapacity * NetworkArchitecture.outputCount)
    hasContrast = AlignedMemory(count: Self.batchCapacity)
  }

  /// Cells that are read together.
  static let batchCapacity = 16

  /// Reads the cells about `columns`, at most `batchCapacity`, and writes one result for each.
  func read(
    _ columns: Slice<UnsafeBufferPointer<PlacedColumn>>, of scene: Scene, into results: UnsafeMutablePointer<Result>
  ) {
    precondition(columns.count <= Self.batchCapacity, "a worker reads a batch at a time")
    let patchSize = model.architecture.patch.count
    for (slot, column) in columns.enumerated() {
      var row = CellRow(i: Int32(column.index.i), j: Int32(column.index.j))
      (row.x, row.y) = (Float(column.position.x), Float(column.position.y))
      let patch = patches.base + slot * patchSize
      let faults = scene.sampler.sample(
        scene.pixels, width: scene.width, height: scene.height, saturationLevel: scene.saturationLevel,
        about: scene.lattice.about(Double(column.index.i), Double(column.index.j)), into: patch)
      if faults.outside > 0 { row.flags.insert(.border) }
      if faults.bad > 0 { row.flags.insert(.badPixels) }
      hasContrast.buffer[slot] = judge(patch, &row)
      results[slot] = Result(row: row, reading: .none)
    }
    workspace.evaluate(patches: patches.base, count: columns.count, into: outputs.base)
    let size = NetworkArchitecture.outputCount
    for slot in 0..<columns.count where hasContrast.buffer[slot] {
      let reading = TiltReading(
        outputs: UnsafeBufferPointer(start: outputs.base + slot * size, count: size),
        degreesPerUnit: model.architecture.degreesPerUnit, sigmaScale: model.sigmaScale)
      results[slot].reading = reading
      model.write(reading, to: &results[slot].row, leastRhoDegrees: scene.leastRhoDegrees)
    }
  }

  /// Normalises the patch and writes how familiar it is; false for a patch without contrast.
  private func judge(_ patch: UnsafeMutablePointer<Float>, _ row: inout CellRow) -> Bool {
    let geometry = model.architecture.patch
    guard glazer_normalize_patch(patch, Int32(geometry.count)) > 0 else {
      row.score = 0
      row.flags.insert(.unfamiliar)
      return false
    }
    Familiarity.features(
      of: UnsafeBufferPointer(start: patch, count: geometry.count), width: geometry.width, height: geometry.height,
      into: features.buffer)
    row.score = model.familiarity.score(UnsafeBufferPointer(features.buffer))
    if row.score < model.familiarity.threshold { row.flags.insert(.unfamiliar) }
    return true
  }
}
