// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import GlazerCore
import Glibc
import Inference

@main
struct InferCellsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glazer-infer",
    abstract: "Reads octahedral rotations from cells that are cut already: the engine alone, for small boxes.",
    discussion: """
      A cell is a B column with its surroundings as the camera gave them, resampled along the lattice: float32, [110] along x, \
      [001] along y; --describe says how many pixels and where in them the column stands. Any brightness and contrast will do. \
      Cells come one after the other without a header, or as a NumPy array (cells, rows, columns). Each is answered as \
      soon as it is there.

      Rows: \(CellRows.header)
      cell counts from 0; angles in degrees (q > 0 is clockwise); c and s are the network's split of the oxygen columns, \
      rho cos 2t and rho sin 2t; flags: 2 rho below the detection limit, 8 unlike the training data, 16 missing pixels (not \
      finite, or saturated). 'nan' where there is no value.

      Example:
        glazer-infer default.safetensors --describe
        my-frames | glazer-infer default.safetensors --saturation 65535 > tilts.csv
      """,
    version: Glazer.version)

  @Argument(help: "Model (format glazer-int8-1).") var model: String
  @Argument(help: "Cells; - is standard input.") var cells = "-"
  @Option(help: "Pixels at or above this are missing.") var saturation: Float?
  @Option(help: "Electrons per square ångström: flags what such an image cannot show.") var dose: Double?
  @Flag(help: "Rows as 17 little-endian float32 instead of text; the cell's number modulo 2^24.") var binary = false
  @Flag(help: "Print what the model takes, as a line of JSON, and end.") var describe = false

  func validate() throws {
    if let dose, !(dose.isFinite && dose > 0) { throw ValidationError("--dose takes a number above 0, found \(dose)") }
    if let saturation, saturation.isNaN { throw ValidationError("--saturation takes a number, found \(saturation)") }
  }

  func run() throws {
    do {
      let model = try TiltModel(contentsOf: model)
      try ModelSelfTest.run(model)
      if describe { return try OutputBytes.write(Array((description(of: model) + "\n").utf8)) }
      try read(model)
    } catch let error as any DiagnosableError {
      try OutputBytes.write(Array("glazer-infer: \(error.description.onOneLine)\n".utf8), to: STDERR_FILENO)
      throw ExitCode(error.category.exitCode)
    }
  }

  private func read(_ model: TiltModel) throws {
    // A reader that has enough closes its end; that is no fault.
    signal(SIGPIPE, SIG_DFL)
    let reader = CutCellReader(model: model)
    var input = try CellInput(path: cells, surroundings: model.surroundings, capacity: reader.batchCapacity)
    var rows = CellRows(isBinary: binary)
    while let batch = try input.next() {
      guard let pixels = batch.baseAddress else { return }
      reader.read(
        pixels, count: batch.count / model.surroundings.count, saturationLevel: saturation, dosePerA2: dose
      ) { _, row, reading in rows.append(row, reading) }
      try rows.flush()
    }
    try rows.flush()
  }

  /// Inside of a JSON string. By scalars: a quotation mark with an accent on it is another character.
  private static func escaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.onOneLine.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { escaped.append("\\") }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  private func description(of model: TiltModel) -> String {
    let (shape, patch) = (model.surroundings, model.architecture.patch)
    return #"{"model":"\#(Self.escaped(model.name))","sha256":"\#(model.sha256)","#
      + #""rows":\#(shape.height),"columns":\#(shape.width),"#
      + #""column_x":\#(shape.columnX),"column_y":\#(shape.columnY),"pixels_per_a":\#(patch.pixelsPerA),"#
      + #""pixels_per_b":\#(patch.pixelsPerB),"kernels":"\#(model.network.kernels)"}"#
  }
}
