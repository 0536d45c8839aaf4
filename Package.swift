// swift-tools-version: 6.1
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The arrows point one way: values, algorithms, I/O, orchestration, programs (ARCHITECTURE.md).
import PackageDescription

/// Debug builds compile C at -O0; the integer kernels and the tests that run on them need better.
let optimizedC: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug))]

/// Numerical Swift at -Onone is up to a hundred times slower; these targets are optimised in debug builds too,
/// with their checks kept.
let optimizedSwift: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// A release program that needs nothing of the machine it runs on: the dynamic linker would take longer than the first
/// reading. The libraries are those that FoundationEssentials leaves to whoever links it.
let staticProgram: [LinkerSetting] = [
  .unsafeFlags(["-static-executable"], .when(configuration: .release)),
  .linkedLibrary("_FoundationCollections", .when(configuration: .release)),
  .linkedLibrary("_FoundationCShims", .when(configuration: .release)),
]

let package = Package(
  name: "glazer",
  products: [
    .executable(name: "glazer", targets: ["glazer"]),
    .executable(name: "glazer-agent", targets: ["glazer-agent"]),
    .executable(name: "glazer-infer", targets: ["glazer-infer"]),
    // What tools/fuzz, a package of its own, tests.
    .library(name: "GlazerParsers", targets: ["Agent", "FrameIO", "GlazerCore", "Inference", "TOML"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // System libraries
    .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CZSTD", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),

    // Leaves
    .target(name: "CGlazerKernels", cSettings: optimizedC),
    .target(name: "CBitshuffle", cSettings: optimizedC),
    .target(name: "CTrainingKernels", cSettings: optimizedC),
    .target(name: "CWaveKernels", cSettings: optimizedC),
    .target(name: "COneThreadBLAS", dependencies: ["COpenBLAS"]),
    .target(name: "CAllocationCounter", cSettings: optimizedC),
    .target(name: "GlazerCore", swiftSettings: optimizedSwift),
    .target(name: "CThreading", cSettings: optimizedC),
    .target(name: "Threading", dependencies: ["CThreading"], swiftSettings: optimizedSwift),
    .target(name: "TOML"),

    // Algorithms
    .target(name: "Fourier", dependencies: ["CFFTW"], swiftSettings: optimizedSwift),
    .target(
      name: "Registration", dependencies: ["GlazerCore", "Fourier"],
      swiftSettings: optimizedSwift),
    .target(
      name: "Inference", dependencies: ["GlazerCore", "CGlazerKernels", "CSodium", "Threading"],
      swiftSettings: optimizedSwift),
    .target(name: "Regions", dependencies: ["GlazerCore", "Inference"], swiftSettings: optimizedSwift),
    .target(
      name: "Multislice", dependencies: ["GlazerCore", "Fourier", "CWaveKernels", "COpenBLAS", "COneThreadBLAS"],
      swiftSettings: optimizedSwift),
    .target(
      name: "Emulator",
      dependencies: [
        "GlazerCore", "Fourier", "Multislice", "Inference", "CTrainingKernels", "COpenBLAS", "COneThreadBLAS",
      ],
      swiftSettings: optimizedSwift),
    .target(
      name: "Training",
      dependencies: [
        "GlazerCore", "Fourier", "Inference", "Emulator", "CGlazerKernels", "CTrainingKernels", "COpenBLAS",
        "COneThreadBLAS",
      ],
      swiftSettings: optimizedSwift),

    // Input and output
    .target(name: "ZeroMQ", dependencies: ["CZeroMQ"]),
    .target(
      name: "FrameIO", dependencies: ["GlazerCore", "Threading", "ZeroMQ", "CBitshuffle", "CLZ4", "CTIFF", "CZSTD"],
      swiftSettings: optimizedSwift),
    .target(name: "Drawing", dependencies: ["GlazerCore", "CPNG"], swiftSettings: optimizedSwift),

    // Orchestration
    .target(
      name: "Agent",
      dependencies: ["GlazerCore", "Registration", "Regions", "Inference", "FrameIO", "Threading", "ZeroMQ"],
      swiftSettings: optimizedSwift),

    // Programs
    .executableTarget(
      name: "glazer-agent",
      dependencies: [
        "Agent", "FrameIO", "GlazerCore", "Inference", "TOML", "ZeroMQ",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "glazer-infer",
      dependencies: [
        "GlazerCore", "Inference", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      linkerSettings: staticProgram),
    .executableTarget(
      name: "glazer",
      dependencies: [
        "Agent", "CAllocationCounter", "Drawing", "Emulator", "FrameIO", "Inference", "Multislice", "Regions",
        "Registration",
        "Threading", "TOML", "TOMLKit", "Training", "ZeroMQ",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "FlyingFox", package: "FlyingFox"),
      ]),

    // Tests mirror Sources one to one
    .target(name: "TestSupport", dependencies: ["GlazerCore", "Inference"], path: "Tests/TestSupport"),
    .testTarget(name: "GlazerCoreTests", dependencies: ["GlazerCore", "TestSupport"]),
    .testTarget(name: "ThreadingTests", dependencies: ["Threading"]),
    .testTarget(name: "TOMLTests", dependencies: ["TOML", "TOMLKit"]),
    .testTarget(name: "FourierTests", dependencies: ["Fourier"]),
    .testTarget(
      name: "RegistrationTests", dependencies: ["Registration", "FrameIO", "TestSupport"],
      swiftSettings: optimizedSwift),
    .testTarget(
      name: "RegionsTests", dependencies: ["Regions", "Inference", "TestSupport"], swiftSettings: optimizedSwift),
    .testTarget(name: "InferenceTests", dependencies: ["Inference", "CGlazerKernels", "TestSupport", "Threading"]),
    .testTarget(
      name: "MultisliceTests", dependencies: ["Multislice", "COneThreadBLAS", "CWaveKernels", "TestSupport"]),
    .testTarget(
      name: "EmulatorTests", dependencies: ["Emulator", "CTrainingKernels", "Inference", "Multislice", "TestSupport"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "CTrainingKernels", "Inference", "TestSupport"],
      swiftSettings: optimizedSwift),
    .testTarget(name: "ZeroMQTests", dependencies: ["TestSupport", "ZeroMQ"]),
    .testTarget(
      name: "FrameIOTests", dependencies: ["FrameIO", "CBitshuffle", "ZeroMQ", "TestSupport"],
      resources: [.copy("Dialects/Fixtures")]),
    .testTarget(name: "DrawingTests", dependencies: ["Drawing", "CPNG", "TestSupport"]),
    .testTarget(
      name: "AgentTests",
      dependencies: ["Agent", "CAllocationCounter", "Emulator", "FrameIO", "Inference", "TestSupport", "ZeroMQ"]),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "glazer", "glazer-agent", "glazer-infer", "TestSupport", "FrameIO", "Agent", "Drawing", "Emulator", "Inference",
        "Regions", "Registration",
        "ZeroMQ",
      ]),
  ]
)
