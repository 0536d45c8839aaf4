// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import Inference

/// From float weights to everything that an int8 model file holds: integer tensors, familiarity, factors on σ, the
/// detection limit, and the errors before and after.
public struct Quantization<Source: CellImageSource> {
  public struct Result {
    public var tensors: [String: Tensor]
    public var sigmaScale: SigmaScale
    /// What the images of the training can show at all.
    public var detection: DetectionTable
    /// What more electrons do not take away.
    public var lasting: LastingErrors
    public var float: TiltScores
    public var int8: TiltScores
  }

  /// The check is made at this dose, electrons per Å².
  public static var checkDose: Double { 1e5 }

  public let state: NetworkState
  public let sources: [Source]
  public let geometry: NormalisationGeometry
  public let ranges: AugmentationRanges
  public let samples: Int
  public let seed: UInt64

  /// `geometry` is that of the state's patch.
  public init(
    state: NetworkState, sources: [Source], geometry: NormalisationGeometry, ranges: AugmentationRanges, samples: Int,
    seed: UInt64
  ) {
    self.state = state
    self.sources = sources
    self.geometry = geometry
    self.ranges = ranges
    self.samples = samples
    self.seed = seed
  }

  public func run(progress: (Double) -> Void) throws -> Result {
    let unit = state.architecture.degreesPerUnit
    func draw(_ stream: UInt64, _ part: HoldOut, dose: Interval? = nil) -> SampleSet {
      var ranges = self.ranges
      if let dose { ranges.dosePerA2 = dose }
      return SampleSet(
        sources: sources, ranges: ranges, geometry: geometry, seed: seed &* 1000 &+ stream, part: part, count: samples)
    }
    progress(0)
    let calibration = draw(1, .training)
    progress(0.25)
    let familiarity = try FamiliarityFit.fit(calibration)
    var tensors = try Quantizer(state).tensors(calibration: calibration)
    tensors.merge(familiarity.tensors) { $1 }
    var file = ModelFile(format: .int8, name: "calibration", architecture: state.architecture, tensors: tensors)
    tensors.merge(try Quantizer(state).lastLayer(calibration, after: QuantizedNetwork(file, file: "calibration"))) {
      $1
    }
    file.tensors = tensors
    let network = try QuantizedNetwork(file, file: "calibration")
    progress(0.5)
    // Tilts that the weights have never seen: their errors must not be flattered.
    let heldOut = draw(2, .validation)
    let sigmaScale = SigmaCalibration.scale(
      outputs: heldOut.outputs(of: network), truths: heldOut.truths, degreesPerUnit: unit)
    progress(0.75)
    let check = draw(3, .validation, dose: Interval(Self.checkDose, Self.checkDose))
    func scores(_ outputs: [Float]) -> TiltScores {
      let readings = outputs.readings(degreesPerUnit: unit, sigmaScale: sigmaScale)
      return TiltScores(
        zip(readings, check.truths).map { (reading: $0, truth: $1.tilt) }
          .filter { $0.truth.rho >= ValidationScores.minimumRho })
    }
    let brightest = draw(5, .validation, dose: Interval(ranges.dosePerA2.upper, ranges.dosePerA2.upper))
    let lasting = LastingErrors(
      brightest.outputs(of: network).readings(degreesPerUnit: unit, sigmaScale: sigmaScale), brightest.truths)
    let detection = try DetectionLimitFit(
      sources: sources, ranges: ranges, patch: state.architecture.patch, seed: seed &* 1000 &+ 4
    ).table()
    let result = Result(
      tensors: tensors, sigmaScale: sigmaScale, detection: detection, lasting: lasting,
      float: scores(check.outputs(of: state)),
      int8: scores(check.outputs(of: network)))
    progress(1)
    return result
  }
}

extension Quantization.Result {
  /// For a terminal.
  public var text: String {
    func line(_ name: String, _ s: TiltScores) -> String {
      String(
        format: "  %@  q %5.2f  |p| %5.2f  |r| %5.2f  share within the stated σ: q %.2f p %.2f r %.2f", name, s.q, s.p,
        s.r, s.coverageQ, s.coverageP, s.coverageR)
    }
    return [
      "rms errors in degrees at 1e5 e/Å², \(int8.count) unseen samples with ρ ≥ 4°", line("float", float),
      line("int8 ", int8),
      String(
        format: "  int8 / float  q %.3f  |p| %.3f  |r| %.3f", int8.q / float.q, int8.p / float.p, int8.r / float.r),
      "  factors on the stated standard deviations: "
        + zip(["q", "c", "s", "p", "r"], sigmaScale.curves).map { name, points in
          name + points.map { String(format: " %.2f at %.2f°", $0.factor, $0.stated) }.joined(separator: ",")
        }.joined(separator: "; "),
      String(
        format: "  what more electrons do not take away: q %.2f° c %.2f° s %.2f°", lasting.q, lasting.c, lasting.s),
      "  least rho that an image can show at 1e4, 1e5 and 1e6 e/Å²: "
        + [1e4, 1e5, 1e6].map { String(format: "%.1f°", detection.limit(dosePerA2: $0)) }.joined(separator: ", "),
    ].joined(separator: "\n")
  }

  /// For the model's metadata: root mean square errors in degrees at 10⁵ e/Å², ρ ≥ 4°.
  public var evaluationJSON: String {
    func part(_ name: String, _ s: TiltScores) -> String {
      String(format: "\"%@\":{\"q_rms\":%.4f,\"p_rms\":%.4f,\"r_rms\":%.4f}", name, s.q, s.p, s.r)
    }
    return "{\"dose_per_A2\":1e5,\"minimum_rho_deg\":4,\"samples\":\(int8.count),"
      + "\(part("float", float)),\(part("int8", int8))}"
  }
}

extension LastingErrors {
  /// Rounded, so that the file does not hang on the last bit of a processor.
  init(_ readings: [TiltReading], _ truths: [SampleTruth]) {
    func rms(_ error: (TiltReading, SampleTruth) -> Double) -> Double {
      let sum = zip(readings, truths).reduce(0.0) { $0 + error($1.0, $1.1) * error($1.0, $1.1) }
      return (1e3 * (sum / Double(max(1, readings.count))).squareRoot()).rounded() / 1e3
    }
    self.init(
      q: rms { $0.q - $1.targets.q }, c: rms { $0.split.c - $1.targets.c }, s: rms { $0.split.s - $1.targets.s })
  }
}
