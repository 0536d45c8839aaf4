// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import FrameIO
import GlazerCore
import Multislice

struct SynthesizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Makes a recording of a scanned crystal with two tilt domains, drift and noise, from the simulator.",
    discussion: """
      Simulates one cell for each domain (pattern ---, atoms in thermal motion), scans across the wall between them and writes the \
      frames as a recording (.mcap, with the exact wire parts a microscope would send) or an image file (.tif), and what is \
      true of them beside it (.truth.json).

      Example: glazer synthesize --output demo.mcap --frames 24 --size 352,352 --dose 5e4
      """)

  @Option(help: "Perovskite: \(Material.known.map(\.name).joined(separator: ", ")).") var material = "SrTiO3"
  @Option(help: "Tilt of the first domain about a, b, c, degrees.") var tilt = NumberList([8, 2, -5])
  @Option(help: "Tilt of the second domain.") var tilt2 = NumberList([1, 6, 3])
  @Option(help: "Thickness, nm.") var thickness = 10.0
  @Option(help: "Defocus, Å; positive is underfocus.") var defocus = 0.0
  @Option(help: "FWHM of the Gaussian source, Å.") var source = 0.7
  @Option(help: "Temperature of the atoms' motion, K.") var temperature = 293.0
  @Flag(name: .customLong("static"), help: "Atoms at rest.") var isStatic = false
  @Option(help: "Points of the Brillouin-zone mesh along x and y; each has displacements of its own.")
  var mesh = NumberList([6, 4])
  @Option(help: "Frames.") var frames = 24
  @Option(help: "Frames per second, for the time stamps.") var fps = 5.0
  @Option(help: "Width and height, pixels.") var size = NumberList([352, 352])
  @Option(help: "Pixel size, nm.") var pixelSize = 0.02
  @Option(help: "Angle of [110] from image x, degrees, clockwise on the screen.") var rotation = 8.0
  @Option(help: "Drift per frame along x and y, pixels; write --drift=-0.2,0.1 where it begins with a minus.")
  var drift = NumberList([0.35, -0.2])
  @Option(help: "Electrons per Å² in one frame.") var dose = 5e4
  @Option(help: "Rms shift of scan lines, pixels.") var jitter = 0.15
  @Option(help: "Angle of the domain wall's normal from image x, degrees.") var wallAngle = 30.0
  @Option(help: "Width of the domain wall, nm.") var wallWidth = 0.8
  @Option(help: "Seed of all random numbers.") var seed: UInt64 = 1
  @Option(help: "Threads of the simulation.") var threads = ThreadCount.usual
  @Option(help: "Where to write: a .mcap recording or a .tif image file.") var output: String

  func validate() throws { try ThreadCount.check(threads) }

  func run() async throws {
    try await reportingErrors {
      guard output.hasSuffix(".mcap") || output.hasSuffix(".tif") else {
        throw ValidationError("--output is \(output), expected a name that ends in .mcap or .tif")
      }
      try WholeFile.check(output, truthPath)
      let scan = try self.scan()
      guard scan.electronsPerPixel < 65535 else {
        throw ValidationError("--dose gives \(Int(scan.electronsPerPixel)) electrons per pixel, expected below 65535")
      }
      let bar = ProgressBar("scanning")
      let pages = (0..<frames).map { frame -> [UInt16] in
        defer { bar.update(Double(frame + 1) / Double(frames)) }
        return scan.counts(frame)
      }
      bar.finish()
      if output.hasSuffix(".tif") { try writeImages(pages, scan.settings) } else { try record(pages, scan.settings) }
      try writeTruth(of: scan)
      let size = "\(scan.settings.width) × \(scan.settings.height)"
      print("\(output): \(frames) frames of \(size) pixels, truth in \(truthPath)")
    }
  }

  private func scan() throws -> SyntheticScan {
    guard let material = Material.named(material) else {
      throw ValidationError(
        "no material '\(self.material)'; known are \(Material.known.map(\.name).joined(separator: ", "))")
    }
    guard (1...100_000).contains(frames) else { throw ValidationError("--frames takes 1 to 100000") }
    let settings = try self.settings()
    var conditions = ImagingConditions()
    conditions.thicknessesNm = try NumberList([thickness]).numbers(1, in: 0.5...100, option: "--thickness")
    conditions.probes = [
      ProbeConditions(defocusA: try NumberList([defocus]).numbers(1, in: -1000...1000, option: "--defocus")[0])
    ]
    let points = try mesh.integers(2, in: 1...32, option: "--mesh")
    conditions.mesh = SIMD2(points[0], points[1])
    let kelvin = try NumberList([temperature]).numbers(1, in: 0...2000, option: "--temperature")[0]
    conditions.motion = isStatic ? nil : material.thermalMotion(temperatureK: kelvin, seed: seed)
    let tilts = try [("--tilt", tilt), ("--tilt2", tilt2)].map { option, list in
      let angles = try list.numbers(3, in: -20...20, option: option)
      return TiltAngles(alpha: angles[0], beta: angles[1], gamma: angles[2])
    }
    let pictures = tilts.enumerated().map { index, tilt in
      let bar = ProgressBar("simulating domain \(index + 1)")
      defer { bar.finish() }
      return CellPicture.simulated(
        material: material, tilt: tilt, conditions: conditions, sourceFWHMA: source,
        threads: threads
      ) { bar.update($0) }
    }
    return SyntheticScan(
      settings: settings, pseudoCubicA: material.pseudoCubicA, domains: (pictures[0], pictures[1]))
  }

  private func settings() throws -> ScanSettings {
    func number(_ value: Double, _ range: ClosedRange<Double>, _ option: String) throws -> Double {
      try NumberList([value]).numbers(1, in: range, option: option)[0]
    }
    var settings = ScanSettings()
    let sides = try size.integers(2, in: 16...8192, option: "--size")
    (settings.width, settings.height) = (sides[0], sides[1])
    settings.pixelSizeNm = try number(pixelSize, 0.001...0.05, "--pixel-size")
    settings.rotationDegrees = try number(rotation, -360...360, "--rotation")
    settings.driftPxPerFrame = try drift.numbers(2, in: -10...10, option: "--drift")
    settings.dosePerA2 = try number(dose, 1...1e8, "--dose")
    settings.lineJitterPx = try number(jitter, 0...10, "--jitter")
    settings.wallAngleDegrees = try number(wallAngle, -360...360, "--wall-angle")
    settings.wallWidthNm = try number(wallWidth, 0...100, "--wall-width")
    _ = try number(source, 0...10, "--source")
    _ = try number(fps, 0.001...10_000, "--fps")
    settings.seed = seed
    return settings
  }

  private func record(_ pages: [[UInt16]], _ settings: ScanSettings) throws {
    var writer = try RecordingWriter(path: output)
    do {
      try record(pages, settings, in: &writer)
    } catch {
      writer.discard()
      throw error
    }
    try writer.finish()
  }

  private func record(_ pages: [[UInt16]], _ settings: ScanSettings, in writer: inout RecordingWriter) throws {
    var encoder = FrameEncoder()
    // Fixed, so that the same command makes the same file.
    let start: UInt64 = 1_767_225_600_000_000_000
    for (index, counts) in pages.enumerated() {
      let time = start + UInt64(Double(index) / fps * 1e9)
      let header = FrameHeader(
        source: "abf", series: seriesName, frame: Int64(index), timeNs: time, pixelSizeNm: settings.pixelSizeNm,
        rotationRad: 0, dosePerA2: settings.dosePerA2, isLast: index == pages.count - 1)
      let json = encoder.header(header, width: settings.width, height: settings.height, pixelType: .uint16)
      try json.withUnsafeBytes { json in
        try counts.withUnsafeBytes { pixels in
          try [json, pixels].withUnsafeBufferPointer {
            try writer.append(parts: $0, source: "abf", logTimeNs: time, publishTimeNs: time, atNs: time)
          }
        }
      }
    }
  }

  private func writeImages(_ pages: [[UInt16]], _ settings: ScanSettings) throws {
    let images = pages.map { Image(width: settings.width, height: settings.height, pixels: $0.map(Float.init)) }
    try TiffWriter.write(images, to: output, as: .uint16, pixelSizeNm: settings.pixelSizeNm)
  }

  private var seriesName: String { "synthetic \(material), seed \(seed)" }
  private var truthPath: String { String(output.dropLast(output.hasSuffix(".tif") ? 4 : 5)) + ".truth.json" }

  private func writeTruth(of scan: SyntheticScan) throws {
    let report = SynthesisReport(
      series: seriesName, material: material, tilt: tilt.values, tilt2: tilt2.values, thicknessNm: thickness,
      defocusA: defocus, sourceFWHMA: source, temperatureK: isStatic ? nil : temperature, scan: scan, frames: frames)
    try report.write(path: truthPath)
  }
}
