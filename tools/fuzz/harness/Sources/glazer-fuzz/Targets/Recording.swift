// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

private let file = InputFile("recording")

/// MCAP files: every message of a file, twice, with the same outcome.
func fuzzRecording(_ input: UnsafeRawBufferPointer) {
  file.fill(input)
  guard var reader = try? RecordingReader(path: file.path) else { return }
  let first = readAll(&reader)
  reader.rewind()
  require(readAll(&reader) == first, "the same messages after rewinding")
}

private struct Content: Equatable {
  var messages = 0
  var bytes = 0
  var error: String?
}

private func readAll(_ reader: inout RecordingReader) -> Content {
  var content = Content()
  var message = RecordedMessage()
  do throws(RecordingError) {
    while try reader.next(into: &message) {
      content.messages += 1
      content.bytes += message.byteCount
      require(message.partCount > 0, "a message of at least one part")
    }
  } catch {
    content.error = error.description
  }
  return content
}
