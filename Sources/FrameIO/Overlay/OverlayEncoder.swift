// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Encodes overlays for the wire: `[overlay][JSON header][column]...`, columns raw little-endian in the order of `columns`.
///
/// The header is written into a buffer that is kept; the columns are the table's own memory. Cost: about 2 kB of text per
/// frame.
public struct OverlayEncoder: Sendable {
  private var writer = JSONWriter(capacity: 4096)

  public init() {}

  /// The JSON of the header, which describes the columns of `cells` and of `accumulated`. Let it go before the next call, or
  /// the buffer is copied.
  public mutating func encode(
    _ header: OverlayHeader, cells: CellTable, accumulated: AccumulatedCells? = nil
  ) -> [UInt8] {
    writer.removeAll()
    writer.beginObject()
    writer.member("htype", OverlayHeader.htype)
    writer.member("agent", header.agent)
    writer.member("run", header.run)
    writer.member("seq", header.seq)
    writer.member("source", header.source)
    writer.member("series", header.series)
    writer.member("frame", header.frame)
    writer.member("n", cells.count)
    writer.image(header.image)
    writer.lattice(header.lattice)
    writer.model(header.model)
    writer.times(header.times)
    writer.object("input") {
      $0.member("gap", header.input.gap)
      $0.member("skipped", header.input.skipped)
      $0.member("rejected", header.input.rejected)
    }
    if let accumulated = header.accumulated { writer.accumulated(accumulated) }
    if let map = header.regions { writer.regions(map) }
    writer.array("columns") {
      $0.column("i", "<i4", cells.count, "1")
      $0.column("j", "<i4", cells.count, "1")
      for column in CellTable.floatColumns { $0.column(column.name, "<f4", cells.count, column.unit) }
      $0.column("flags", "<u2", cells.count, "1")
      if let accumulated { $0.columns(of: accumulated) }
      if let map = header.regions {
        $0.column(RegionMap.labelColumn, "<i4", map.count, "1")
        $0.column(RegionMap.wallColumn, "<u2", map.count, "1")
      }
    }
    writer.endObject()
    return writer.bytes
  }
}

extension JSONWriter {
  mutating func image(_ image: OverlayImage) {
    object("image") {
      $0.array("shape") {
        $0.value(image.height)
        $0.value(image.width)
      }
      $0.member("pixel_size_nm", image.pixelSizeNm)
      $0.member("pixel_size_from", image.pixelSizeFrom?.rawValue)
      $0.member("rotation_rad", image.rotationRad)
    }
  }

  mutating func lattice(_ lattice: OverlayLattice) {
    object("lattice") {
      $0.member("locked", lattice.locked)
      $0.vector("origin_px", lattice.lattice.origin)
      $0.vector("a_px", lattice.lattice.a)
      $0.vector("b_px", lattice.lattice.b)
      $0.member("residual_px", lattice.residualPx)
      $0.vector("drift_px", lattice.driftPx)
      $0.member("shift_ambiguous", lattice.isShiftAmbiguous)
      $0.member("index_epoch", lattice.indexEpoch)
    }
  }

  mutating func accumulated(_ accumulated: OverlayAccumulation) {
    object("accumulated") {
      $0.member("time_constant_frames", accumulated.timeConstantFrames)
      $0.member("frames_max", accumulated.largestFrames)
      $0.member("frames_mean", accumulated.meanFrames)
      $0.member("cells", accumulated.cells)
      $0.member("reset_cells", accumulated.resetCells)
    }
  }

  mutating func columns(of accumulated: AccumulatedCells) {
    column(AccumulatedCells.framesColumn, "<f4", accumulated.count, "1")
    for column in AccumulatedCells.floatColumns { self.column(column.name, "<f4", accumulated.count, column.unit) }
    column(AccumulatedCells.flagsColumn, "<u2", accumulated.count, "1")
  }

  public mutating func model(_ model: OverlayModel) {
    object("model") {
      $0.member("name", model.name)
      $0.member("sha256", model.sha256)
    }
  }

  mutating func times(_ times: OverlayTimes) {
    object("time_ns") {
      $0.member("source", times.source)
      $0.member("received", times.received)
      $0.member("started", times.started)
      $0.member("registered", times.registered)
      $0.member("inferred", times.inferred)
      $0.member("published", times.published)
    }
  }

  mutating func vector(_ name: StaticString, _ vector: Vector2) {
    array(name) {
      $0.value(vector.x)
      $0.value(vector.y)
    }
  }

  mutating func column(_ name: String, _ dtype: String, _ count: Int, _ unit: String) {
    beginObject()
    member("name", name)
    member("dtype", dtype)
    array("shape") { $0.value(count) }
    member("unit", unit)
    endObject()
  }
}
