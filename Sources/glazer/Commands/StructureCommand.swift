// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import GlazerCore
import Multislice

struct StructureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "structure",
    abstract: "Reports the octahedral rotations of a perovskite in a CIF and brings it to the [1-10] zone.",
    discussion: """
      Any cell and setting is taken, as long as the file lists its symmetry operations. Pseudo-cubic c is the unique axis: \
      that of the in-phase rotation, or of another sense of its own, or the longest. Angles are linear rotation vectors \
      about pseudo-cubic a, b, c, of the octahedron at the origin; --zone takes another of the six <110> views. What is no \
      perovskite is refused with exit code 65 and the reason.

      Example: glazer structure CaTiO3.cif --json rotations.json --xyz cell.xyz
      """)

  @Argument(help: "Crystal structure (.cif).") var file: String
  @Option(help: "Pseudo-cubic direction of the beam.")
  var zone: ZoneAxis = .z1m10
  @Option(help: "Where to write the report (JSON).") var json: String?
  @Option(help: "Where to write the cell in the zone (extended XYZ, z is the beam).") var xyz: String?

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(json, xyz, inputs: [file])
      let structure = try StructureFile.readPerovskite(path: file)
      let view = try structure.view(along: zone, path: file)
      let report = StructureReport(file: file, structure: structure, view: view)
      if let json { try JSONFile.write(report, path: json) }
      if let xyz {
        let slices = view.cell.sliceCount(maximumSliceA: ImagingConditions().maximumSliceA)
        try ExtendedXYZ.write(view.cell.centredInSlices(slices), path: xyz)
      }
      print(report.text)
    }
  }
}

extension ZoneAxis: ExpressibleByArgument {}
