// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import ZeroMQ

/// `glazer keygen`: an identity for an agent, a publisher or a subscriber.
struct KeygenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen", abstract: "Makes a CURVE key pair: who somebody is, and the proof of it.",
    discussion: """
      Writes NAME.key, for everybody who is to know this identity, and NAME.key_secret (mode 0600), for its owner alone, in \
      the format of pyzmq's zmq.auth. SECURITY.md tells who needs which.

      Example: glazer keygen agent --output keys
      """)

  @Argument(help: "Name of the identity: letters, digits, . _ -") var name: String
  @Option(help: ArgumentHelp("Folder to write to; made if need be.", valueName: "folder")) var output: String
  @Flag(help: "Replace a pair that is there.") var force = false

  func run() async throws {
    try await reportingErrors {
      let pair = try CurveKeyPair.generate()
      let paths = try pair.write(name: name, to: output, replaces: force)
      print("\(paths.publicPath)  \(pair.publicKey)")
      print("\(paths.secretPath)  keep it secret")
    }
  }
}
