// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// What the kernel knows of its clock, from adjtimex(2) without a change.
struct KernelClock: Equatable {
  var isSynchronised: Bool
  var largestErrorMs: Double

  /// Nil where the call is not there or not allowed, as in some sandboxes.
  static func read() -> KernelClock? {
    // The Glibc module of Swift leaves <sys/timex.h> out: the function by its name, the structure by its layout on 64-bit
    // Linux, which is part of the kernel's interface: modes (0 reads only) at 0, maxerror in µs at 24, status at 40.
    typealias Adjtimex = @convention(c) (UnsafeMutableRawPointer) -> Int32
    guard let symbol = dlsym(nil, "adjtimex") else { return nil }
    let adjtimex = unsafeBitCast(symbol, to: Adjtimex.self)
    return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { timex in
      timex.initializeMemory(as: UInt8.self, repeating: 0)
      guard let base = timex.baseAddress else { return nil }
      let state = adjtimex(base)
      let (unsynchronisedBit, errorState): (Int32, Int32) = (0x40, 5)
      guard state >= 0 else { return nil }
      let status = base.load(fromByteOffset: 40, as: Int32.self)
      return KernelClock(
        isSynchronised: state != errorState && status & unsynchronisedBit == 0,
        largestErrorMs: Double(base.load(fromByteOffset: 24, as: Int64.self)) / 1000)
    }
  }
}
