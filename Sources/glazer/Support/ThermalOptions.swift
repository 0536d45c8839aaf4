// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Multislice

/// How the atoms of a simulation move.
struct ThermalOptions: ParsableArguments {
  @Option(help: "Let the atoms of a --material move as at this temperature, K.") var temperature: Double?
  @Option(
    help: "Let them move: rms displacement along one direction by element, Å, for example Sr=0.089,Ti=0.075,O=0.096.")
  var rms: String?
  @Option(help: "Runs with other displacements to average over; two or more give the statistical error.")
  var configurations = 1
  @Option(help: "Seed of the displacements.") var seed: UInt64 = 1
  @Option(help: "Cells along x and y whose atoms move independently of each other: the slow, full frozen phonons.")
  var supercell = NumberList([1, 1])

  func validate() throws {
    guard temperature == nil || rms == nil else { throw ValidationError("give --temperature or --rms, not both") }
    guard (1...1000).contains(configurations) else { throw ValidationError("--configurations takes 1 to 1000") }
    guard configurations == 1 || temperature != nil || rms != nil else {
      throw ValidationError("--configurations is for moving atoms: give --temperature or --rms too")
    }
    _ = try supercellSize()
    _ = try displacements()
  }

  /// Whether any of them asks for something (a seed and runs want one of the others).
  var areGiven: Bool { temperature != nil || rms != nil || supercell.values != [1, 1] }

  func supercellSize() throws -> SIMD2<Int> {
    let size = try supercell.integers(2, in: 1...8, option: "--supercell")
    return SIMD2(size[0], size[1])
  }

  /// nil: static atoms. `material` is the one that is imaged, when it is one of the known.
  func motion(of material: Material?) throws -> ThermalMotion? {
    if let temperature {
      guard let material else { throw ValidationError("--temperature is for --material; give --rms with --structure") }
      let kelvin = try NumberList([temperature]).numbers(1, in: 0...2000, option: "--temperature")[0]
      return material.thermalMotion(temperatureK: kelvin, seed: seed)
    }
    return try displacements().map { ThermalMotion(rmsDisplacementA: $0, seed: seed) }
  }

  /// A slip in an element's symbol would leave its atoms where they are.
  func check(_ cell: CrystalCell) throws {
    guard let table = try displacements() else { return }
    let present = Set(cell.atoms.map(\.element))
    let foreign = table.keys.filter { !present.contains($0) }.map(\.symbol).sorted()
    guard foreign.isEmpty else {
      throw ValidationError(
        "--rms names \(foreign.joined(separator: ", ")); the crystal holds \(present.map(\.symbol).sorted().joined(separator: ", "))"
      )
    }
  }

  private func displacements() throws -> [ChemicalElement: Double]? {
    guard let rms else { return nil }
    var table: [ChemicalElement: Double] = [:]
    for item in rms.split(separator: ",") {
      let parts = item.split(separator: "=")
      guard parts.count == 2, let element = ChemicalElement(symbol: parts[0]), let value = Double(parts[1]),
        (0...0.5).contains(value)
      else { throw ValidationError("--rms takes ELEMENT=Å, 0 to 0.5, separated by commas; found '\(item)'") }
      table[element] = value
    }
    return table
  }
}
