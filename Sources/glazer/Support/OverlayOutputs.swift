// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Inference

/// Where the overlays of a replay go: rows (CSV), messages (MCAP), and a checksum over all of them.
final class OverlayOutputs {
  /// SHA-256 of all messages, part after part.
  private(set) var digest = SHA256Digest()
  private var encoder = OverlayEncoder()
  private let rows: StagedOutput?
  private var recording: RecordingWriter?

  init(csv: String?, overlays: String?, attachments: [RecordingAttachment]) throws {
    rows = try csv.map { try StagedOutput(path: $0) }
    recording =
      try overlays.map { try RecordingWriter(path: $0, topicPrefix: "/out/", attachments: attachments) }
    try rows?.write(CellsCSV.header + "\n")
  }

  func write(_ header: OverlayHeader, _ cells: CellTable, _ accumulated: AccumulatedCells?) throws {
    if let rows {
      var text = CellsCSV(withHeader: false)
      text.append(cells, frame: Int(header.frame))
      try rows.write(text.text)
    }
    let json = encoder.encode(header, cells: cells, accumulated: accumulated)
    try cells.withMessage(topic: .overlay, header: json, accumulated: accumulated, regions: header.regions) { parts in
      for part in parts { digest.update(part) }
      // Times of the recording, so that the file is the same every time.
      try recording?.append(
        parts: parts, source: header.source, logTimeNs: header.times.received,
        publishTimeNs: header.times.source > 0 ? header.times.source : header.times.received,
        atNs: header.times.received)
    }
  }

  func commit() throws {
    try rows?.commit()
    if let last = recording.take() { try last.finish() }
  }

  func discard() {
    if let last = recording.take() { last.discard() }
  }
}
