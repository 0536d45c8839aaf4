// swift-tools-version: 6.1
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Built by tools/fuzz/run, which adds the instrumentation; the main package never pays for it.
import PackageDescription

let package = Package(
  name: "glazer-fuzz",
  dependencies: [.package(name: "glazer", path: "../../..")],
  targets: [
    .target(name: "CFuzzDriver"),
    // Support/Configuration is a link to the agent's reader of TOML: programs cannot be depended on.
    .executableTarget(
      name: "glazer-fuzz", dependencies: ["CFuzzDriver", .product(name: "GlazerParsers", package: "glazer")]),
  ]
)
