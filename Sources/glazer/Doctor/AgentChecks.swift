// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import GlazerCore
import TOML

/// The agent's program, the libraries it finds, and its configuration as the agent itself reads it.
enum AgentChecks {
  static func program() -> Finding {
    guard AgentProgram.isThere else {
      return .fail("agent", "\(AgentProgram.path) is not there", "install glazer-agent beside this program")
    }
    guard let outcome = Subprocess.run(AgentProgram.path, ["--version"]), outcome.code == 0 else {
      return .fail("agent", "\(AgentProgram.path) does not start", "see the check of the libraries")
    }
    let version = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    return version == Glazer.version
      ? .ok("agent", "glazer-agent \(version)")
      : .warn(
        "agent", "glazer-agent is \(version) and this program \(Glazer.version)", "install both from one version")
  }

  /// By ldd, which asks the dynamic linker itself.
  static func libraries() -> Finding {
    guard let outcome = Subprocess.run("/usr/bin/ldd", [AgentProgram.path]), outcome.code == 0 else {
      return .warn("libraries", "ldd cannot look at \(AgentProgram.path)", "install the package libc-bin")
    }
    return libraries(ldd: outcome.output)
  }

  static func libraries(ldd: String) -> Finding {
    var (found, missing): ([String], [String]) = ([], [])
    for line in ldd.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count >= 3, words[1] == "=>" else { continue }
      if words[2] == "not" {
        missing.append(words[0])
      } else if ["libzmq", "libsodium", "libfftw3f", "libtiff", "liblz4", "libzstd"].contains(where: words[0].hasPrefix)
      {
        // The file that the name leads to has the version in its name.
        found.append(URL(fileURLWithPath: words[2]).resolvingSymlinksInPath().lastPathComponent)
      }
    }
    guard missing.isEmpty else {
      return .fail(
        "libraries", "not found: \(missing.joined(separator: ", "))",
        "install the packages that hold them: apt-file search, or the glazer-agent package, which names them")
    }
    return .ok("libraries", found.joined(separator: ", "))
  }

  /// The configuration in `path` as glazer-agent reads it, and what it says of it. Nil where it refuses it.
  static func configuration(_ path: String) -> (AgentConfiguration?, Finding) {
    guard let outcome = Subprocess.run(AgentProgram.path, ["--config", path, "--check-config"]) else {
      return (nil, .fail("configuration", "glazer-agent does not start", "see the check of the libraries"))
    }
    guard outcome.code == 0, let configuration = configuration(listing: outcome.output) else {
      let reason = outcome.errors.split(separator: "\n").last.map(String.init) ?? "code \(outcome.code)"
      return (nil, .fail("configuration", reason, "the agent ends with code \(outcome.code) until this is put right"))
    }
    let remarks = outcome.output.split(separator: "\n").filter { $0.hasPrefix("# mind: ") }.map { $0.dropFirst(8) }
    guard remarks.isEmpty else {
      return (
        configuration, .warn("configuration", remarks.joined(separator: "; "), "choose other profiles or another model")
      )
    }
    return (configuration, .ok("configuration", "\(path) is good"))
  }

  /// What the checks need of the agent's listing of every value, which is TOML.
  static func configuration(listing: String) -> AgentConfiguration? {
    guard let table = try? TOMLParser.parse(listing) else { return nil }
    func text(_ section: String, _ key: String) -> String? { table[section]?.table?[key]?.string }
    guard let input = text("input", "endpoint"), let output = text("output", "endpoint"),
      let model = text("model", "path"), let http = text("monitor", "http")
    else { return nil }
    var configuration = AgentConfiguration()
    configuration.input.endpoint = input
    configuration.input.socket = text("input", "socket").flatMap { .init(rawValue: $0) } ?? .sub
    configuration.input.bind = table["input"]?.table?["bind"]?.bool ?? false
    configuration.output.endpoint = output
    configuration.model.path = model
    configuration.monitor.http = http
    configuration.security.secretKey = text("security", "secret_key") ?? ""
    configuration.security.outputClients = text("security", "output_clients") ?? ""
    configuration.security.inputServerKey = text("security", "input_server_key") ?? ""
    configuration.security.inputClients = text("security", "input_clients") ?? ""
    configuration.security.allowPlaintext = table["security"]?.table?["allow_plaintext"]?.bool ?? false
    return configuration
  }
}
