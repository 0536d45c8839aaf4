// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Emulator
import Foundation
import Inference

/// The last layer, which stays float, fitted to what the integer layers before it hand over: outputs nearest to the float network's.
///
/// Rounded weights and activations shift the hidden values together, by the same weights for every image; that part of their errors a linear
/// layer can take back. Errors of q, c and s count in units of the deviation that the network states, so that the brightest images, whose
/// q says most, are heard. Ridge regression about the float weights, for each output.
enum LastLayerFit {
  /// Of the mean square of a hidden value: next to nothing, for hidden values that are always alike.
  private static let ridge = 1e-4

  /// `hidden` is [sample][input] and `outputs` [sample][output] of the float network; `weights` [output][input]. An output that
  /// cannot be solved for keeps its float weights. O(outputs · samples · inputs²).
  static func fit(
    hidden: [Float], outputs: [Float], weights: [Float], bias: [Float]
  ) -> (weights: [Float], bias: [Float]) {
    let (inputs, count) = (weights.count / bias.count, outputs.count / bias.count)
    let order = inputs + 1
    var (fittedWeights, fittedBias) = (weights, bias)
    for output in bias.indices {
      var matrix = [Double](repeating: 0, count: order * order)
      var pull = [Double](repeating: 0, count: order)
      for n in 0..<count {
        let own = outputs[n * bias.count..<(n + 1) * bias.count]
        // The first half of the outputs are means, the second the logarithms of their deviations.
        let weight = output < bias.count / 2 ? Self.weight(own[own.startIndex + output + bias.count / 2]) : 1
        let row = hidden[n * inputs..<(n + 1) * inputs].map(Double.init) + [1]
        var error = Double(own[own.startIndex + output]) - Double(bias[output])
        for i in 0..<inputs { error -= row[i] * Double(weights[output * inputs + i]) }
        cblas_dsyr(CblasRowMajor, CblasLower, Int32(order), weight, row, 1, &matrix, Int32(order))
        cblas_daxpy(Int32(order), weight * error, row, 1, &pull, 1)
      }
      let trace = (0..<order).reduce(0) { $0 + matrix[$1 * order + $1] }
      for i in 0..<order { matrix[i * order + i] += ridge * trace / Double(order) }
      guard SymmetricMatrix.factorise(&matrix, order: order) else { continue }
      SymmetricMatrix.solve(factor: matrix, order: order, &pull)
      for i in 0..<inputs { fittedWeights[output * inputs + i] += Float(pull[i]) }
      fittedBias[output] += Float(pull[inputs])
    }
    return (fittedWeights, fittedBias)
  }

  /// 1/σ², bounded as readings bound it.
  private static func weight(_ logSigma: Float) -> Double {
    let range = TiltReading.logSigmaRange
    return exp(-2 * min(max(Double(logSigma), range.lowerBound), range.upperBound))
  }
}
