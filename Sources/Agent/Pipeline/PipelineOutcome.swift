// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// What became of one message. Overlay and picture stay with the pipeline until the next one.
public enum PipelineOutcome: Sendable, Equatable {
  /// `Pipeline.header` and `Pipeline.cells` hold an overlay to publish.
  case overlay
  case rejected(Rejection)
  /// The source said that a series begins; the name where it gave one.
  case seriesStart(series: String?)
  /// The source said that its series is over; its name and that of the series where they were given.
  case seriesEnd(source: String?, series: String?)
}
