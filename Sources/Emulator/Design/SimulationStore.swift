// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Finished simulations of a design in a folder: one folder a crystal family, one .npy a simulation.
///
/// Any number of programs may fill one store, or stores that are copied into one: files appear only when they are whole, and
/// what is there is never made again.
public struct SimulationStore: Sendable {
  public let folder: String
  public let design: EmulatorDesign

  /// Opens or makes the folder; refuses one that holds the simulations of another design.
  public init(folder: String, design: EmulatorDesign) throws(EmulatorError) {
    self.folder = folder
    self.design = try design.checked()
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: folder, reason: error.localizedDescription)
    }
    let note = Self.note(of: folder)
    guard !FileManager.default.fileExists(atPath: note) else {
      let differences = design.differences(from: try Self.design(at: note))
      guard differences.isEmpty else {
        throw .badFile(
          path: note, expected: differences.map { "\($0.name) \($0.own)" }.joined(separator: ", "),
          found: differences.map { "\($0.name) \($0.other)" }.joined(separator: ", "))
      }
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do {
      try WholeFile.write(encoder.encode(design), path: note)
    } catch {
      throw .unwritable(path: note, reason: (error as? UnwritableFile)?.reason ?? error.localizedDescription)
    }
  }

  /// Opens an existing store with the design that it holds.
  public init(existing folder: String) throws(EmulatorError) {
    self.folder = folder
    design = try Self.design(at: Self.note(of: folder)).checked()
  }

  private static func note(of folder: String) -> String { "\(folder)/design.json" }

  private static func design(at note: String) throws(EmulatorError) -> EmulatorDesign {
    guard let data = FileManager.default.contents(atPath: note),
      let design = try? JSONDecoder().decode(EmulatorDesign.self, from: data)
    else {
      throw .badFile(
        path: note, expected: "a design (made by 'glazer emulate simulate')", found: "none that can be read")
    }
    return design
  }

  public func path(_ item: SimulationItem) -> String {
    "\(folder)/\(item.family.fileName)/\(item.kind.rawValue)-\(item.index).npy"
  }

  /// The families with enough simulations for an emulator, in the order of their names, those that move before static ones.
  public func families() -> [CrystalFamily] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let known = Dictionary(
      names.compactMap { CrystalFamily(fileName: $0) }.map { ($0.fileName, $0) }, uniquingKeysWith: { $1 })
    return known.values.sorted {
      ($0.temperatureK == nil ? 1 : 0, $0.fileName) < ($1.temperatureK == nil ? 1 : 0, $1.fileName)
    }
    .filter { indices($0, .learning).count >= EmulatorFit.fewestSimulations }
  }

  /// Numbers of the simulations of a family that are there, ascending.
  public func indices(_ family: CrystalFamily, _ kind: SimulationItem.Kind) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(family.fileName)")) ?? []
    let prefix = "\(kind.rawValue)-"
    return names.compactMap { name in
      name.hasPrefix(prefix) && name.hasSuffix(".npy") ? Int(name.dropFirst(prefix.count).dropLast(4)) : nil
    }.filter { (0..<EmulatorDesign.firstTest).contains($0) }.sorted()
  }

  /// The stored spectra, or nil when there are none, or those of a file of another size or with numbers that are none.
  func load(_ item: SimulationItem, layout: SpectrumLayout, count: Int) -> [ImageSpectrum]? {
    guard let array = try? NumpyArray.read(path: path(item)), array.values.count == count * layout.count,
      array.values.allSatisfy(\.isFinite)
    else {
      return nil
    }
    return (0..<count).map { layout.spectrum(array.values[$0 * layout.count..<($0 + 1) * layout.count]) }
  }

  func save(_ spectra: [ImageSpectrum], as item: SimulationItem, layout: SpectrumLayout) throws(EmulatorError) {
    let path = path(item)
    do {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try NumpyArray(shape: [spectra.count, layout.count], values: spectra.flatMap(layout.vector)).write(path: path)
    } catch {
      throw .unwritable(path: path, reason: (error as? NumpyError)?.description ?? error.localizedDescription)
    }
  }
}

/// One simulation of a store.
public struct SimulationItem: Sendable, Hashable {
  public var family: CrystalFamily
  public var index: Int
  public var kind: Kind

  public init(family: CrystalFamily, index: Int, kind: Kind) {
    (self.family, self.index, self.kind) = (family, index, kind)
  }

  /// What it is for; the raw value begins the file's name.
  public enum Kind: String, Sendable {
    /// Displaced atoms (or atoms at rest), to learn from.
    case learning = "tilt"
    /// The mean wave (`ThermalMotion.Treatment.meanWave`), to learn from.
    case meanWave = "mean"
    case test
  }
}
