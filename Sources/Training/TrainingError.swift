// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a training, quantization or evaluation was refused or ended.
public enum TrainingError: DiagnosableError, Equatable {
  case badArchitecture(String)
  /// A value of the configuration out of its bounds.
  case badConfiguration(key: String, expected: String, found: String)
  /// A checkpoint that does not belong to this configuration.
  case foreignCheckpoint(file: String, what: String, expected: String, found: String)
  case badFile(file: String, expected: String, found: String)
  /// Float weights that no integers can stand for.
  case badWeights(layer: String, expected: String)
  case diverged(step: Int, loss: Double)
  case cannotWrite(file: String, reason: String)

  public var category: ErrorCategory {
    switch self {
    case .badConfiguration: .configuration
    case .badArchitecture, .foreignCheckpoint, .badFile, .badWeights, .diverged: .badData
    case .cannotWrite: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .badArchitecture(let reason): "network: \(reason)"
    case .badConfiguration(let key, let expected, let found):
      "configuration: \(key): expected \(expected), found \(found)"
    case .foreignCheckpoint(let file, let what, let expected, let found):
      "\(file): the checkpoint is of another training: \(what) \(found), expected \(expected)"
    case .badFile(let file, let expected, let found): "\(file): expected \(expected), found \(found)"
    case .badWeights(let layer, let expected): "weights of \(layer): expected \(expected), found NaN or infinity"
    case .diverged(let step, let loss):
      "training diverged at step \(step): loss \(loss); try a smaller learning rate"
    case .cannotWrite(let file, let reason): "\(file): cannot write: \(reason)"
    }
  }
}
