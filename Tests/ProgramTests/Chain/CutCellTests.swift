// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import TestSupport
import Testing

/// `glazer-infer` as a person would use it.
@Suite struct CutCellTests {
  static let size = (rows: 128, columns: 96)

  let folder: TemporaryDirectory
  let model: String

  init() throws {
    folder = try TemporaryDirectory()
    model = folder.file("model.safetensors")
    try RandomModel.write(to: model)
  }

  /// Cells with something to see, each another.
  static func cells(_ count: Int) -> [Float] {
    var random = SeededRandom(seed: 3)
    return (0..<count * size.rows * size.columns).map { k in
      Float(100 + 40 * cos(Double(k % size.columns) * 2 * .pi / 16) + 5 * random.gaussian())
    }
  }

  func write(_ cells: [Float], header: String? = nil, tail: Int = 0) throws -> String {
    var data = Data()
    if let header {
      let text = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
      data += [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    }
    cells.withUnsafeBytes { data.append(contentsOf: $0) }
    data.append(Data(count: tail))
    let path = folder.file("cells")
    try data.write(to: URL(fileURLWithPath: path))
    return path
  }

  static func header(_ shape: String, type: String = "<f4") -> String {
    "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
  }

  @Test func rowsAreThoseOfTheEngine() throws {
    let cells = Self.cells(40)
    let path = try write(cells)
    let result = try Program.run("glazer-infer", model, path)
    #expect(result.code == 0 && result.errors.isEmpty)
    let lines = result.output.split(separator: "\n").map { $0.split(separator: ",") }
    try #require(lines.count == 41)
    let names = lines[0].map(String.init)
    let (q, score) = (try #require(names.firstIndex(of: "q")), try #require(names.firstIndex(of: "score")))
    CutCellReader(model: try TiltModel(contentsOf: model)).read(cells, count: 40) { number, row, _ in
      let line = lines[number + 1]
      #expect(line[0] == "\(number)" && Float(line[q]) == row.q && Float(line[score]) == row.score)
      #expect(line.last == "\(row.flags.rawValue)")
    }
    // The same by a pipe that gives a few bytes at a time, with the header of NumPy, and as numbers.
    let piped = try Program(
      "/bin/sh", ["-c", "dd if=\(path) bs=1000 2>/dev/null | \(Program.path("glazer-infer")) \(model)"])
    #expect(piped.result().output == result.output)
    let array = try write(cells, header: Self.header("40, 128, 96"))
    #expect(try Program.run("glazer-infer", model, array).output == result.output)
    let binary = folder.file("rows")
    let shell = try Program(
      "/bin/sh", ["-c", "\(Program.path("glazer-infer")) \(model) \(array) --binary > \(binary)"])
    #expect(shell.result().code == 0)
    let numbers = try Data(contentsOf: URL(fileURLWithPath: binary)).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    try #require(numbers.count == 40 * names.count)
    #expect(numbers[3 * names.count] == 3 && numbers[3 * names.count + q] == Float(lines[4][q]))
  }

  @Test func missingPixelsAreFlagged() throws {
    var cells = Self.cells(2)
    cells[Self.size.rows / 2 * Self.size.columns + Self.size.columns / 2] = .nan
    for k in cells.count / 2..<cells.count { cells[k] = .nan }
    let result = try Program.run("glazer-infer", model, try write(cells))
    let lines = result.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    try #require(result.code == 0 && lines.count == 2)
    #expect(lines.allSatisfy { Int($0.last ?? "").map { $0 & 16 != 0 } ?? false })
    #expect(lines[1].dropFirst().filter { $0 == "nan" }.count == 14)
    let saturated = try Program.run("glazer-infer", model, try write(Self.cells(1)), "--saturation", "120")
    #expect(saturated.output.split(separator: "\n").last?.split(separator: ",").last.map { Int($0)! & 16 } == 16)
  }

  @Test func describesWhatTheModelTakes() throws {
    let result = try Program.run("glazer-infer", model, "--describe")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(json["rows"] as? Int == 128 && json["columns"] as? Int == 96 && json["column_x"] as? Int == 48)
  }

  @Test func badInputIsNamedAndGoodCellsBeforeItAreAnswered() throws {
    func refused(_ code: Int32, _ words: String, rows: Int, _ arguments: String...) throws {
      let result = try Program("glazer-infer", arguments).result()
      #expect(result.code == code && result.errors.contains(words), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
      #expect(max(0, result.output.split(separator: "\n").count - 1) == rows)
    }
    let cell = Self.cells(1)
    try refused(65, "2 whole ones, then 12 of 49152 bytes", rows: 2, model, try write(cell + cell, tail: 12))
    try refused(
      65, "2 cells, its header says 3", rows: 2, model, try write(cell + cell, header: Self.header("3, 128, 96")))
    try refused(
      65, "more bytes than the 1 cells", rows: 1, model, try write(cell + cell, header: Self.header("1, 128, 96")))
    for length in [0, 1] as [UInt8] {
      let path = folder.file("short.npy")
      try Data([0x93] + Array("NUMPY".utf8) + [1, 0, length, 0] + Array(" \n".utf8)).write(
        to: URL(fileURLWithPath: path))
      try refused(65, "NumPy header: expected 12 to", rows: 0, model, path)
    }
    try refused(65, "(cells, 128, 96), found", rows: 0, model, try write(cell, header: Self.header("1, 96, 128")))
    try refused(65, "'<f4'", rows: 0, model, try write(cell, header: Self.header("1, 128, 96", type: "<f8")))
    try refused(66, "cannot read cells: No such file", rows: 0, model, folder.file("nothing"))
    try refused(66, "cannot read the model", rows: 0, folder.file("nothing"), try write(cell))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: model))
    let damaged = folder.file("damaged.safetensors")
    try Data(bytes.dropLast(5)).write(to: URL(fileURLWithPath: damaged))
    try refused(65, "damaged.safetensors", rows: 0, damaged, try write(cell))
    #expect(try Program.run("glazer-infer", model, "--dose", "-1").code == 64)
  }
}
