// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import GlazerCore

/// Reads the tilt of every B column of a registered image. Holds the memory of one thread; reading allocates only when
/// the table has to grow.
///
/// Every cell is evaluated by itself from its own patch. The columns, flags and angles do not depend on that: evaluating
/// the trunk once over the whole registered frame would replace `evaluate` alone.
public final class CellReader {
  public let model: TiltModel
  /// What the network said of each row of the table that was read last; `TiltReading.none` for patches without contrast.
  public private(set) var readings: [TiltReading] = []

  private let workspace: NetworkWorkspace
  /// `workspace.batchCapacity` patches, one after the other.
  private let patches: AlignedMemory<Float>
  private let features: AlignedMemory<Float>
  private let outputs: AlignedMemory<Float>
  /// Cells whose patches wait in `patches`.
  private var pending: [PendingCell] = []
  /// What the image being read can show at all.
  private var leastRhoDegrees = 0.0

  private struct PendingCell {
    var row: CellRow
    /// Without contrast there is nothing to read, whatever the network answers.
    var hasContrast: Bool
  }

  public init(model: TiltModel) {
    self.model = model
    workspace = NetworkWorkspace(model.network)
    let capacity = workspace.batchCapacity
    patches = AlignedMemory(count: capacity * model.architecture.patch.count)
    features = AlignedMemory(count: Familiarity.featureCount)
    outputs = AlignedMemory(count: capacity * NetworkArchitecture.outputCount)
    pending.reserveCapacity(capacity)
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
    leastRhoDegrees = model.leastRhoDegrees(dosePerA2: dosePerA2) ?? 0
    guard let walk = ColumnWalk(lattice, width: image.width, height: image.height) else { return }
    let sampler = PatchSampler(
      geometry: model.architecture.patch, lattice: lattice.straight, kernels: model.network.kernels)
    image.pixels.withUnsafeBufferPointer { pixels in
      walk.visit { column, position in
        var row = CellRow(i: Int32(column.i), j: Int32(column.j))
        (row.x, row.y) = (Float(position.x), Float(position.y))
        let patch = patches.base + pending.count * sampler.geometry.count
        let faults = sampler.sample(
          pixels, width: image.width, height: image.height, saturationLevel: saturationLevel,
          about: lattice.about(Double(column.i), Double(column.j)), into: patch)
        if faults.outside > 0 { row.flags.insert(.border) }
        if faults.bad > 0 { row.flags.insert(.badPixels) }
        let hasContrast = judge(patch, &row)
        pending.append(PendingCell(row: row, hasContrast: hasContrast))
        if pending.count == workspace.batchCapacity { evaluate(into: &table) }
      }
    }
    evaluate(into: &table)
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

  /// Runs the network over the waiting patches and appends their rows.
  private func evaluate(into table: inout CellTable) {
    workspace.evaluate(patches: patches.base, count: pending.count, into: outputs.base)
    let size = NetworkArchitecture.outputCount
    for index in pending.indices {
      var reading = TiltReading.none
      if pending[index].hasContrast {
        reading = TiltReading(
          outputs: UnsafeBufferPointer(start: outputs.base + index * size, count: size),
          degreesPerUnit: model.architecture.degreesPerUnit, sigmaScale: model.sigmaScale)
        model.write(reading, to: &pending[index].row, leastRhoDegrees: leastRhoDegrees)
      }
      readings.append(reading)
      table.append(pending[index].row)
    }
    pending.removeAll(keepingCapacity: true)
  }
}
