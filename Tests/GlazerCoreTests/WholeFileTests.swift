// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@testable import GlazerCore

@Suite("Outputs that appear when they are whole")
struct WholeFileTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func text(_ name: String) throws -> String { try String(contentsOfFile: folder.file(name), encoding: .utf8) }

  @Test("a file is replaced by one of the same permissions, and nothing is left beside it")
  func replaced() throws {
    let path = folder.file("a.csv")
    try WholeFile.write("first".utf8, path: path)
    #expect(chmod(path, 0o640) == 0)
    try WholeFile.write(Data("second".utf8), path: path)
    #expect(try text("a.csv") == "second")
    #expect(try names() == ["a.csv"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test("what is there and no regular file stays as it is", arguments: ["folder", "pipe", "link to nothing"])
  func refused(kind: String) throws {
    let path = folder.file(kind)
    switch kind {
    case "folder":
      try FileManager.default.createDirectory(atPath: path + "/kept", withIntermediateDirectories: true)
    case "pipe": _ = folder.pipe(kind)
    default: #expect(symlink(folder.file("nothing"), path) == 0)
    }
    var (before, after) = (stat(), stat())
    #expect(lstat(path, &before) == 0)
    let error = #expect(throws: UnwritableFile.self) { try WholeFile.write("x".utf8, path: path) }
    #expect(error?.path == path && error?.category.exitCode == 74)
    #expect(throws: UnwritableFile.self) { try WholeFile.check(path) }
    #expect(lstat(path, &after) == 0)
    #expect(before.st_ino == after.st_ino && before.st_mode == after.st_mode)
    #expect(try names() == [kind])
    if kind == "folder" { #expect(FileManager.default.fileExists(atPath: path + "/kept")) }
  }

  @Test("a link stays one, and what it names is replaced")
  func link() throws {
    try FileManager.default.createDirectory(atPath: folder.file("data"), withIntermediateDirectories: true)
    try WholeFile.write("first".utf8, path: folder.file("data/a.csv"))
    #expect(symlink("data/a.csv", folder.file("link.csv")) == 0)
    try WholeFile.write("second".utf8, path: folder.file("link.csv"))
    #expect(try text("data/a.csv") == "second")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link.csv")) == "data/a.csv")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("data")) == ["a.csv"])
  }

  @Test("what is not committed is removed, and the old file is still there", arguments: [true, false])
  func discarded(isNamed: Bool) throws {
    try WholeFile.write("old".utf8, path: folder.file("a.csv"))
    do {
      let output = try StagedOutput(path: folder.file("a.csv"), isNamed: isNamed)
      try output.write("half")
      let meanwhile = try names()
      try output.write(" a file")
      // Where the file system knows files without names, there is nothing to see.
      #expect(meanwhile.contains("a.csv") && (isNamed ? meanwhile.count == 2 : meanwhile.count <= 2))
    }
    #expect(try text("a.csv") == "old")
    #expect(try names() == ["a.csv"])
  }

  @Test("pieces come one after the other", arguments: [true, false])
  func pieces(isNamed: Bool) throws {
    let output = try StagedOutput(path: folder.file("a.bin"), isNamed: isNamed)
    try output.write("one ")
    try output.write([0x32, 0x20] as [UInt8])
    try output.write(Data("three".utf8).dropFirst(0))
    #expect(try !names().contains("a.bin"))
    try output.commit()
    #expect(try text("a.bin") == "one 2 three")
  }

  @Test("two outputs, or an output and an input, are not one file, whatever leads there")
  func collisions() throws {
    try WholeFile.write("x".utf8, path: folder.file("a"))
    #expect(symlink("a", folder.file("link")) == 0)
    try WholeFile.check(folder.file("a"), folder.file("b"), inputs: [folder.file("c"), nil, "/nowhere/x"])
    for input in ["a", "link", "./a"] {
      #expect(throws: UnwritableFile(path: folder.file("a"), reason: "it is what is read")) {
        try WholeFile.check(nil, folder.file("a"), inputs: [nil, folder.file(input)])
      }
    }
    for (first, second) in [("a", "link"), ("b", "b"), ("b", "./b")] {
      #expect(throws: UnwritableFile(path: folder.file(second), reason: "another output goes there")) {
        try WholeFile.check(folder.file(first), folder.file(second))
      }
    }
  }

  @Test("a place is checked before the work, and the check leaves nothing")
  func checked() throws {
    try WholeFile.check(folder.file("new.json"), nil, folder.file("new.csv"))
    #expect(try names().isEmpty)
    try WholeFile.write("x".utf8, path: folder.file("file"))
    try WholeFile.check(folder.file("file"))
    for wrong in [folder.file("none/x.json"), folder.file("file/x.json"), ""] {
      #expect(throws: UnwritableFile.self) { try WholeFile.check(nil, wrong) }
      #expect(throws: UnwritableFile.self) { try WholeFile.write("x".utf8, path: wrong) }
    }
    #expect(try names() == ["file"])
  }
}
