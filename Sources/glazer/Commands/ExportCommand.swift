// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import FrameIO
import GlazerCore

struct ExportCommand: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case tiff, npy, csv }

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the frames of a recording as TIFF or NumPy, its tables as CSV.",
    discussion: """
      tiff: a page a frame, 16 bit where all frames are 8 or 16 bit unsigned, else float; with pixel sizes. npy: an array of \
      frames × rows × columns in the type of the frames, which must have one size. Where pixels are missing (masked, without \
      a measurement, or of rows that were not scanned) all become float, with NaN; 32-bit integers and 64-bit floats become \
      32-bit floats.
      csv: of a recording of overlays (`glazer record --connect` the agent's output, or `glazer replay --asap --overlays`) \
      the cells, in the columns of `infer`, with the frame's number; of any other what each frame's header says. For the \
      cells of recorded frames: glazer replay FILE --asap --csv cells.csv

      Example: glazer export session.mcap --format tiff --output session.tif
      """)

  @Argument(help: "Recording (.mcap).") var recording: String
  @Option(help: "tiff, npy or csv.") var format: Format
  @Option(help: "Where to write.") var output: String
  @Option(help: "Only frames of this detector.") var source: String?
  @Option(help: "Only frames of this series.") var series: String?

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(output, inputs: [recording])
      let selection = FrameSelection(source: source, series: series)
      if format == .csv {
        if try TableExport.holdsOverlays(recording) {
          print("\(output): cells of \(try TableExport.cells(recording, selection, to: output)) overlays")
        } else {
          print("\(output): \(try TableExport.frames(recording, selection, to: output)) frames")
        }
        return
      }
      let bar = ProgressBar("looking")
      let survey = try FrameSurvey(recording, selection, onProgress: { bar.update($0) })
      bar.finish()
      guard survey.count > 0 else { throw ExportError.noFrames(path: recording, reason: survey.firstRefusal) }
      if format == .tiff {
        try StackExport.tiff(recording, selection, survey, to: output)
      } else {
        try StackExport.numpy(recording, selection, survey, to: output)
      }
      print("\(output): \(survey.count) frames of \(survey.width) x \(survey.height) pixels")
      if let refusal = survey.firstRefusal {
        StreamStatus.say("\(survey.refusedCount) messages are no frames that can be read; the first: \(refusal)")
      }
      if survey.isTruncated { StreamStatus.say("\(recording): ends early; exported up to its last whole message") }
    }
  }
}
