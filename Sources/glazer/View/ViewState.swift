// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// What a page should show: the newest status, event and overlay, and the newest pair of a preview with the overlay of the
/// same frame. A value; `ViewHub` shares it.
struct ViewState: Sendable {
  private struct Key: Hashable {
    var source: String
    var series: String?
    var frame: Int64
  }

  /// Counts changes, so that a page can ask for what is newer than what it has.
  private(set) var version = 0
  private var status: (parts: [[UInt8]], version: Int)?
  private var event: (parts: [[UInt8]], version: Int)?
  private var overlay: (parts: [[UInt8]], version: Int)?
  private var pair: (overlay: [[UInt8]], preview: [[UInt8]], version: Int)?
  /// Overlays that wait for their preview, which is published after them.
  private var recent: [(key: Key, parts: [[UInt8]])] = []

  /// Takes a message in. Damaged overlays and previews are an error, and change nothing.
  mutating func take(_ topic: OverlayTopic, _ parts: [[UInt8]]) throws(OverlayError) {
    switch topic {
    case .overlay:
      let header = try OverlayDecoder.decode(parts).header
      version += 1
      overlay = (parts, version)
      recent.append((Key(source: header.source, series: header.series, frame: header.frame), parts))
      if recent.count > 8 { recent.removeFirst() }
    case .preview:
      let preview = try OverlayDecoder.decodePreview(parts)
      let key = Key(source: preview.source, series: preview.series, frame: preview.frame)
      guard let match = recent.last(where: { $0.key == key }) else { return }
      version += 1
      pair = (match.parts, parts, version)
    case .status:
      guard parts.count == 2 else { throw .tooFewParts(found: parts.count) }
      version += 1
      status = (parts, version)
    case .event:
      guard parts.count == 2 else { throw .tooFewParts(found: parts.count) }
      version += 1
      event = (parts, version)
    case .overlayEnd: break
    }
  }

  /// What has changed after `version`: status, event, then the overlay of the preview, the preview and the newest overlay.
  func messages(after version: Int) -> [[[UInt8]]] {
    var messages: [[[UInt8]]] = []
    if let status, status.version > version { messages.append(status.parts) }
    if let event, event.version > version { messages.append(event.parts) }
    if let pair, pair.version > version { messages += [pair.overlay, pair.preview] }
    if let overlay, overlay.version > version || pair.map({ $0.version > version }) == true {
      messages.append(overlay.parts)
    }
    return messages
  }
}
