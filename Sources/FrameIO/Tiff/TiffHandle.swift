// SPDX-License-Identifier: GPL-3.0-or-later
import CTIFF
import Foundation

/// Collects what libtiff would print: its first error explains a failure; its warnings are dropped.
final class TiffDiagnostics {
  private(set) var firstError: String?

  func record(_ message: String) {
    if firstError == nil { firstError = message }
  }

  func reset() { firstError = nil }
}

/// An open libtiff file that closes itself and keeps its messages to itself.
struct TiffHandle: ~Copyable {
  let raw: OpaquePointer
  let diagnostics: TiffDiagnostics

  /// Single allocations inside libtiff are bounded: no tag of a small file can ask for more.
  private static let largestAllocation: tmsize_t = 1 << 30

  /// Nil when libtiff refuses the file; `diagnostics` then says why. Mode as in TIFFOpen; add "m" for reading: a mapped
  /// file that is cut short while it is read would end the program with SIGBUS.
  init?(path: String, mode: String, diagnostics: TiffDiagnostics) {
    guard let options = TIFFOpenOptionsAlloc() else { return nil }
    defer { TIFFOpenOptionsFree(options) }
    let context = Unmanaged.passUnretained(diagnostics).toOpaque()
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, Self.largestAllocation)
    TIFFOpenOptionsSetWarningHandlerExtR(options, { _, _, _, _, _ in 1 }, nil)
    TIFFOpenOptionsSetErrorHandlerExtR(
      options,
      { _, context, _, format, arguments in
        guard let context, let format, let arguments else { return 1 }
        let message = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
          vsnprintf(buffer.baseAddress, buffer.count, format, arguments)
          return buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        Unmanaged<TiffDiagnostics>.fromOpaque(context).takeUnretainedValue().record(message)
        return 1
      }, context)
    guard let raw = TIFFOpenExt(path, mode, options) else { return nil }
    self.raw = raw
    self.diagnostics = diagnostics
  }

  deinit { TIFFClose(raw) }

  func unsigned16(_ tag: Int32) -> UInt16? {
    var value: UInt16 = 0
    return glazer_tiff_get_u16(raw, UInt32(tag), &value) == 1 ? value : nil
  }

  func unsigned32(_ tag: Int32) -> UInt32? {
    var value: UInt32 = 0
    return glazer_tiff_get_u32(raw, UInt32(tag), &value) == 1 ? value : nil
  }

  func float(_ tag: Int32) -> Float? {
    var value: Float = 0
    return glazer_tiff_get_float(raw, UInt32(tag), &value) == 1 ? value : nil
  }

  func string(_ tag: Int32) -> String? {
    var value: UnsafePointer<CChar>?
    guard glazer_tiff_get_string(raw, UInt32(tag), &value) == 1, let value else { return nil }
    return String(cString: value)
  }
}
