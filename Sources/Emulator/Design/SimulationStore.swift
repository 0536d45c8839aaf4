// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Finished simulations of a design in a folder, one .npy each, so that an interrupted fit goes on where it was.
struct SimulationStore {
  let folder: String

  /// Makes the folder; refuses one that holds the simulations of another design.
  init(folder: String, design: SimulationDesign) throws(EmulatorError) {
    self.folder = folder
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let note = "\(folder)/design.json"
    // How many points are taken does not change what each of them is.
    var essence = design
    essence.trainingCount = 0
    essence.testCount = 0
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      if let old = FileManager.default.contents(atPath: note) {
        guard (try? JSONDecoder().decode(SimulationDesign.self, from: old)) == essence else {
          throw EmulatorError.badFile(
            path: note, expected: "the same design as now, or an empty folder", found: "another design")
        }
      } else {
        try encoder.encode(essence).write(to: URL(fileURLWithPath: note), options: .atomic)
      }
    } catch let error as EmulatorError {
      throw error
    } catch {
      throw .unwritable(path: folder, reason: error.localizedDescription)
    }
  }

  /// The spectra `[thickness, defocus]` of a tilt: from the folder, or simulated now and kept there. A stored file of another
  /// size or a damaged one is made again.
  func simulation(
    _ name: String, design: SimulationDesign, tilt: TiltAngles, threads: Int,
    progress: @Sendable (Double) -> Void = { _ in }
  ) throws(EmulatorError) -> [ImageSpectrum] {
    let layout = SpectrumLayout(maximum: try design.makeSimulation(.zero).largestHarmonic)
    let nodes = design.thicknessesNm.count * design.defociA.count
    let path = "\(folder)/\(name).npy"
    if let array = try? NumpyArray.read(path: path), array.values.count == nodes * layout.count {
      return (0..<nodes).map { layout.spectrum(array.values[$0 * layout.count..<($0 + 1) * layout.count]) }
    }
    let spectra = try design.simulate(tilt, threads: threads, progress: progress)
    let values = spectra.flatMap(layout.vector)
    do {
      try NumpyArray(shape: [values.count], values: values).write(path: path)
    } catch {
      throw .unwritable(path: path, reason: error.description)
    }
    return spectra
  }
}
