// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// The emulators of several crystal families in one file.
///
/// safetensors: for each family the modes and the mean as float32, the components of each group as int8 with a float32 scale for each
/// of their rows (the strongest as float32, the weakest as half bytes: `leading` and `weak`, which files of format 3 have not; sixteen classes of
/// families with a step across, which those of formats 3 and 4 have not), the processes' points, values and
/// hyper-parameters as float32 (their weights are computed again on load), and everything else as JSON in the metadata.
public struct EmulatorLibrary: Sendable {
  private static let format = "glazer-emulator-5"
  private static let readable = ["glazer-emulator-3", "glazer-emulator-4", format]
  private static let mostFamilies = 256

  private let file: Safetensors
  private let path: String
  private let notes: [EmulatorNote]

  /// Reads the file; emulators are made when they are asked for.
  public init(path: String) throws {
    file = try Safetensors.read(path)
    self.path = path
    guard let found = file.metadata["format"], Self.readable.contains(found) else {
      throw EmulatorError.badFile(
        path: path, expected: "format \(Self.readable.joined(separator: " or "))",
        found: file.metadata["format"] ?? "none")
    }
    guard let text = file.metadata["families"],
      let notes = try? JSONDecoder().decode([EmulatorNote].self, from: Data(text.utf8)),
      (1...Self.mostFamilies).contains(notes.count)
    else {
      throw EmulatorError.badFile(
        path: path, expected: "1 to \(Self.mostFamilies) families", found: "none that can be read")
    }
    if let other = notes.first(where: { !$0.design.isOfInstrument(notes[0].design) }) {
      throw EmulatorError.badFile(
        path: path, expected: "families of one instrument, \(notes[0].design.imaging)",
        found: "\(other.family) at \(other.design.imaging)")
    }
    // Tensors go by these names: two families of one name would read each other's.
    var names: Set<String> = []
    if let twice = notes.first(where: { !names.insert(EmulatorTensors.prefix($0.family)).inserted }) {
      throw EmulatorError.badFile(path: path, expected: "each family once", found: "\(twice.family) twice")
    }
    self.notes = notes
  }

  /// In the order of the file; the first is the one that is meant when none is named.
  public var families: [CrystalFamily] { notes.map(\.family) }

  /// What a family was fitted to, and what was measured of it.
  public struct Entry: Sendable {
    public var family: CrystalFamily
    public var design: EmulatorDesign
    public var simulations: Int
    public var meanWaves: Int
    public var errors: EmulatorTestErrors?

    public init(_ emulator: Emulator) { self.init(EmulatorNote(emulator)) }

    init(_ note: EmulatorNote) {
      (family, design, errors) = (note.family, note.design, note.errors)
      (simulations, meanWaves) = (note.simulations, note.meanWaves)
    }
  }

  public var entries: [Entry] { notes.map(Entry.init) }

  /// The emulator of a family, by default the file's first. Cost: an eigenvalue problem for each group, below a second.
  public func emulator(_ family: CrystalFamily? = nil) throws -> Emulator {
    try EmulatorTensors(file: file, path: path, note: note(family)).emulator()
  }

  /// SHA-256 of all that images of these families rest on (nil: the file's first), whatever else the file holds.
  public func sha256(of families: [CrystalFamily?]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var digest = SHA256Digest()
    for family in families {
      var note = try note(family)
      // What tests have found changes no image.
      note.errors = nil
      let prefix = EmulatorTensors.prefix(note.family)
      var part = Safetensors(tensors: file.tensors.filter { $0.key.hasPrefix(prefix) })
      part.metadata["family"] = String(decoding: try encoder.encode(note), as: UTF8.self)
      part.encoded().withUnsafeBytes { digest.update($0) }
    }
    return digest.hexadecimal()
  }

  private func note(_ family: CrystalFamily?) throws(EmulatorError) -> EmulatorNote {
    guard let note = family.map({ wanted in notes.first { $0.family == wanted } }) ?? notes.first else {
      throw .unknownFamily(path: path, wanted: family?.description ?? "any", known: families.map(\.description))
    }
    return note
  }

  /// Writes aside and renames. With `base`, its families are kept as they are, bit for bit, but for those among `emulators`,
  /// which take their places; new ones follow.
  public static func write(_ emulators: [Emulator], into base: EmulatorLibrary? = nil, path: String) throws {
    var tensors = base?.file.tensors ?? [:]
    var notes = base?.notes ?? []
    for emulator in emulators {
      let note = EmulatorNote(emulator)
      let prefix = EmulatorTensors.prefix(note.family)
      if let place = notes.firstIndex(where: { EmulatorTensors.prefix($0.family) == prefix }) {
        tensors = tensors.filter { !$0.key.hasPrefix(prefix) }
        notes[place] = note
      } else {
        notes.append(note)
      }
      tensors.merge(EmulatorTensors.tensors(of: emulator)) { $1 }
    }
    try write(tensors, notes, path: path)
  }

  /// Throws unless emulators of this design may stand in the file: a model that is trained on all of it states one instrument.
  public func check(_ design: EmulatorDesign) throws(EmulatorError) {
    try Self.check(design, beside: notes[0].design)
  }

  private static func check(_ design: EmulatorDesign, beside first: EmulatorDesign) throws(EmulatorError) {
    guard design.isOfInstrument(first) else {
      throw .badDesign(
        what: "instrument of the emulators", expected: "\(first.imaging)", found: "\(design.imaging)")
    }
  }

  /// Writes a copy that states these errors of the families that they are of. Writes aside and renames.
  public func write(testErrors: [CrystalFamily: EmulatorTestErrors], path: String) throws {
    let notes = notes.map { note in
      var note = note
      note.errors = testErrors[note.family] ?? note.errors
      return note
    }
    try Self.write(file.tensors, notes, path: path)
  }

  private static func write(_ tensors: [String: Tensor], _ notes: [EmulatorNote], path: String) throws {
    guard (1...mostFamilies).contains(notes.count) else {
      throw EmulatorError.badDesign(
        what: "families of \(path)", expected: "1 to \(mostFamilies)", found: "\(notes.count)")
    }
    for note in notes { try check(note.design, beside: notes[0].design) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var file = Safetensors()
    file.tensors = tensors
    file.metadata["format"] = format
    file.metadata["families"] = String(decoding: try encoder.encode(notes), as: UTF8.self)
    try file.write(path)
  }
}

/// What the metadata says of one emulator.
struct EmulatorNote: Codable, Sendable {
  var family: CrystalFamily
  var design: EmulatorDesign
  var simulations: Int
  var meanWaves: Int
  var groups: [Group]
  var errors: EmulatorTestErrors?

  struct Group: Codable, Sendable {
    var imageClass: ImageClass
    /// Number of its set of points.
    var points: Int
    var pairCorrelation: Double
  }

  init(_ emulator: Emulator) {
    family = emulator.family
    design = emulator.design
    simulations = emulator.simulationCount
    meanWaves = emulator.meanWaveCount
    let sets = EmulatorTensors.pointSets(of: emulator)
    groups = emulator.groups.map { group in
      let covariance = group.processes.covariance
      return Group(
        imageClass: group.imageClass, points: sets.firstIndex(of: covariance.kernel.points) ?? 0,
        pairCorrelation: covariance.pairCorrelation)
    }
    errors = emulator.testErrors
  }
}
