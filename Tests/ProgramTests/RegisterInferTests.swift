import Foundation
// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import TestSupport
import Testing

@testable import glazer

@Suite("glazer register and glazer infer")
struct RegisterInferTests {
  private let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    try TiffWriter.write([TestImages.perovskite()], to: folder.file("good.tif"), as: .uint16)
    try TiffWriter.write([TestImages.noise()], to: folder.file("noise.tif"), as: .uint16)
    try TiffWriter.write(
      [TestImages.noise(), TestImages.perovskite(), TestImages.perovskite(seed: 4)], to: folder.file("pages.tif"),
      as: .uint16)
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program("glazer", arguments, in: folder.path).result()
  }

  private func json(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("register writes the lattice and says where the pixel size is from")
  func register() throws {
    let result = try run("register", "good.tif", "--json", "l.json", "--overlay", "l.png")
    #expect(result.code == 0)
    #expect(result.output.contains("from the lattice itself"))
    let lattice = try #require(try json("l.json")["lattice"] as? [String: Any])
    let b = try #require(lattice["b_px"] as? [Double])
    #expect(abs(b[0]) < 0.1 && abs(b[1] - 24) < 0.05)
    #expect(lattice["pixel_size_source"] as? String == "lattice")
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("l.png"))).prefix(4) == Data([137, 80, 78, 71]))
  }

  @Test("register refuses noise with 65, a missing file with 66, nonsense with 64, and leaves no output")
  func refusals() throws {
    let noise = try run("register", "noise.tif", "--json", "l.json")
    #expect(noise.code == 65)
    #expect(noise.errors.hasPrefix("glazer: noise.tif: "))
    #expect(noise.errors.split(separator: "\n").count == 1)
    #expect(try run("register", "nowhere.tif").code == 66)
    #expect(try run("register", "good.tif", "--pixel-size", "-1").code == 64)
    #expect(try run("register", "good.tif", "--page", "3").code != 0)
    #expect(try run("register", "good.tif", "--pixel-size", "0.03").code == 65)
    #expect(!FileManager.default.fileExists(atPath: folder.file("l.json")))
  }

  @Test("infer: rows as documented, refused pages reported, the others read")
  func infer() throws {
    let result = try run(
      "infer", "pages.tif", "noise.tif", "--model", "model.safetensors", "--csv", "c.csv", "--json", "c.json",
      "--overlay", "c.png", "--pixel-size", "0.01627", "--dose", "1e4")
    #expect(result.code == 0)
    #expect(result.errors.contains("pages.tif, page 0: "))
    #expect(result.errors.contains("noise.tif: "))
    let lines = try String(contentsOfFile: folder.file("c.csv"), encoding: .utf8).split(separator: "\n")
    #expect(
      lines[0]
        == "frame,i,j,x,y,alpha,beta,gamma,alpha_sigma,beta_sigma,gamma_sigma,q,q_sigma,rho,rho_sigma,score,flags")
    let rows = lines.dropFirst().map { $0.split(separator: ",") }
    #expect(rows.allSatisfy { $0.count == 17 })
    #expect(Set(rows.map { $0[0] }) == ["1", "2"])
    // 200 px hold 11.8 by 8.3 cells: ten or eleven by seven or eight B columns with their whole cell inside.
    let first = rows.filter { $0[0] == "1" }
    #expect((60...96).contains(first.count))
    #expect(first.allSatisfy { (8.0...192).contains(Double($0[3])!) })
    for frame in [1, 2] { #expect(FileManager.default.fileExists(atPath: folder.file("c-000\(frame).png"))) }
    let report = try json("c.json")
    #expect((report["refused"] as? [String])?.count == 2)
    let frames = try #require(report["frames"] as? [[String: Any]])
    #expect(frames.compactMap { $0["frame"] as? Int } == [1, 2])
    // A model of random weights may say anything: as many regions are told of as are written.
    let regions = frames.compactMap { $0["regions"] as? [[String: Any]] }
    #expect(regions.count == 2)
    #expect(result.output.split(separator: "\n").count { $0.hasPrefix("region ") } == regions.joined().count)
    #expect(regions.joined().allSatisfy { ($0["members"] as? [[Int]])?.count == $0["cells"] as? Int })
    #expect(result.output.contains("cells     \(rows.count)"))
  }

  @Test("infer tells the dose from the noise where that is asked for")
  func doseFromNoise() throws {
    let result = try run(
      "infer", "good.tif", "--model", "model.safetensors", "--csv", "n.csv", "--json", "n.json", "--dose-from-noise")
    #expect(result.code == 0, "\(result.errors)")
    let dose = try #require((try json("n.json")["frames"] as? [[String: Any]])?.first?["dose_e_per_A2"] as? Double)
    #expect(dose > 0)
    #expect(result.output.contains(String(format: "noise     that of %.1e e/A2", dose)))
    let both = try run(
      "infer", "good.tif", "--model", "model.safetensors", "--csv", "b.csv", "--dose", "1e4", "--dose-from-noise")
    #expect(both.code == 64 && both.errors.contains("exclude"))
  }

  /// Cubic SrTiO3 along [110], whose tilts are zero. Keeps what was reached: the model for 20 mrad was trained with this image at hand.
  @Test(
    "infer on a real micrograph of a crystal without tilts: q is zero within what is stated, ρ is below the limit",
    .enabled(if: SharedData.hasMicrographs, "needs ../shared/realdata"), arguments: ["20mrad", "general"])
  func realMicrograph(_ name: String) throws {
    let image = SharedData.micrographs.appendingPathComponent("images/test_ABF_cropped.u16.tif").path
    let model = SharedData.repository.appendingPathComponent("firmware-config/models/\(name).safetensors").path
    let result = try run(
      "infer", image, "--pixel-size", "0.00932627", "--dose-from-noise", "--model", model, "--csv", "m.csv")
    #expect(result.code == 0, "\(result.errors)")
    let rows = try String(contentsOfFile: folder.file("m.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",").compactMap { Double($0) } }
    let (qColumn, sigmaColumn, flagColumn) = (11, 12, 16)
    func has(_ row: [Double], _ flag: CellFlags) -> Bool { Int(row[flagColumn]) & Int(flag.rawValue) != 0 }
    let inside = rows.filter { $0.count == 17 && !has($0, .border) }
    #expect(inside.count > 60)
    let mean = inside.reduce(0) { $0 + $1[qColumn] } / Double(inside.count)
    let square = inside.reduce(0) { $0 + ($1[qColumn] - mean) * ($1[qColumn] - mean) } / Double(inside.count)
    let stated = inside.reduce(0) { $0 + $1[sigmaColumn] } / Double(inside.count)
    #expect(abs(mean) < 0.3)
    #expect((0.7...1.5).contains(square.squareRoot() / stated), "\(square.squareRoot()), stated \(stated)")
    #expect(inside.count { has($0, .belowDetectionLimit) } >= inside.count * 9 / 10)
  }

  @Test("infer ends with 65 if nothing could be read, 66 if nothing was there, and writes nothing")
  func nothing() throws {
    let noise = try run("infer", "noise.tif", "--model", "model.safetensors", "--csv", "c.csv")
    #expect(noise.code == 65)
    #expect(try run("infer", "no.tif", "--model", "model.safetensors", "--csv", "c.csv").code == 66)
    #expect(try run("infer", "no.tif", "noise.tif", "--model", "model.safetensors", "--csv", "c.csv").code == 65)
    let missing = try run("infer", "good.tif", "--model", "no.safetensors", "--csv", "c.csv")
    #expect(missing.code == 66)
    #expect(missing.errors.contains("no.safetensors"))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("model.safetensors")))
    bytes.removeLast(1000)
    try bytes.write(to: URL(fileURLWithPath: folder.file("cut.safetensors")))
    #expect(try run("infer", "good.tif", "--model", "cut.safetensors", "--csv", "c.csv").code == 65)
    #expect(!FileManager.default.fileExists(atPath: folder.file("c.csv")))
  }

  @Test("infer into a folder that is not there says so with 74")
  func unwritable() throws {
    let result = try run("infer", "good.tif", "--model", "model.safetensors", "--csv", "none/c.csv")
    #expect(result.code == 74)
    #expect(result.errors.contains("none/c.csv"))
  }

  @Test("Statistics leave out cells in doubt and count every flag")
  func statistics() throws {
    var table = CellTable()
    for (q, flags) in [
      (1.0, CellFlags.belowDetectionLimit), (3, []), (50, .border), (.nan, .unfamiliar), (8, .unfamiliar),
    ] {
      var row = CellRow(i: 0, j: 0)
      (row.q, row.qSigma, row.flags) = (Float(q), 0.5, flags)
      table.append(row)
    }
    let statistics = CellStatistics([table])
    #expect((statistics.cells, statistics.good.cells, statistics.whole.cells) == (5, 2, 3))
    #expect(abs(statistics.good.mean - 2) < 1e-6)
    #expect(abs(statistics.whole.mean - 4) < 1e-6)
    #expect(abs(statistics.good.spread - 2.0.squareRoot()) < 1e-6)
    #expect(abs(statistics.good.sigma - 0.5) < 1e-6)
    #expect(statistics.good.belowDetectionLimit == 0.5)
    #expect(statistics.flags == ["below detection limit": 1, "border": 1, "unlike the training data": 2])
    #expect(CellStatistics([CellTable()]).summary.contains("cells     0"))
  }
}
