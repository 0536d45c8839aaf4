// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// Times one thread that reads all cells of a frame: resampling, normalising, the trunk over the whole frame, each cell's fully
/// connected layers and its row of the table. By the CPU time of this process, as `NetworkBench`.
struct FrameBench {
  struct Report: Encodable {
    var model: String
    var kernels: String
    /// In the frame.
    var cells: Int
    /// Median over rounds, per second of CPU time.
    var cellsPerS: Double
    /// The same for the network alone, from normalised pixels to outputs, tile after tile.
    var networkCellsPerS: Double
    /// What a cell costs when the trunk runs once over the frame.
    var macsPerCell: Int
    var rssMiB: Double

    enum CodingKeys: String, CodingKey {
      case model, kernels, cells
      case cellsPerS = "cells_s"
      case networkCellsPerS = "network_cells_s"
      case macsPerCell = "macs_per_cell"
      case rssMiB = "rss_mib"
    }
  }

  private static let side = 1024
  /// SrTiO3 at 0.0095 nm a pixel: about a thousand cells.
  private static let lattice = Lattice(origin: Vector2(31, 27), a: Vector2(28.1, 1.2), b: Vector2(-1.7, 39.8))

  private let model: TiltModel
  private let reader: CellReader
  private let image: Image
  private var table = CellTable()

  init(model: TiltModel) {
    self.model = model
    reader = CellReader(model: model)
    var random = SeededRandom(seed: 1)
    let pixels = (0..<Self.side * Self.side).map { _ in Float(random.uniform(900, 1100)) }
    image = Image(width: Self.side, height: Self.side, pixels: pixels)
  }

  mutating func evaluate() {
    reader.read(image, saturationLevel: nil, lattice: Self.lattice, into: &table)
  }

  /// At least three frames, for half of `seconds` of CPU time; the network alone for the other half.
  mutating func run(seconds: Double) -> Report {
    let frame = Self.median(seconds: seconds / 2) { evaluate() }
    let tile = NetworkProfile.tileEvaluation(model.network)
    let alone = Self.median(seconds: seconds / 2, tile.evaluate)
    return Report(
      model: model.name, kernels: model.network.kernels.description, cells: table.count,
      cellsPerS: Double(table.count) / frame, networkCellsPerS: Double(tile.cells) / alone,
      macsPerCell: model.architecture.macsPerFrameCell, rssMiB: ProcessMemory.residentMiB)
  }

  /// CPU seconds of one call, after one that does not count.
  private static func median(seconds: Double, _ body: () -> Void) -> Double {
    body()
    var rounds: [Double] = []
    let end = CPUClock.processSeconds + seconds
    repeat {
      let start = CPUClock.processSeconds
      body()
      rounds.append(CPUClock.processSeconds - start)
    } while CPUClock.processSeconds < end || rounds.count < 3
    return rounds.sorted()[rounds.count / 2]
  }
}
