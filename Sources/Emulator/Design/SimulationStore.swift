// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
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

  private func path(_ name: String) -> String { "\(folder)/\(name).npy" }

  /// The stored vector, or nil when it is not there or was damaged (it is then simulated again).
  func load(_ name: String, count: Int) -> [Float]? {
    guard let array = try? NumpyArray.read(path: path(name)), array.values.count == count else { return nil }
    return array.values
  }

  func save(_ values: [Float], name: String) throws(EmulatorError) {
    do {
      try NumpyArray(shape: [values.count], values: values).write(path: path(name))
    } catch {
      throw .unwritable(path: path(name), reason: error.description)
    }
  }
}
