// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// What a subscriber reads from an agent that it does not trust.
func fuzzOverlay(_ input: UnsafeRawBufferPointer) {
  let parts = (WireParts.messages(input).first ?? []).map { Array($0) }
  if let overlay = try? OverlayDecoder.decode(parts) {
    require(overlay.cells.i.count == overlay.cells.flags.count, "columns of one length")
  }
  _ = try? OverlayDecoder.decodePreview(parts)
  _ = try? OverlayDecoder.decodeEvent(parts)
}
