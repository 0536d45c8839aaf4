// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Inference

/// What a model file, float or int8, says of the training that made it, held against what is here.
extension TrainingConfiguration {
  /// From the metadata, checked as a configuration of today is.
  public init(of file: ModelFile, path: String) throws(TrainingError) {
    guard let text = file.metadata["training"], let training = TrainingConfiguration(json: text) else {
      throw .badFile(file: path, expected: "metadata 'training' with a training's configuration", found: "none")
    }
    self = training
    do throws(TrainingError) { try check() } catch { throw error.told(of: path) }
  }

  /// Throws unless samples can be drawn from these sources as that training drew them: within their ranges, and from images of
  /// the instrument that the file names. Files of before name none.
  public func check(_ sources: [some CellImageSource], for file: ModelFile, path: String) throws(TrainingError) {
    if let trained = TrainedConditions(file.metadata).imaging, let found = sources.first?.imaging, found != trained {
      throw .badFile(file: path, expected: "emulators of its training's instrument, \(trained)", found: "\(found)")
    }
    do throws(TrainingError) { try ranges.check(for: sources) } catch { throw error.told(of: path) }
  }
}

extension TrainingError {
  /// A value out of bounds that stands in a model file and not in a configuration.
  fileprivate func told(of file: String) -> TrainingError {
    guard case .badConfiguration(let key, let expected, let found) = self else { return self }
    return .badFile(file: file, expected: "a training with \(key) of \(expected)", found: found)
  }
}
