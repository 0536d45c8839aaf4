// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import TestSupport
import Testing

@testable import ZeroMQ

/// No secret in anything that a program prints or publishes.
@Suite("Secrets and strangers of the programs", .serialized)
struct SecretTests {
  private let folder: TemporaryDirectory
  private let secrets: [String]

  init() throws {
    let folder = try TemporaryDirectory()
    self.folder = folder
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
    secrets = try ["agent", "friend"].map { name in
      let made = try Program.run("glazer", "keygen", name, "--output", folder.file("keys"))
      #expect(made.code == 0, "\(made.errors)")
      let text = try String(contentsOfFile: folder.file("keys/\(name).key_secret"), encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.contains("secret-key") })
      let secret = String(try #require(line.split(separator: "\"").dropFirst().first))
      #expect(secret.count == 40 && !made.output.contains(secret) && !made.errors.contains(secret))
      return secret
    }
    try FileManager.default.createDirectory(atPath: folder.file("clients"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: folder.file("keys/friend.key"), toPath: folder.file("clients/friend.key"))
  }

  private func configuration(secret: String = "keys/agent.key_secret", output: String? = nil) throws -> String {
    let path = folder.file("agent.toml")
    try """
    [input]
    endpoint = "tcp://127.0.0.1:\(try freePort())"
    bind = true
    [output]
    endpoint = "\(try output ?? "tcp://127.0.0.1:\(freePort())")"
    status_interval_s = 0.1
    [model]
    path = "model.safetensors"
    [monitor]
    http = ""
    [security]
    secret_key = "\(secret)"
    output_clients = "clients"
    input_clients = "clients/friend.key"
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Every way in which a key could be written down.
  private func tells(_ text: String) -> Bool {
    secrets.contains { secret in
      let bytes = secret.utf8.withContiguousStorageIfAvailable { CurveSecretKey(z85: UnsafeRawBufferPointer($0)) }
      let raw = bytes.flatMap { $0?.withRaw { Array($0) } } ?? []
      let hex = raw.map { String(format: "%02x", $0) }.joined()
      return text.contains(secret) || text.lowercased().contains(hex) || text.contains(Data(raw).base64EncodedString())
    }
  }

  @Test("nothing that the agent prints or publishes has a secret in it, with friends and strangers at the door")
  func agent() throws {
    let path = try configuration()
    let check = try Program.run("glazer-agent", "--config", path, "--check-config")
    #expect(check.code == 0 && check.output.contains("CURVE"), "\(check.errors)")
    #expect(!tells(check.output + check.errors))

    let agent = try Program("glazer-agent", ["--config", path])
    #expect(agent.waits { $0.errorsSoFar.contains("overlays on ") })
    let log = agent.errorsSoFar
    let endpoint = try #require(log.firstMatch(of: /overlays on (tcp:\/\/[0-9.]+:[0-9]+)/)).1
    let friend = try CurveKeyFile.keyPair(at: folder.file("keys/friend.key_secret"))
    let server = try CurveKeyFile.publicKey(at: folder.file("keys/agent.key"))
    let context = try Context()
    func subscriber(_ security: LinkSecurity) throws -> Socket {
      let socket = try Socket(.sub, in: context)
      try socket.subscribe(to: "")
      try socket.setReceiveTimeout(milliseconds: 20)
      try socket.secure(security)
      try socket.connect(String(endpoint))
      return socket
    }
    let good = try subscriber(.client(friend, server: server))
    let bad = try subscriber(.client(try .generate(), server: server))
    let plain = try subscriber(.plaintext)
    var message = Multipart()
    var (published, heard) = ("", 0)
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline, !published.contains("stranger_refused") || !published.contains("agent-status")
    {
      if try good.receive(into: &message) == .message {
        published += message.withParts { $0.map { String(decoding: $0, as: UTF8.self) }.joined() }
      }
      if try bad.receive(into: &message) == .message { heard += 1 }
      if try plain.receive(into: &message) == .message { heard += 1 }
    }
    #expect(published.contains("stranger_refused") && published.contains("agent-status") && heard == 0)
    _ = agent.waits { $0.errorsSoFar.contains("connection refused") }
    agent.terminate()
    let result = agent.result()
    #expect(result.code == 0 && result.errors.contains("connection refused"))
    #expect(!tells(published) && !tells(result.errors) && !tells(result.output))
  }

  @Test("a key in place of its path, an open file and an open port end with one line, 78 and no secret") func refusals()
    throws
  {
    for (secret, expected) in [(secrets[0], "path of a key file"), ("keys/friend.key", "secret-key")] {
      for more in [[], ["--check-config"]] {
        let result = try Program("glazer-agent", ["--config", try configuration(secret: secret)] + more).result()
        #expect(result.code == 78 && result.errors.contains(expected), "\(result.errors)")
        #expect(!tells(result.output + result.errors))
        #expect(result.errors.split(separator: "\n").count == 1)
      }
    }
    let text = try String(contentsOfFile: try configuration(), encoding: .utf8)
      .replacingOccurrences(of: "output_clients = \"clients\"", with: "")
      .replacing(/\[output\]\nendpoint = "tcp:\/\/127.0.0.1/, with: "[output]\nendpoint = \"tcp://*")
    try text.write(toFile: folder.file("open.toml"), atomically: true, encoding: .utf8)
    let open = try Program.run("glazer-agent", "--config", folder.file("open.toml"), "--check-config")
    #expect(open.code == 78 && open.errors.contains("security.allow_plaintext"), "\(open.errors)")
    chmod(folder.file("keys/agent.key_secret"), 0o640)
    let readable = try Program.run("glazer-agent", "--config", try configuration(), "--check-config")
    #expect(
      readable.code == 78 && readable.errors.contains("chmod 600") && !tells(readable.errors), "\(readable.errors)")
  }

  @Test("publish, record, replay and watch speak CURVE; record without the key gets nothing") func commands() throws {
    try TiffWriter.write([TestImages.perovskite()], to: folder.file("scan.tif"), as: .uint16)
    let bind = "tcp://127.0.0.1:\(try freePort())"
    let (server, friend) = (folder.file("keys/agent.key_secret"), folder.file("keys/friend.key_secret"))
    let publisher = try Program(
      "glazer",
      ["publish", folder.file("scan.tif"), "--bind", bind, "--fps", "50", "--loop", "--curve-secret", server]
        + ["--curve-clients", folder.file("clients")])
    #expect(publisher.waits { $0.errorsSoFar.contains("publishing") }, "\(publisher.errorsSoFar)")
    let recording = folder.file("session.mcap")
    let recorded = try Program.run(
      "glazer", "record", "--connect", bind, "--output", recording, "--frames", "3", "--curve-secret", friend,
      "--curve-server", folder.file("keys/agent.key"))
    #expect(recorded.code == 0, "\(recorded.errors)")
    // With a key that is not listed, and without one.
    for more in [["--curve-secret", server, "--curve-server", folder.file("keys/agent.key")], []] {
      let none = try Program(
        "glazer",
        ["record", "--connect", bind, "--output", folder.file("none.mcap"), "--duration", "1"] + more
      ).result()
      #expect(none.code == 69, "\(none.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("none.mcap")))
    }
    publisher.terminate()
    #expect(publisher.result().code == 0)

    let replay = try Program(
      "glazer",
      [
        "replay", recording, "--bind", bind, "--loop", "--curve-secret", server, "--curve-clients",
        folder.file("clients"),
      ])
    let again = try Program.run(
      "glazer", "record", "--connect", bind, "--output", folder.file("again.mcap"), "--frames", "3", "--curve-secret",
      friend, "--curve-server", folder.file("keys/agent.key"))
    #expect(again.code == 0, "\(again.errors)")
    replay.terminate()
    #expect(replay.result().code == 0)
  }

  @Test("commands listen beyond this machine only when told to, and no half of a key pair is taken for protection")
  func arguments() throws {
    try TiffWriter.write([TestImages.perovskite()], to: folder.file("scan.tif"), as: .uint16)
    let scan = folder.file("scan.tif")
    for arguments in [
      ["publish", scan, "--bind", "tcp://*:0"], ["publish", scan, "--bind", "tcp://0.0.0.0:5555"],
      ["replay", scan, "--bind", "tcp://[::]:5555"], ["view", "--http", "0.0.0.0:8080"],
      ["publish", scan, "--bind", "tcp://127.0.0.1:*", "--curve-secret", folder.file("keys/agent.key_secret")],
      ["publish", scan, "--bind", "tcp://127.0.0.1:*", "--curve-clients", folder.file("clients")],
      ["watch", "--curve-secret", folder.file("keys/agent.key_secret")],
    ] {
      let result = try Program("glazer", arguments).result()
      #expect(result.code == 78, "\(arguments): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    let again = try Program.run("glazer", "keygen", "agent", "--output", folder.file("keys"))
    #expect(again.code == 64 && again.errors.contains("--force"))
    #expect(try Program.run("glazer", "keygen", "../agent", "--output", folder.file("keys")).code == 64)
  }
}
