// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// An int8 model ready to run: checked, packed for a kernel set, immutable. Share one among threads and give each its own
/// `CellReader`.
public final class TiltModel: Sendable {
  public let name: String
  /// SHA-256 of the tensor bytes, hexadecimal.
  public let sha256: String
  public let architecture: NetworkArchitecture
  /// `targets`, `training`, `evaluation` (JSON) and what else the writer added.
  public let metadata: [String: String]
  /// Factors on the stated deviations of q, c and s.
  public let sigmaScale: SigmaScale
  public let familiarity: Familiarity
  public let network: QuantizedNetwork
  public let normalisation: NormalisationGeometry
  /// nil when the file does not tell.
  let trainedRange: TrainedRange?
  public let trainedConditions: TrainedConditions
  /// nil in models without one.
  public let detectionTable: DetectionTable?
  /// nil in models without them.
  public let lastingErrors: LastingErrors?

  /// Reads a file of format `glazer-int8-1`; throws what is wrong with it.
  public convenience init(contentsOf path: String, kernels: KernelSet = .best) throws(ModelFileError) {
    try self.init(try ModelFile.read(path, expecting: .int8), file: path, kernels: kernels)
  }

  /// From a model in memory; `file` names it in errors.
  public init(_ model: ModelFile, file: String, kernels: KernelSet = .best) throws(ModelFileError) {
    network = try QuantizedNetwork(model, file: file, kernels: kernels)
    guard model.architecture.isFrameWide, let normalisation = NormalisationGeometry(model.architecture.patch) else {
      throw .badMetadata(
        file: file, key: ModelFile.Key.architecture,
        expected: "layers without padding and cells of whole \(NormalisationGeometry.block)-pixel blocks",
        found: "\(model.architecture.patch)")
    }
    self.normalisation = normalisation
    let bytes = ReadingMemory.bytes(
      model.architecture, network.shapes, tile: CellReader.largestTile, block: CellSharing.largestBlock)
    guard bytes <= ReadingMemory.limit else {
      throw .badMetadata(
        file: file, key: ModelFile.Key.architecture,
        expected: "a network that reads within \(ReadingMemory.limit >> 20) MiB", found: "\(bytes >> 20) MiB")
    }
    guard let familiarity = Familiarity(model.tensors) else {
      throw .badTensor(file: file, tensor: Familiarity.basisName, expected: "tensors of familiarity", found: "others")
    }
    self.familiarity = familiarity
    name = model.name
    sha256 = model.sha256.isEmpty ? try model.encoded(file: file).sha256 : model.sha256
    architecture = model.architecture
    metadata = model.metadata
    sigmaScale = model.sigmaScale
    trainedConditions = TrainedConditions(model.metadata)
    trainedRange = TrainedRange(trainingJSON: model.metadata["training"])
    detectionTable = try DetectionTable.read(model.metadata, file: file)
    lastingErrors = LastingErrors(model.metadata)
  }

  /// The least ρ, degrees, that an image of this dose can show in the view of the network; nil where dose or table is missing.
  public func leastRhoDegrees(dosePerA2: Double?) -> Double? {
    guard let dosePerA2, let detectionTable else { return nil }
    return detectionTable.limit(dosePerA2: dosePerA2)
  }

  /// Fills q, ρ, the angles and their deviations of a row, and the flags that follow from them.
  public func write(_ reading: TiltReading, to row: inout CellRow, leastRhoDegrees: Double) {
    reading.write(to: &row, leastRhoDegrees: leastRhoDegrees)
    if trainedRange?.isExceeded(by: row) == true { row.flags.insert(.unfamiliar) }
  }

  /// What this model's readings of `frames` frames come to when they are put together: with what lasts over frames, and the factors on
  /// the deviations of p and r. `unexplained` and `spread`: see `LastingErrors.widened`.
  public func together(
    _ reading: TiltReading, frames: Double, unexplained: SIMD3<Double> = .zero, spread: TargetSpread? = nil
  ) -> TiltReading {
    (lastingErrors ?? LastingErrors(q: 0, c: 0, s: 0))
      .widened(reading, frames: frames, unexplained: unexplained, spread: spread, sigmaScale: sigmaScale)
  }

  /// The spread of the targets over the training; nil when the file does not tell.
  public var targetSpread: TargetSpread? { trainedRange?.targetSpread }
}
