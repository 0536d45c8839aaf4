// SPDX-License-Identifier: GPL-3.0-or-later
import CFuzzDriver
import Foundation

// The target comes by the environment: libFuzzer owns the command line, and starts itself again when it merges corpora.
let name = ProcessInfo.processInfo.environment["GLAZER_FUZZ_TARGET"] ?? ""
guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
  print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
  exit(name.isEmpty ? 0 : 64)
}
exit(glazer_fuzz(CommandLine.argc, CommandLine.unsafeArgv, target.run))
