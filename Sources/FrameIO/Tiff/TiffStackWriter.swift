// SPDX-License-Identifier: GPL-3.0-or-later
import CTIFF
import GlazerCore

/// Writes a grey TIFF file page by page, aside first and then renamed: for stacks larger than memory.
public struct TiffStackWriter: ~Copyable {
  private let path: String
  private let storage: TiffWriter.Storage
  private let staged: StagedFile
  private var tiff: TiffHandle?

  /// `isLarge` takes 64-bit offsets (BigTIFF), which a file beyond 4 GiB needs.
  public init(path: String, as storage: TiffWriter.Storage, isLarge: Bool = false) throws(TiffError) {
    self.path = path
    self.storage = storage
    let staged = StagedFile(for: path)
    self.staged = staged
    let diagnostics = TiffDiagnostics()
    if staged.refusal == nil {
      tiff = TiffHandle(path: staged.path, mode: isLarge ? "w8" : "w", diagnostics: diagnostics)
    } else {
      tiff = nil
    }
    guard tiff != nil else {
      throw .cannotWrite(path: path, reason: staged.refusal ?? diagnostics.firstError ?? "cannot create")
    }
  }

  public mutating func append(_ page: Image, pixelSizeNm: Double? = nil) throws(TiffError) {
    switch tiff {
    case .some(let tiff):
      try TiffWriter.write(page, to: tiff, path: path, as: storage, pixelSizeNm: pixelSizeNm)
    case .none: break
    }
  }

  /// Closes the file and gives it its name.
  public consuming func finish() throws(TiffError) {
    tiff = nil
    if let reason = staged.commit() { throw .cannotWrite(path: path, reason: reason) }
  }

  /// Removes what was written.
  public consuming func discard() {
    tiff = nil
    staged.discard()
  }
}
