// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Glibc
import Inference

/// Rows of readings on their way to standard output.
struct CellRows {
  private static let columns = CellTable.floatColumns.filter { $0.name != "x" && $0.name != "y" }
  private static let split = ["c", "c_sigma", "s", "s_sigma"]

  static let header = (["cell"] + columns.map(\.name) + split + ["flags"]).joined(separator: ",")

  /// A float32 holds every whole number below this one.
  static let floatNumbers = 1 << 24

  private let isBinary: Bool
  private var bytes: [UInt8] = []
  private var count = 0

  init(isBinary: Bool) {
    self.isBinary = isBinary
    if !isBinary { bytes += Array((Self.header + "\n").utf8) }
  }

  mutating func append(_ row: CellRow, _ reading: TiltReading) {
    var values = Self.columns.map { row[keyPath: $0.rowPath] }
    values += [reading.split.c, reading.cSigma, reading.split.s, reading.sSigma].map { Float($0) }
    if isBinary {
      for value in [Float(count % Self.floatNumbers)] + values + [Float(row.flags.rawValue)] {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
      }
    } else {
      bytes += Array("\(count)".utf8)
      for value in values { bytes += Array(",\(value)".utf8) }
      bytes += Array(",\(row.flags.rawValue)\n".utf8)
    }
    count += 1
  }

  /// Hands on what there is.
  mutating func flush() throws(CellStreamError) {
    try OutputBytes.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}

enum OutputBytes {
  /// All of `bytes` to standard output, or another open file.
  static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) throws(CellStreamError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .cannotWrite(reason: String(cString: strerror(errno))) }
      written += count
    }
  }
}
