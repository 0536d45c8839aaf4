// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing

@testable import ZeroMQ

@Suite("CURVE key files") struct CurveKeyFileTests {
  let folder: KeyFolder
  init() throws { folder = try KeyFolder() }

  // The pair of the ZeroMQ documentation, known to everybody.
  let known = (open: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", closed: "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs")

  private func error(_ body: () throws -> Void) -> CurveKeyError? {
    do {
      try body()
      return nil
    } catch { return error as? CurveKeyError }
  }

  private func pairError(_ path: String) -> CurveKeyError? { error { _ = try CurveKeyFile.keyPair(at: path) } }
  private func publicError(_ path: String) -> CurveKeyError? { error { _ = try CurveKeyFile.publicKey(at: path) } }

  @Test("what is written is read again; modes 0600 and 0644; nothing is overwritten unasked") func roundTrip() throws {
    let pair = try CurveKeyPair.generate()
    let keys = folder.path + "/new"
    let paths = try pair.write(name: "agent", to: keys, replaces: false)
    #expect(try CurveKeyFile.publicKey(at: paths.publicPath) == pair.publicKey)
    #expect(try CurveKeyFile.keyPair(at: paths.secretPath).publicKey == pair.publicKey)
    #expect(try folder.mode(paths.secretPath) == 0o600)
    #expect(try folder.mode(paths.publicPath) == 0o644)
    #expect(try folder.mode(keys) == 0o700)

    let other = try CurveKeyPair.generate()
    #expect(error { _ = try other.write(name: "agent", to: keys, replaces: false) } == .exists(path: paths.secretPath))
    #expect(try CurveKeyFile.keyPair(at: paths.secretPath).publicKey == pair.publicKey)
    _ = try other.write(name: "agent", to: keys, replaces: true)
    #expect(try CurveKeyFile.keyPair(at: paths.secretPath).publicKey == other.publicKey)
    #expect(try FileManager.default.contentsOfDirectory(atPath: keys).sorted() == ["agent.key", "agent.key_secret"])
  }

  @Test("names that would lead elsewhere are refused", arguments: ["", ".", "..", "../x", "a/b", "a b", ".x", "ä"])
  func names(name: String) throws {
    let pair = try CurveKeyPair.generate()
    #expect(error { _ = try pair.write(name: name, to: folder.path, replaces: true) } == .badName(name))
  }

  @Test("a secret that others can read is refused", arguments: [0o640, 0o604, 0o644, 0o660, 0o610, 0o666])
  func modes(mode: Int) throws {
    let text = "curve\n    public-key = \"\(known.open)\"\n    secret-key = \"\(known.closed)\"\n"
    let path = try folder.file("a.key_secret", text, mode: mode)
    #expect(pairError(path) == .readableByOthers(path: path, mode: UInt32(mode)))
    #expect(pairError(path)?.description.contains("0600") == true)
    #expect(try CurveKeyFile.keyPair(at: folder.file("b.key_secret", text)).publicKey.description == known.open)
    // The owner may give up writing it.
    #expect(pairError(try folder.file("c.key_secret", text, mode: 0o400)) == nil)
  }

  @Test("damaged, foreign and hostile files are refused, and no message repeats what stands in them") func hostile()
    throws
  {
    let (open, closed) = ("public-key = \"\(known.open)\"", "secret-key = \"\(known.closed)\"")
    func file(_ text: String) throws -> String { try folder.file("x.key_secret", text) }
    let path = folder.path + "/x.key_secret"
    #expect(pairError(try file("")) == .noKey(path: path, name: "secret-key"))
    #expect(pairError(try file(open)) == .noKey(path: path, name: "secret-key"))
    #expect(pairError(try file("# \(closed)")) == .noKey(path: path, name: "secret-key"))
    #expect(pairError(try file("\n\(closed.dropLast(3))")) == .damaged(path: path, line: 2, name: "secret-key"))
    #expect(pairError(try file(closed + "x")) == .damaged(path: path, line: 1, name: "secret-key"))
    #expect(pairError(try file("\(closed)\n\(closed)")) == .repeated(path: path, line: 2, name: "secret-key"))
    #expect(
      pairError(try file("public-key = \"\(try CurveKeyPair.generate().publicKey)\"\n\(closed)")) == .noPair(path: path)
    )
    #expect(pairError(try file(String(repeating: "x", count: 1 << 20))) == .tooLarge(path: path, limit: 16384))
    #expect(publicError(try file("\(open)\n\(closed)")) == .holdsSecret(path: path))
    #expect(publicError(try file(closed)) == .holdsSecret(path: path))
    #expect(pairError(known.closed) == .keyForPath)
    #expect(publicError(known.closed) == .keyForPath)
    #expect(pairError(folder.path) == .unreadable(path: folder.path, reason: "no plain file"))
    #expect(pairError("/dev/zero") == .unreadable(path: "/dev/zero", reason: "no plain file"))
    #expect(
      pairError(folder.path + "/none") == .unreadable(path: folder.path + "/none", reason: "No such file or directory"))
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(pairError(pipe) == .unreadable(path: pipe, reason: "no plain file"))
    for text in [String(closed.dropLast(3)), "\(closed)\n\(closed)", "\(open)\n\(closed)"] {
      #expect(pairError(try file(text))?.description.contains(known.closed.dropLast(4)) != true)
      #expect(publicError(try file(text))?.description.contains(known.closed.dropLast(4)) == false)
    }
  }

  @Test("a list is a folder's *.key files, or one file; a bad one refuses the list") func folders() throws {
    let pairs = try (0..<3).map { _ in try CurveKeyPair.generate() }
    let keys = folder.path + "/clients"
    for (i, pair) in pairs.enumerated() { _ = try pair.write(name: "client\(i)", to: keys, replaces: false) }
    #expect(try CurveKeyFile.publicKeys(at: keys) == Set(pairs.map(\.publicKey)))
    #expect(try CurveKeyFile.publicKeys(at: keys + "/client1.key") == [pairs[1].publicKey])
    try "not a key".write(toFile: keys + "/.#half.key", atomically: false, encoding: .utf8)
    #expect(try CurveKeyFile.publicKeys(at: keys).count == 3)
    try "public-key = \"\(known.closed.dropLast())\"".write(
      toFile: keys + "/bad.key", atomically: false, encoding: .utf8)
    #expect(
      error { _ = try CurveKeyFile.publicKeys(at: keys) }
        == .damaged(path: keys + "/bad.key", line: 1, name: "public-key"))
    #expect(error { _ = try CurveKeyFile.publicKeys(at: keys + "/none") } != nil)
    let many = folder.path + "/many"
    mkdir(many, 0o700)
    for i in 0...CurveKeyFile.largestKeyCount {
      _ = FileManager.default.createFile(atPath: "\(many)/\(i).key", contents: nil)
    }
    #expect(error { _ = try CurveKeyFile.publicKeys(at: many) } == .tooManyKeys(path: many, limit: 1024))
  }

  @Test("pyzmq reads our files, and we read pyzmq's", .enabled(if: Pyzmq.isThere, "needs pyzmq with CURVE"))
  func pyzmq() throws {
    let ours = try CurveKeyPair.generate()
    let paths = try ours.write(name: "ours", to: folder.path, replaces: false)
    let told = try Pyzmq.run(
      """
      import sys, zmq.auth
      folder, public, secret = sys.argv[1:]
      print(zmq.auth.load_certificate(public)[0].decode(), zmq.auth.load_certificate(public)[1])
      open_key, closed_key = zmq.auth.load_certificate(secret)
      print(open_key.decode(), len(closed_key))
      zmq.auth.create_certificates(folder, "theirs", {"mail": "a = b # c"})
      print(zmq.auth.load_certificate(folder + "/theirs.key")[0].decode())
      """, [folder.path, paths.publicPath, paths.secretPath])
    let lines = told.split(separator: "\n").map(String.init)
    #expect(lines[0] == "\(ours.publicKey) None" && lines[1] == "\(ours.publicKey) 40")
    #expect(try CurveKeyFile.publicKey(at: folder.path + "/theirs.key").description == lines[2])
    // pyzmq leaves the mode to the umask.
    chmod(folder.path + "/theirs.key_secret", 0o600)
    #expect(try CurveKeyFile.keyPair(at: folder.path + "/theirs.key_secret").publicKey.description == lines[2])
  }
}
