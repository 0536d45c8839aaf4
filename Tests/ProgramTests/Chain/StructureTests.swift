// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

/// Crystals from CIF, as a person would use them.
@Suite("Structures")
struct StructureProgramTests {
  /// I4/mcm, c = 2 a, TiO6 turned about c: x(O) = ¼ + 0.02, that is tan φ = 0.08, 4.58° in the linear measure.
  private static let tetragonal = """
    data_tetragonal
    _cell_length_a 5.52
    _cell_length_b 5.52
    _cell_length_c 7.81
    _cell_angle_alpha 90
    _cell_angle_beta 90
    _cell_angle_gamma 90
    loop_
    _space_group_symop_operation_xyz
    x,y,z
    x+1/2,y+1/2,z+1/2
    loop_
    _atom_site_label
    _atom_site_fract_x
    _atom_site_fract_y
    _atom_site_fract_z
    Ti1 0 0 0
    Ti2 0 0 0.5
    Sr1 0 0.5 0.25
    Sr2 0.5 0 0.25
    O1 0 0 0.25
    O2 0 0 0.75
    O3 0.27 0.23 0
    O4 0.77 0.27 0
    O5 0.73 0.77 0
    O6 0.23 0.73 0
    """

  @Test("rotations are reported, the cell is written and simulated")
  func reportAndSimulate() throws {
    let folder = try TemporaryDirectory()
    let cif = folder.file("tetragonal.cif")
    try Self.tetragonal.write(toFile: cif, atomically: true, encoding: .utf8)
    let report = try Program.run(
      "glazer", "structure", cif, "--json", folder.file("r.json"), "--xyz", folder.file("cell.xyz"))
    #expect(report.code == 0, "\(report.errors)")
    #expect(report.output.contains("Glazer a0a0c-"), "\(report.output)")
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.file("r.json"))))
        as? [String: Any])
    let tilt = try #require(json["tilt_deg"] as? [Double])
    #expect(tilt[0] == 0 && tilt[1] == 0 && abs(abs(tilt[2]) - 4.58) < 0.01, "\(tilt)")
    #expect(json["atoms"] as? Int == 20 && json["pattern"] as? String == "00-")
    for arguments in [["--structure", cif, "--starting-layer", "3"], ["--structure", folder.file("cell.xyz")]] {
      let cheap = ["--thickness", "1", "--mesh", "1,1", "--scan", "4,4", "--output", folder.file("t.npy")]
      let images = try Program("glazer", ["simulate"] + arguments + cheap).result(seconds: 120)
      #expect(images.code == 0, "\(images.errors)")
    }
  }

  @Test("what is no perovskite, and a layer that is not there, are refused in one line")
  func refusals() throws {
    let folder = try TemporaryDirectory()
    let cif = folder.file("vacant.cif")
    let vacant = Self.tetragonal.replacingOccurrences(of: "Sr2 0.5 0 0.25\n", with: "")
    try vacant.write(toFile: cif, atomically: true, encoding: .utf8)
    for arguments in [["structure", cif], ["simulate", "--structure", cif, "--output", folder.file("t.npy")]] {
      let result = try Program("glazer", arguments).result()
      #expect(result.code == 65 && result.errors.contains("not a perovskite"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    let late = try Program.run(
      "glazer", "simulate", "--material", "SrTiO3", "--starting-layer", "4", "--output", folder.file("t.npy"))
    #expect(late.code == 64 && late.errors.contains("0 to 3"), "\(late.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("t.npy")))
  }
}
