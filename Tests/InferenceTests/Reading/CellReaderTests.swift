// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import TestSupport
import Testing
import Threading

@testable import Inference

@Suite struct CellReaderTests {
  static let lattice = Lattice(origin: Vector2(7, 9), a: Vector2(29.4, 4.1), b: Vector2(-5.8, 41.6))

  static func model(threshold: Float = 0) throws -> TiltModel {
    var file = RandomModel.int8(seed: 9)
    file.tensors["familiarity.threshold"] = Tensor([threshold], shape: [1])
    return try TiltModel(file, file: "random")
  }

  /// A smooth lattice of blobs with noise.
  static func image(width: Int = 300, height: Int = 260) -> Image {
    var random = SeededRandom(seed: 11)
    var image = Image(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width {
        let at = lattice.coordinates(of: Vector2(Double(x), Double(y)))
        let dx = at.x - at.x.rounded()
        let dy = at.y - at.y.rounded()
        image[x, y] = Float(1000 - 500 * max(0, 1 - 9 * (dx * dx + dy * dy)) + 20 * random.gaussian())
      }
    }
    return image
  }

  static func read(_ image: Image, model: TiltModel, saturation: Float? = nil, lattice: Lattice = lattice) -> CellTable
  {
    var table = CellTable()
    CellReader(model: model).read(image, saturationLevel: saturation, lattice: lattice, into: &table)
    return table
  }

  @Test func oneRowPerColumnInside() throws {
    let image = Self.image()
    let table = Self.read(image, model: try Self.model())
    let marginX = (29.4 + 5.8) / 2
    let marginY = (4.1 + 41.6) / 2
    var expected: [CellIndex] = []
    for column in Self.lattice.columns(width: image.width, height: image.height, margin: 0) {
      let p = Self.lattice.position(Double(column.i), Double(column.j))
      if p.x >= marginX, p.x <= 299 - marginX, p.y >= marginY, p.y <= 259 - marginY { expected.append(column) }
    }
    #expect(!expected.isEmpty)
    #expect(zip(table.i, table.j).map { CellIndex(i: Int($0), j: Int($1)) } == expected)
    for index in 0..<table.count {
      let row = table[index]
      let p = Self.lattice.position(Double(row.i), Double(row.j))
      #expect(abs(Double(row.x) - p.x) < 1e-3 && abs(Double(row.y) - p.y) < 1e-3)
      #expect(row.q.isFinite && row.qSigma > 0 && row.rho.isFinite && (0...1).contains(row.score))
      #expect(row.alpha.isNaN == row.flags.contains(.belowDetectionLimit))
      // What is asked to be whole reaches one cell to each side.
      let whole = p.x > 2 * marginX && p.x < 299 - 2 * marginX && p.y > 2 * marginY && p.y < 259 - 2 * marginY
      #expect(!(whole && row.flags.contains(.border)))
    }
    #expect(table.flags.contains { CellFlags(rawValue: $0).contains(.border) })
    #expect(table.flags.contains { !CellFlags(rawValue: $0).contains(.border) })
  }

  /// Each row is what its patch alone gives, bit for bit: nothing leaks between cells of a tile or between images.
  @Test(arguments: [CellTile.single, CellTile(columns: 2, rows: 1), CellTile(columns: 3, rows: 4)])
  func tilesChangeNothing(tile: CellTile) throws {
    let (image, model) = (Self.image(), try Self.model())
    let pool = WorkerPool(workers: 1)
    let (reader, other) = (CellReader(model: model), CellReader(model: model, pool: pool, largestTile: tile))
    var (table, alone) = (CellTable(), CellTable())
    other.read(Self.image(width: 200, height: 200), saturationLevel: nil, lattice: Self.lattice, into: &alone)
    reader.read(image, saturationLevel: 900, lattice: Self.lattice, into: &table)
    other.read(image, saturationLevel: 900, lattice: Self.lattice, into: &alone)
    #expect(bits(table) == bits(alone))
    #expect(table.count > 30)
  }

  /// The whole way by the definitions: the resampled frame pixel by pixel, the mean and deviation of every window pixel by
  /// pixel, the plain network.
  @Test func aRowIsWhatTheDefinitionsSay() throws {
    let (image, model) = (Self.image(), RandomModel.int8(seed: 9))
    var table = CellTable()
    let reader = CellReader(model: try TiltModel(model, file: "random"))
    reader.read(image, saturationLevel: nil, lattice: Self.lattice, into: &table)
    let index = try #require((0..<table.count).first { table.i[$0] == 4 && table.j[$0] == 2 })
    let patch = PlainPatch(image: image, lattice: Self.lattice, column: CellIndex(i: 4, j: 2)).normalised()
    let outputs = PlainNetwork(model: model).outputs(patch)
    let reading = outputs.withUnsafeBufferPointer {
      TiltReading(outputs: $0, degreesPerUnit: 10, sigmaScale: [1, 1, 1])
    }
    // A pixel whose rounding to seven bits falls the other way goes through the whole of a random network.
    let found = reader.readings[index]
    #expect(abs(found.q - reading.q) < 0.05 * abs(reading.q))
    #expect(abs(found.split.c - reading.split.c) < 0.05 * reading.split.rho)
    #expect(abs(found.split.s - reading.split.s) < 0.05 * reading.split.rho)
  }

  /// More cells than batches and fewer, read again and again: who reads what is left to chance.
  @Test func threadsChangeNothing() throws {
    let (image, model) = (Self.image(), try Self.model())
    var alone = CellTable()
    let single = CellReader(model: model)
    single.read(image, saturationLevel: nil, lattice: Self.lattice, into: &alone)
    #expect(alone.count > 2 * 16)
    for workers in [2, 3, 4, 7] {
      let reader = CellReader(model: model, pool: WorkerPool(workers: workers))
      for _ in 0..<5 {
        var table = CellTable()
        reader.read(image, saturationLevel: nil, lattice: Self.lattice, into: &table)
        #expect(bits(table) == bits(alone), "\(workers) workers")
        // Not by ==: NaN stands for what is not known.
        #expect(reader.readings.map(\.q.bitPattern) == single.readings.map(\.q.bitPattern))
      }
    }
  }

  private func bits(_ table: CellTable) -> [[UInt32]] {
    (0..<table.count).map { index in
      let row = table[index]
      return [
        UInt32(bitPattern: row.i), UInt32(bitPattern: row.j), row.x.bitPattern, row.y.bitPattern, row.alpha.bitPattern,
        row.beta.bitPattern, row.gamma.bitPattern, row.q.bitPattern, row.qSigma.bitPattern, row.rho.bitPattern,
        row.rhoSigma.bitPattern, row.score.bitPattern, UInt32(row.flags.rawValue),
      ]
    }
  }

  @Test func badPixelsAreFlaggedWhereTheyAre() throws {
    var image = Self.image()
    let hurt = Self.lattice.position(4, 3)
    image[Int(hurt.x), Int(hurt.y)] = .nan
    let model = try Self.model()
    for (damaged, saturation) in [(image, nil), (Self.image(), Float(1060))] {
      let table = Self.read(damaged, model: model, saturation: saturation)
      let flagged = (0..<table.count).filter { table[$0].flags.contains(.badPixels) }
      #expect(!flagged.isEmpty)
      for index in 0..<table.count { #expect(table[index].q.isFinite) }
      if saturation == nil {
        for index in flagged { #expect(abs(table.i[index] - 4) <= 1 && abs(table.j[index] - 3) <= 1) }
      }
    }
  }

  /// A cell is at the border where its 2 × 2 cells leave the image, whatever else is bad about it; and bad where a pixel of those is.
  @Test func flagsAreOfTheCellsOwnSurroundings() throws {
    let model = try Self.model()
    let whole = Self.read(Self.image(), model: model)
    var damaged = Self.image()
    var random = SeededRandom(seed: 21)
    for _ in 0..<40 { damaged[Int(random.uniform(0, 300)), Int(random.uniform(0, 260))] = .nan }
    let table = Self.read(damaged, model: model)
    #expect(table.count == whole.count)
    for row in 0..<table.count {
      #expect(table[row].flags.contains(.border) == whole[row].flags.contains(.border), "row \(row)")
    }
    #expect((0..<table.count).contains { table[$0].flags.contains(.badPixels) })
  }

  @Test func unfamiliarPatchesAreFlagged() throws {
    let table = Self.read(Self.image(), model: try Self.model(threshold: 1.1))
    #expect(table.flags.allSatisfy { CellFlags(rawValue: $0).contains(.unfamiliar) })
    #expect(table.q.allSatisfy { $0.isFinite })
  }

  @Test(arguments: [Float(0), 700, .nan, .infinity])
  func imageWithoutContrastHasNoAngles(value: Float) throws {
    let table = Self.read(Image(width: 200, height: 200, fill: value), model: try Self.model())
    #expect(table.count > 0)
    for index in 0..<table.count {
      #expect(table[index].flags.contains(.unfamiliar))
      #expect(table.score[index] == 0 && table.q[index].isNaN && table.alpha[index].isNaN)
    }
  }

  @Test(arguments: [
    Lattice(origin: .zero, a: Vector2(0.1, 0), b: Vector2(0, 0.1)),
    Lattice(origin: .zero, a: Vector2(30, 0), b: Vector2(60, 0)),
    Lattice(origin: Vector2(.nan, 0), a: Vector2(30, 0), b: Vector2(0, 40)),
    Lattice(origin: .zero, a: Vector2(.infinity, 0), b: Vector2(0, 40)),
    Lattice(origin: .zero, a: Vector2(500, 0), b: Vector2(0, 700)),
    Lattice(origin: Vector2(1e300, 0), a: Vector2(30, 0), b: Vector2(0, 40)),
  ])
  func uselessLatticesGiveNoRows(lattice: Lattice) throws {
    #expect(Self.read(Self.image(), model: try Self.model(), lattice: lattice).count == 0)
  }

  @Test func tinyImagesGiveNoRows() throws {
    let model = try Self.model()
    for size in [0, 1, 2, 10] {
      #expect(Self.read(Image(width: size, height: size), model: model).count == 0)
    }
  }

  /// Some kilobytes of file, gigabytes of activations.
  @Test func networksThatWouldTakeAllMemoryAreRefused() throws {
    let huge = NetworkArchitecture(
      patch: PatchGeometry(width: 517, height: 517, pixelsPerA: 256, pixelsPerB: 256),
      layers: [
        .convolution(inputs: 1, outputs: 512, kernel: 1, stride: 1, padding: 0),
        .convolution(inputs: 512, outputs: 1, kernel: 1, stride: 4, padding: 0), .averagePool2,
        .fullyConnected(inputs: 65 * 65, outputs: 4, tanh: true), .fullyConnected(inputs: 4, outputs: 6, tanh: false),
      ], degreesPerUnit: 10)
    #expect { try TiltModel(RandomModel.int8(huge), file: "huge") } throws: {
      "\($0)".contains("256 MiB") && "\($0)".contains("huge")
    }
  }

  @Test func modelsOfTheOtherFormatAreRefused() throws {
    var file = RandomModel.int8()
    file.format = .float
    #expect(throws: ModelFileError.self) { try TiltModel(file, file: "m") }
    let directory = try TemporaryDirectory()
    let path = directory.file("random.safetensors")
    try RandomModel.write(to: path, seed: 5)
    let model = try TiltModel(contentsOf: path)
    #expect(model.name == "random-test-model" && model.sha256.count == 64)
    #expect(model.metadata["training"] != nil)
  }

  /// The same readings under a training that covered all of them, and under one that covered almost none.
  @Test func anglesBeyondTheTrainingAreFlagged() throws {
    func table(tiltDegrees: Double) throws -> CellTable {
      var file = RandomModel.int8(seed: 9)
      file.tensors["familiarity.threshold"] = Tensor([0 as Float], shape: [1])
      // Certain enough that none is below the detection limit.
      file.sigmaScale = [1e-3, 1e-3, 1e-3]
      file.metadata["training"] = #"{"ranges":{"tilt_degrees":\#(tiltDegrees)}}"#
      return Self.read(Self.image(), model: try TiltModel(file, file: "random"))
    }
    let within = try table(tiltDegrees: 1000)
    let beyond = try table(tiltDegrees: 1e-6)
    let angled = (0..<within.count).filter { within[$0].gamma.isFinite }
    #expect(!angled.isEmpty && within.count == beyond.count)
    for n in 0..<within.count {
      #expect(!within[n].flags.contains(.unfamiliar))
      #expect(beyond[n].flags.contains(.unfamiliar) == within[n].gamma.isFinite)
    }
  }
}
