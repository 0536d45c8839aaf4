// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc
import Inference

/// Cells as they come from a file or a pipe, never more than a batch of them in memory.
struct CellInput: ~Copyable {
  private let file: String
  private let descriptor: Int32
  private let cellBytes: Int
  private let memory: UnsafeMutableRawBufferPointer
  private let pixels: UnsafeMutableBufferPointer<Float>
  /// Bytes in memory, the first `taken` of which have been handed out.
  private var filled = 0
  private var taken = 0
  private var cells = 0
  /// How many cells a header promises.
  private var promised: Int?

  init(path: String, surroundings: TiltModel.Surroundings, capacity: Int) throws(CellStreamError) {
    file = path == "-" ? "standard input" : path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    cellBytes = surroundings.count * MemoryLayout<Float>.size
    memory = .allocate(byteCount: capacity * cellBytes, alignment: 64)
    pixels = memory.bindMemory(to: Float.self)
    guard descriptor >= 0 else { throw .cannotRead(file: path, reason: String(cString: strerror(errno))) }
    try readHeader(surroundings)
  }

  deinit {
    memory.deallocate()
    if descriptor > STDIN_FILENO { close(descriptor) }
  }

  /// The pixels of the cells that are there, at least one and as many as have come; nil at the end.
  mutating func next() throws(CellStreamError) -> UnsafeBufferPointer<Float>? {
    memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[taken..<filled]))
    (filled, taken) = (filled - taken, 0)
    var isOpen = true
    while filled < cellBytes, isOpen { isOpen = try readMore() }
    let count = min(filled / cellBytes, promised.map { $0 - cells } ?? .max)
    guard count > 0 else {
      if cells == promised, filled > 0 { throw .excess(file: file, cells: cells) }
      guard filled == 0 else {
        throw .truncated(file: file, cells: cells, needed: cellBytes, found: filled)
      }
      if let promised, cells < promised { throw .tooFew(file: file, cells: cells, promised: promised) }
      return nil
    }
    cells += count
    taken = count * cellBytes
    return UnsafeBufferPointer(rebasing: pixels[..<(count * cellBytes / MemoryLayout<Float>.size)])
  }

  /// False at the end of the file.
  private mutating func readMore() throws(CellStreamError) -> Bool {
    while true {
      let count = read(descriptor, memory.baseAddress! + filled, memory.count - filled)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .cannotRead(file: file, reason: String(cString: strerror(errno))) }
      filled += count
      return count > 0
    }
  }

  /// Steps over the header of a NumPy array; bytes without one are cells.
  private mutating func readHeader(_ surroundings: TiltModel.Surroundings) throws(CellStreamError) {
    while filled < NumpyHeader.prefixBytes, try readMore() {}
    guard NumpyHeader.begins(memory[..<filled]) else { return }
    let needed = NumpyHeader.byteCount(memory[..<filled])
    guard (NumpyHeader.prefixBytes...max(NumpyHeader.prefixBytes, memory.count)).contains(needed) else {
      throw .badHeader(
        file: file, expected: "\(NumpyHeader.prefixBytes) to \(memory.count) bytes", found: "\(needed)")
    }
    while filled < needed, try readMore() {}
    guard filled >= needed else { throw .badHeader(file: file, expected: "\(needed) bytes", found: "\(filled)") }
    let header = NumpyHeader(memory[NumpyHeader.prefixBytes..<needed])
    let expected = "little-endian float32 ('<f4') in C order, (cells, \(surroundings.height), \(surroundings.width))"
    guard let header, header.isPlainFloat, header.shape.count == 3, header.shape[0] >= 0,
      header.shape[1...] == [surroundings.height, surroundings.width]
    else { throw .badHeader(file: file, expected: expected, found: header?.text ?? "something else") }
    promised = header.shape[0]
    taken = needed
  }
}
