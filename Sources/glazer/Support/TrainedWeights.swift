// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import Training

/// A float model file with what its metadata say of its training.
struct TrainedWeights {
  let path: String
  let file: ModelFile
  let state: NetworkState
  let training: TrainingConfiguration

  init(path: String) throws {
    self.path = path
    file = try ModelFile.read(path, expecting: .float)
    state = try NetworkState(file.architecture, seed: 0)
    try state.load(file.tensors, file: path)
    training = try TrainingConfiguration(of: file, path: path)
  }

  func geometry() throws(TrainingError) -> NormalisationGeometry {
    let patch = file.architecture.patch
    guard let geometry = NormalisationGeometry(patch) else {
      throw .badFile(file: path, expected: "a patch of whole cells about a column", found: "\(patch)")
    }
    return geometry
  }

  /// The emulators of all families of the training.
  func emulators(named option: String?) throws -> [Emulator] {
    try Self.emulators(named: option, training: training, of: file, at: path)
  }

  /// The same, and throws where they are not the ones that the weights say they were trained on.
  func ownEmulators(named option: String?) throws -> [Emulator] {
    let library = try Self.library(named: option, training: training, beside: path)
    let families = try training.crystalFamilies()
    let found = try library.sha256(of: families)
    if let expected = file.metadata["emulator_sha256"], expected != found {
      throw ForeignEmulator(weights: path, expected: expected, found: found)
    }
    let emulators = try families.map { try library.emulator($0) }
    try training.check(emulators, for: file, path: path)
    return emulators
  }

  /// What the training of a model (float or int8) drew its samples from. Throws where that cannot be: in other ranges or with
  /// another instrument.
  static func emulators(
    named option: String?, training: TrainingConfiguration, of file: ModelFile, at path: String
  ) throws -> [Emulator] {
    let library = try library(named: option, training: training, beside: path)
    let emulators = try training.crystalFamilies().map { try library.emulator($0) }
    try training.check(emulators, for: file, path: path)
    return emulators
  }

  /// All families of the file that the training drew from.
  static func library(
    named option: String?, training: TrainingConfiguration, beside path: String
  ) throws -> EmulatorLibrary {
    try EmulatorLibrary(path: place(named: option, training: training, beside: path))
  }

  /// The emulator file that the option names, else the training's, looked for beside the model and where we are. Says which it was: another file
  /// of the name is another emulator.
  private static func place(named option: String?, training: TrainingConfiguration, beside path: String) throws
    -> String
  {
    if let option { return option }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let name = URL(fileURLWithPath: training.emulator).lastPathComponent
    let places = [
      training.emulator, URL(fileURLWithPath: training.emulator, relativeTo: folder).path,
      folder.appendingPathComponent(name).path, name, "tools/emulators/\(name)",
    ]
    guard let found = places.first(where: FileManager.default.fileExists(atPath:)) else {
      throw MissingEmulator(name: training.emulator, model: path)
    }
    StandardError.write("emulator: \(found)")
    return found
  }
}

/// Samples of a training are those of its emulators alone.
struct ForeignEmulator: DiagnosableError {
  var weights: String
  var expected: String
  var found: String
  var category: ErrorCategory { .badData }
  var description: String {
    "\(weights): trained on emulators with the sha256 \(expected.prefix(12)), found others, \(found.prefix(12))"
  }
}

/// The emulator of a training is not where it was.
struct MissingEmulator: DiagnosableError {
  var name: String
  var model: String
  var category: ErrorCategory { .noInput }
  var description: String { "\(name): the emulator that \(model) was trained on is not here; name one with --emulator" }
}
