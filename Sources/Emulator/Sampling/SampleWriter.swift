// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Writes a sampled set as float32 [image, y, x] (.npy) and its labels (.csv beside it), image by image: sets are larger
/// than memory. Both files appear only when they are whole.
public struct SampleWriter {
  private let emulator: Emulator
  private let output: String

  public init(emulator: Emulator, output: String) {
    self.emulator = emulator
    self.output = output
  }

  public func write(_ states: SampledStates, progress: (Double) -> Void) throws(EmulatorError) {
    let labelsPath = (output.hasSuffix(".npy") ? String(output.dropLast(4)) : output) + ".csv"
    do throws(UnwritableFile) {
      let images = try StagedOutput(path: output)
      let labels = try StagedOutput(path: labelsPath)
      try fill(states, images: images, labels: labels, progress: progress)
      try images.commit()
      try labels.commit()
    } catch {
      throw .unwritable(path: error.path, reason: error.reason)
    }
  }

  private func fill(
    _ states: SampledStates, images: StagedOutput, labels: StagedOutput, progress: (Double) -> Void
  ) throws(UnwritableFile) {
    let shape = [states.count, emulator.gridHeight, emulator.gridWidth]
    try images.write(NumpyArray.header(shape: shape))
    try labels.write("image,alpha_deg,beta_deg,gamma_deg,p_deg,q_deg,r_deg,thickness_nm,defocus_A,source_fwhm_A\n")
    var workspace = emulator.makeWorkspace()
    var grid = [Float](repeating: 0, count: emulator.gridWidth * emulator.gridHeight)
    for index in 0..<states.count {
      let state = states[index]
      emulator.render(state, into: &grid, workspace: &workspace)
      try images.write(grid.withUnsafeBytes { Data($0) })
      let tilt = state.tilt
      let numbers = [
        tilt.alpha, tilt.beta, tilt.gamma, tilt.p, tilt.q, tilt.r, state.thicknessNm, state.defocusA, state.sourceFWHMA,
      ]
      let row = numbers.map { String(format: "%.6g", $0) }.joined(separator: ",")
      try labels.write("\(index),\(row)\n")
      if index.isMultiple(of: 256) { progress(Double(index) / Double(states.count)) }
    }
    progress(1)
  }
}
