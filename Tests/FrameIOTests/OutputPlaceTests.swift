// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import FrameIO

/// Renaming puts a file in the place of whatever stands there; run as root that could be a device.
@Suite("Recordings and stacks take the place of regular files alone")
struct OutputPlaceTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted()
  }

  private func kind(_ name: String) -> mode_t {
    var status = stat()
    return lstat(folder.path(name), &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  private func recording(_ name: String) throws {
    var writer = try RecordingWriter(path: folder.path(name))
    for message in RecordingTests.samples(3) { try writer.append(message) }
    try writer.finish()
  }

  private func stack(_ name: String) throws {
    var writer = try TiffStackWriter(path: folder.path(name), as: .float32)
    try writer.append(Image(width: 8, height: 8, fill: 1))
    try writer.finish()
  }

  @Test("pipes and folders are refused and stay, and nothing is left beside them")
  func others() throws {
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0 && mkdir(folder.path("folder"), 0o700) == 0)
    try recording("whole.mcap")
    let before = try names()
    for name in ["pipe", "folder"] {
      let reason = "it is there and no regular file"
      #expect(throws: RecordingError.cannotWrite(path: folder.path(name), reason: reason)) { try recording(name) }
      #expect(throws: TiffError.cannotWrite(path: folder.path(name), reason: reason)) { try stack(name) }
      #expect(throws: RecordingError.cannotWrite(path: folder.path(name), reason: reason)) {
        _ = try RecordingRecovery(from: folder.path("whole.mcap"), to: folder.path(name))
      }
    }
    #expect(kind("pipe") == S_IFIFO && kind("folder") == S_IFDIR)
    #expect(try names() == before)
  }

  @Test("what a link leads to is replaced, and the link stays one")
  func links() throws {
    for (target, link) in [("r.mcap", "r.link"), ("s.tif", "s.link")] {
      FileManager.default.createFile(atPath: folder.path(target), contents: Data("old".utf8))
      #expect(symlink(folder.path(target), folder.path(link)) == 0)
    }
    try recording("r.link")
    try stack("s.link")
    #expect(kind("r.link") == S_IFLNK && kind("s.link") == S_IFLNK)
    #expect(try readAll(folder.path("r.mcap")).messages.count == 3)
    #expect(try TiffReader.read(path: folder.path("s.tif")).image.width == 8)
    #expect(try names() == ["r.link", "r.mcap", "s.link", "s.tif"])
  }
}
