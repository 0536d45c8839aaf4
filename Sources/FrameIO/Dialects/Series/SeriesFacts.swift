// SPDX-License-Identifier: GPL-3.0-or-later

/// What the beginning of a series told, for the frames of that series alone: read with the pixel size, dose or mask of
/// another they would be wrong, and nothing would show it.
struct SeriesFacts: Sendable {
  /// Nil for a beginning that names no series, which speaks for frames that name none.
  var series: String?
  var facts = DetectorFacts()

  /// Facts of a frame of this series: those of a detector that told nothing where it is another one.
  func facts(of series: String?) -> DetectorFacts { series == self.series ? facts : DetectorFacts() }
}
