// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import TestSupport
import Testing

/// What a command line may hold.
@Suite("Arguments")
struct ArgumentTests {
  @Test("values that begin with a minus sign need no equals sign", arguments: ["---", "--+", "-++"])
  func minus(pattern: String) throws {
    let folder = try TemporaryDirectory()
    let result = try Program.run(
      "glazer", "simulate", "--material", "SrTiO3", "--tilt", "-1,2,-3", "--pattern", pattern, "--thickness", "1",
      "--mesh", "1,1", "--scan", "4,4", "--output", folder.file("cell.npy"), seconds: 120)
    #expect(result.code == 0, "\(result.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.file("cell.json"))))
    let text = String(describing: json)
    #expect(text.contains(pattern), "\(text)")
  }

  @Test("several detectors come out of one run, and a mistilt may begin with a minus sign")
  func optics() throws {
    let folder = try TemporaryDirectory()
    let result = try Program.run(
      "glazer", "simulate", "--thickness", "0.6", "--mesh", "1,1", "--scan", "4,6", "--detector", "11,30",
      "--detector", "0,11", "--detector", "11,30,-45,45", "--mistilt", "-1.5,0.5", "--coma", "300,20", "--output",
      folder.file("cell.npy"), seconds: 120)
    #expect(result.code == 0, "\(result.errors)")
    let header = try Data(contentsOf: URL(fileURLWithPath: folder.file("cell.npy"))).prefix(128)
    #expect(String(decoding: header, as: UTF8.self).contains("(3, 1, 4, 6)"))
    for wrong in [["--detector", "30,11"], ["--detector", "11,250"], ["--coma", "300"], ["--mistilt", "1"]] {
      let refused = try Program("glazer", ["simulate"] + wrong + ["--output", folder.file("no.npy")]).result()
      #expect(refused.code == 64 && refused.errors.contains(wrong[0]), "\(refused.errors)")
    }
  }

  @Test(
    "options that say nothing of the crystal that is named are refused",
    arguments: [
      ["--structure", "ct.cif", "--tilt", "2,2,2"], ["--structure", "ct.cif", "--pattern", "---"],
      ["--structure", "ct.cif", "--cell", "smallest"], ["--structure", "ct.cif", "--material", "SrTiO3"],
      ["--structure", "ct.cif", "--zone", "110", "--beam", "a"], ["--structure", "ct.xyz", "--zone", "110"],
      ["--structure", "ct.xyz", "--beam", "c"], ["--material", "SrTiO3", "--zone", "110"], ["--beam", "a"],
    ])
  func foreignOptions(_ options: [String]) throws {
    let folder = try TemporaryDirectory()
    let result = try Program("glazer", ["simulate"] + options + ["--output", folder.file("cell.npy")]).result()
    #expect(result.code == 64, "\(result.errors)")
    let named = options.filter { $0.hasPrefix("--") && $0 != "---" && $0 != "--structure" && $0 != "--material" }
    #expect(named.allSatisfy { result.errors.contains($0) }, "\(result.errors)")
  }

  @Test("no output takes the place of what is read, or of another output")
  func outputsOverInputs() throws {
    let folder = try TemporaryDirectory()
    let (image, other, crystal) = (folder.file("a.tif"), folder.file("b.tif"), folder.file("c.cif"))
    for path in [image, other, crystal] { try "kept".write(toFile: path, atomically: true, encoding: .utf8) }
    let link = folder.file("link.tif")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: image)
    let table = folder.file("t")
    for arguments in [
      ["infer", other, "--csv", other], ["infer", image, other, "--csv", link],
      ["infer", image, "--csv", table, "--json", table],
      ["infer", image, "--csv", table, "--json", folder.file("./t")],
      ["register", image, "--overlay", image], ["export", image, "--format", "csv", "--output", image],
      ["recover", image, "--output", link],
      ["replay", image, "--asap", "--overlays", image], ["quantize", image, "--output", image],
      ["structure", crystal, "--xyz", crystal], ["simulate", "--structure", crystal, "--output", crystal],
      ["emulate", "sample", "--emulator", image, "--count", "1", "--output", image],
    ] {
      let result = try Program("glazer", arguments).result()
      let words = arguments.contains(table) ? "another output goes there" : "it is what is read"
      #expect(result.code == 74 && result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    for path in [image, other, crystal] { #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept") }
  }

  @Test(
    "what is printed onto a full disk is no success", .enabled(if: access("/dev/full", W_OK) == 0, "needs /dev/full"))
  func fullOutput() throws {
    let folder = try TemporaryDirectory()
    let configuration = SharedData.repository.appendingPathComponent("tools/train-srtio3-20mrad.toml").path
    let command = "\"$0\" train --initialize --config \"$1\" --output \"$2\" >/dev/full"
    let result = try Program(
      "/bin/sh", ["-c", command, Program.path(of: "glazer"), configuration, folder.file("w.safetensors")]
    ).result()
    #expect(result.code == 74, "\(result.errors)")
    #expect(result.errors == "glazer: standard output: cannot write: No space left on device\n")
  }

  @Test(
    "convergence is that of atoms that stand still",
    arguments: [["--temperature", "293"], ["--rms", "Sr=0.09,Ti=0.07,O=0.1"], ["--supercell", "2,1"]])
  func thermalConvergence(_ options: [String]) throws {
    let result = try Program("glazer", ["simulate", "--converge"] + options).result()
    #expect(result.code == 64 && result.errors.contains(options[0]), "\(result.errors)")
  }

  @Test("displacements of an element that the crystal does not hold are a slip")
  func foreignElement() throws {
    let folder = try TemporaryDirectory()
    let result = try Program.run(
      "glazer", "simulate", "--material", "SrTiO3", "--rms", "Sr=0.09,Tb=0.07,O=0.1", "--output",
      folder.file("cell.npy"))
    #expect(
      result.code == 64 && result.errors.contains("--rms names Tb; the crystal holds O, Sr, Ti"), "\(result.errors)")
  }

  @Test("the angle about an axis without rotation is reported as what it is")
  func idleAngles() throws {
    let folder = try TemporaryDirectory()
    let result = try Program.run(
      "glazer", "simulate", "--material", "SrTiO3", "--pattern", "00-", "--tilt", "5,3,-4", "--thickness", "0.6",
      "--mesh", "1,1", "--scan", "4,4", "--output", folder.file("cell.npy"), seconds: 120)
    #expect(result.code == 0, "\(result.errors)")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("cell.json")))
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect((json["origin"] as? [String: Any])?["tilt_deg"] as? [Double] == [0, 0, -4])
  }

  @Test("the size beside the images of a supercell is that of the cell they show")
  func supercell() throws {
    let folder = try TemporaryDirectory()
    let result = try Program.run(
      "glazer", "simulate", "--thickness", "0.6", "--mesh", "1,1", "--scan", "4,4", "--supercell", "2,1", "--output",
      folder.file("cell.npy"), seconds: 120)
    #expect(result.code == 0, "\(result.errors)")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("cell.json")))
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let size = try #require(json["cell_A"] as? [Double])
    #expect(size.count == 3 && abs(size[0] - 5.5225) < 1e-3 && abs(size[1] - 7.81) < 1e-3, "\(size)")
  }

  /// Input files that are not there would be told of with another code.
  @Test(
    "an output that cannot be written is told of before anything is read or computed",
    arguments: [
      ["emulate", "bound", "--emulator", "none", "--json"], ["emulate", "bound", "--emulator", "none", "--csv"],
      ["emulate", "fit", "--store", "none", "--output"], ["emulate", "test", "--store", "none", "--csv"],
      ["evaluate", "none", "--report"], ["evaluate", "none", "--json"], ["infer", "none", "--csv"],
      ["quantize", "none", "--output"], ["register-study", "--emulator", "none", "--site-table"],
      ["replay", "none", "--asap", "--json"], ["simulate", "--output"], ["simulate", "--converge", "--output"],
      ["synthesize", "--output"], ["train", "--config", "none", "--output"],
    ])
  func outputsFirst(_ arguments: [String]) throws {
    let folder = try TemporaryDirectory()
    let path = folder.file("none/output.\(arguments[0] == "synthesize" ? "mcap" : "npy")")
    let result = try Program("glazer", arguments + [path]).result()
    #expect(result.code == 74 && result.errors.contains(folder.file("none/output.")), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test("an output is not put in the place of what is no regular file")
  func device() throws {
    let folder = try TemporaryDirectory()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let image = folder.file("image.tif")
    try TiffWriter.write([TestImages.perovskite()], to: image, as: .uint16)
    let result = try Program.run("glazer", "register", image, "--json", pipe)
    #expect(result.code == 74)
    #expect(result.errors.contains(pipe) && result.errors.contains("no regular file"))
    var status = stat()
    #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }
}
