// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Multislice

/// The instrument on the command line: probe, detectors, specimen's orientation.
struct OpticsOptions: ParsableArguments {
  @Option(help: "Accelerating voltage, kV.") var voltage = 200.0
  @Option(help: "Convergence semi-angle, mrad.") var semiangle = 30.0
  @Option(
    help: """
      Inner and outer angle of an annular detector, mrad; for a segment of one also its first and last azimuth, degrees \
      from image x towards y. May be given several times.
      """) var detector = [NumberList([11, 30])]
  @Option(help: "Defocus, Å; positive is underfocus.") var defocus = 0.0
  @Option(help: "Spherical aberration Cs, mm.") var cs = 0.0
  @Option(help: "Two-fold astigmatism: size (Å) and azimuth (degrees).") var astigmatism = NumberList([0, 0])
  @Option(help: "Three-fold astigmatism: size (Å) and azimuth (degrees).") var astigmatism3 = NumberList([0, 0])
  @Option(help: "Coma C21 (three times B2): size (Å) and azimuth (degrees).") var coma = NumberList([0, 0])
  @Option(help: "Mistilt of the specimen along image x and y, mrad: the beam drifts towards +x, +y on its way down.")
  var mistilt = NumberList([0, 0])
  @Option(help: "Focal spread of the beam's energies, Å rms.") var focalSpread = 0.0
  @Option(help: "FWHM of a Gaussian source, Å; 0 is a point.") var source = 0.0

  func validate() throws {
    _ = try detectors()
    _ = try probe()
    _ = try one(source, in: 0...10, option: "--source")
  }

  func apply(to conditions: inout ImagingConditions) throws {
    conditions.voltageKV = try one(voltage, in: 20...1000, option: "--voltage")
    conditions.semiangleMrad = try one(semiangle, in: 1...60, option: "--semiangle")
    conditions.detectors = try detectors()
    conditions.probes = [try probe()]
  }

  private func detectors() throws -> [AnnularDetector] {
    guard (1...64).contains(detector.count) else { throw ValidationError("--detector may be given up to 64 times") }
    let limit = ImagingConditions.largestDetectorMrad
    return try detector.map { list in
      guard list.values.count == 2 || list.values.count == 4 else {
        throw ValidationError("--detector takes INNER,OUTER in mrad, or INNER,OUTER,START,END for a segment")
      }
      let angles = try NumberList(Array(list.values[..<2])).numbers(2, in: 0...limit, option: "--detector")
      guard angles[0] < angles[1] else { throw ValidationError("--detector takes the inner, then the outer angle") }
      var detector = AnnularDetector(innerMrad: angles[0], outerMrad: angles[1])
      if list.values.count == 4 {
        let (start, end) = (list.values[2], list.values[3])
        guard abs(start) <= 360, end > start, end - start <= 360 else {
          throw ValidationError("--detector: a segment runs from its start, -360 to 360 degrees, up to 360 further")
        }
        detector.segment = .init(startDeg: start, endDeg: end)
      }
      return detector
    }
  }

  private func probe() throws -> ProbeConditions {
    var probe = ProbeConditions(defocusA: try one(defocus, in: -1000...1000, option: "--defocus"))
    probe.sphericalMm = try one(cs, in: -10...10, option: "--cs")
    probe.astigmatism = try aberration(astigmatism, largestA: 1000, option: "--astigmatism")
    probe.threefold = try aberration(astigmatism3, largestA: 20_000, option: "--astigmatism3")
    probe.coma = try aberration(coma, largestA: 20_000, option: "--coma")
    let tilt = try mistilt.numbers(2, in: -20...20, option: "--mistilt")
    probe.mistiltMrad = SIMD2(tilt[0], tilt[1])
    probe.focalSpreadA = try one(focalSpread, in: 0...500, option: "--focal-spread")
    return probe
  }

  private func aberration(
    _ list: NumberList, largestA: Double, option: String
  ) throws -> ProbeConditions.Astigmatic {
    guard list.values.count == 2, (0...largestA).contains(list.values[0]), abs(list.values[1]) <= 360 else {
      throw ValidationError("\(option) takes SIZE,AZIMUTH: 0 to \(Int(largestA)) Å, -360 to 360 degrees")
    }
    return .init(sizeA: list.values[0], azimuthDeg: list.values[1])
  }

  private func one(_ value: Double, in range: ClosedRange<Double>, option: String) throws -> Double {
    try NumberList([value]).numbers(1, in: range, option: option)[0]
  }
}
