// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import GlazerCore

/// Tries a model before it is trusted: a file can have every shape right, and finite weights whose products are not.
///
/// Fixed patches, the same on every machine, go through the network. Every output must be a finite number. About 2 ms.
public enum ModelSelfTest {
  public enum Failure: DiagnosableError, Equatable {
    /// `index` counts the outputs of a patch: q, c, s, then their logarithmic deviations.
    case notFinite(model: String, patch: Int, index: Int, found: String)
    case kernelsDiffer(model: String, kernels: String, patch: Int, index: Int, found: Float, expected: Float)

    public var category: ErrorCategory { .badData }

    public var description: String {
      switch self {
      case .notFinite(let model, let patch, let index, let found):
        "model \(model): self-test: output \(index) of patch \(patch) is \(found), expected a finite number"
      case .kernelsDiffer(let model, let kernels, let patch, let index, let found, let expected):
        "model \(model): self-test: kernels \(kernels) give \(found) for output \(index) of patch \(patch), "
          + "expected \(expected) as the scalar ones do"
      }
    }
  }

  static let patchCount = 4

  /// Throws what is wrong with the model.
  public static func run(_ model: TiltModel) throws(Failure) {
    _ = try outputs(model)
  }

  /// Throws where two models differ that hold the same weights, packed for different kernel sets.
  public static func compare(_ model: TiltModel, with reference: TiltModel) throws(Failure) {
    let (found, expected) = (try outputs(model), try outputs(reference))
    for place in found.indices where found[place].bitPattern != expected[place].bitPattern {
      let (patch, index) = place.quotientAndRemainder(dividingBy: NetworkArchitecture.outputCount)
      throw .kernelsDiffer(
        model: model.name, kernels: model.network.kernels.description, patch: patch, index: index,
        found: found[place], expected: expected[place])
    }
  }

  private static func outputs(_ model: TiltModel) throws(Failure) -> [Float] {
    let size = model.architecture.patch.count
    let workspace = NetworkWorkspace(model.network, batchCapacity: patchCount)
    // Noise by a linear congruence, smooth from pixel to pixel as images are, with a deviation of about one.
    var state: UInt32 = 1
    var level: Float = 0
    var patches = (0..<patchCount * size).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      level = 0.8 * level + Float(state >> 8) * 0x1p-23 - 1
      return level
    }
    var outputs = [Float](repeating: 0, count: patchCount * NetworkArchitecture.outputCount)
    patches.withUnsafeMutableBufferPointer { patches in
      outputs.withUnsafeMutableBufferPointer { outputs in
        guard let first = patches.baseAddress, let output = outputs.baseAddress else { return }
        workspace.evaluate(patches: first, count: patchCount, into: output)
      }
    }
    for (place, value) in outputs.enumerated() where !value.isFinite {
      let (patch, index) = place.quotientAndRemainder(dividingBy: NetworkArchitecture.outputCount)
      throw .notFinite(model: model.name, patch: patch, index: index, found: "\(value)")
    }
    return outputs
  }
}
