// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// One implementation of the integer layers and of patch sampling. All give the same bits; `scalar` is the reference.
public struct KernelSet: @unchecked Sendable, CustomStringConvertible {
  // Points to a constant of the C library.
  let table: UnsafePointer<glazer_kernel_set>

  /// Those that this processor runs, slowest first.
  public static let available: [KernelSet] = {
    var sets = [UnsafePointer<glazer_kernel_set>?](repeating: nil, count: Int(GLAZER_MOST_KERNEL_SETS))
    let count = Int(glazer_kernel_sets(&sets))
    return sets[..<count].compactMap { $0.map(KernelSet.init(table:)) }
  }()

  public static var scalar: KernelSet { available[0] }
  public static var best: KernelSet { available[available.count - 1] }

  /// For example "scalar", "avx2", "avx-vnni", "avx512-vnni"; nil if unknown or not for this processor.
  public static func named(_ name: String) -> KernelSet? { available.first { $0.description == name } }

  public var description: String { String(cString: table.pointee.name) }
  /// Multiply-accumulates in registers alone, and how many: what one core can do at most with this set's instructions. 0
  /// for the scalar set, which has none of its own.
  public func multiplyInRegisters(rounds: Int) -> Int {
    Int(table.pointee.multiply_registers?(Int32(clamping: rounds)) ?? 0)
  }

  var lanes: Int { Int(table.pointee.lanes) }
}
