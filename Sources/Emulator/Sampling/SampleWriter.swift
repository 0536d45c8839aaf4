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
    let asides = [output, labelsPath].map { "\($0).partial-\(getpid())" }
    do {
      for aside in asides {
        guard FileManager.default.createFile(atPath: aside, contents: nil) else {
          throw EmulatorError.unwritable(path: aside, reason: "no permission, or no such folder")
        }
      }
      try fill(states, images: asides[0], labels: asides[1], progress: progress)
      for (aside, path) in zip(asides, [output, labelsPath]) {
        _ = try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: aside, toPath: path)
      }
    } catch {
      for aside in asides { _ = try? FileManager.default.removeItem(atPath: aside) }
      if let known = error as? EmulatorError { throw known }
      throw .unwritable(path: output, reason: error.localizedDescription)
    }
  }

  private func fill(
    _ states: SampledStates, images imagesPath: String, labels labelsPath: String, progress: (Double) -> Void
  ) throws {
    let images = try FileHandle(forWritingTo: URL(fileURLWithPath: imagesPath))
    let labels = try FileHandle(forWritingTo: URL(fileURLWithPath: labelsPath))
    defer {
      try? images.close()
      try? labels.close()
    }
    let shape = [states.count, emulator.gridHeight, emulator.gridWidth]
    try images.write(contentsOf: NumpyArray.header(shape: shape))
    try labels.write(
      contentsOf: Data(
        "image,alpha_deg,beta_deg,gamma_deg,p_deg,q_deg,r_deg,thickness_nm,defocus_A,source_fwhm_A\n".utf8))
    var workspace = emulator.makeWorkspace()
    var grid = [Float](repeating: 0, count: emulator.gridWidth * emulator.gridHeight)
    for index in 0..<states.count {
      let state = states[index]
      emulator.render(state, into: &grid, workspace: &workspace)
      try grid.withUnsafeBytes { try images.write(contentsOf: Data($0)) }
      let tilt = state.tilt
      let numbers = [
        tilt.alpha, tilt.beta, tilt.gamma, tilt.p, tilt.q, tilt.r, state.thicknessNm, state.defocusA, state.sourceFWHMA,
      ]
      let row = numbers.map { String(format: "%.6g", $0) }.joined(separator: ",")
      try labels.write(contentsOf: Data("\(index),\(row)\n".utf8))
      if index.isMultiple(of: 256) { progress(Double(index) / Double(states.count)) }
    }
    progress(1)
  }
}
