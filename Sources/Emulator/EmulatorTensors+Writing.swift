// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Inference

/// An emulator as tensors, each component as exact as it counts.
extension EmulatorTensors {
  static func tensors(of emulator: Emulator) -> [String: Tensor] {
    let prefix = prefix(emulator.family)
    let modes = emulator.modes
    var result: [String: Tensor] = [:]
    func set(_ name: String, _ values: [Float], _ shape: [Int]) {
      result["\(prefix)\(name)"] = Tensor(values, shape: shape)
    }
    func set(_ name: String, _ modes: LeadingModes) { set(name, modes.basis, [modes.size, modes.count]) }
    set("contrast", modes.contrast, [modes.thicknessCount, modes.defocusCount])
    set("nodes", modes.nodes)
    for imageClass in emulator.layout.classes {
      set("harmonics.\(imageClass.rawValue)", modes.harmonics[imageClass.rawValue])
    }
    set("mean", emulator.mean, [emulator.mean.count])
    for (n, points) in pointSets(of: emulator).enumerated() {
      set(
        "points.\(n)", points.flatMap { p in (0..<EmulatorInput.count).map { Float(p.vector[$0]) } },
        [points.count, EmulatorInput.count])
    }
    let counts = precisions(of: emulator)
    for (g, group) in emulator.groups.enumerated() {
      let inner = modes.harmonics[group.imageClass.rawValue].count
      let (leading, weak) = (counts[g].leading, group.cores.count - counts[g].weak)
      func rows(_ range: Range<Int>) -> [Float] { group.cores[range].flatMap(\.self) }
      if leading > 0 { set("leading.\(g)", rows(0..<leading), [leading * modes.nodes.count, inner]) }
      var scales: [Float] = []
      if leading < weak {
        let bytes = RowQuantization(rows(leading..<weak), columns: inner, levels: 127)
        result["\(prefix)cores.\(g)"] = Tensor(bytes.values, shape: [bytes.scales.count, inner])
        scales += bytes.scales
      }
      if weak < group.cores.count {
        let halves = RowQuantization(rows(weak..<group.cores.count), columns: inner, levels: 7)
        result["\(prefix)weak.\(g)"] = Tensor(
          halves.pairs(columns: inner), shape: [halves.scales.count, (inner + 1) / 2])
        scales += halves.scales
      }
      if !scales.isEmpty { set("scales.\(g)", scales, [scales.count]) }
      let members = group.processes.members
      let kernel = group.processes.covariance.kernel
      set("values.\(g)", members.flatMap { $0.values.map(Float.init) }, [members.count, kernel.points.count])
      set("noise.\(g)", members.flatMap { [Float(log($0.amplitude)), Float(log($0.noiseRatio))] }, [members.count, 2])
      set("lengths.\(g)", (0..<EmulatorInput.count).map { Float(kernel.lengths[$0]) }, [EmulatorInput.count])
    }
    return result
  }

  /// The emulator that a file would give back.
  static func stored(_ emulator: Emulator) throws(EmulatorError) -> Emulator {
    var file = Safetensors()
    file.tensors = tensors(of: emulator)
    do {
      return try EmulatorTensors(file: file, path: "memory", note: EmulatorNote(emulator)).emulator()
    } catch {
      throw error as? EmulatorError ?? .badFile(path: "memory", expected: "an emulator", found: "\(error)")
    }
  }

  /// What the components in bytes and half bytes, and those in half bytes alone, add to an image, as shares of its contrast: bytes are
  /// good to 0.7 % of that, half bytes to some tenth.
  private static let (byteShare, weakShare) = (0.05, 0.01)

  /// How many components of each group, from the first, are kept as they are, and how many, to the last, in half bytes.
  private static func precisions(of emulator: Emulator) -> [(leading: Int, weak: Int)] {
    let nodes = Double(emulator.modes.thicknessCount * emulator.modes.defocusCount)
    let all = emulator.groups.enumerated().flatMap { g, group in
      group.processes.members.map { member in
        (group: g, square: member.values.reduce(0) { $0 + $1 * $1 } / (Double(member.values.count) * nodes))
      }
    }
    var counts = emulator.groups.map { _ in (leading: 0, weak: 0) }
    var sum = 0.0
    for component in all.sorted(by: { $0.square < $1.square }) {
      sum += component.square
      if sum < weakShare * weakShare { counts[component.group].weak += 1 }
      if sum > byteShare * byteShare { counts[component.group].leading += 1 }
    }
    return counts
  }

  /// The sets of points that the groups use, each once.
  static func pointSets(of emulator: Emulator) -> [[EmulatorInput]] {
    emulator.groups.reduce(into: []) { sets, group in
      let points = group.processes.covariance.kernel.points
      if !sets.contains(points) { sets.append(points) }
    }
  }
}
