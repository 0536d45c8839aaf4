// SPDX-License-Identifier: GPL-3.0-or-later

/// Files that are written at once (`StagedOutput` for those that are not).
public enum WholeFile {
  /// Writes aside and renames, over a regular file or where nothing is.
  public static func write(_ bytes: some Collection<UInt8>, path: String) throws(UnwritableFile) {
    let output = try StagedOutput(path: path)
    try output.write(bytes)
    try output.commit()
  }

  /// Throws where a file could not be written. To be asked before long work: a slip in a name must not cost what was
  /// computed. nil is an output that nobody wants.
  public static func check(_ paths: String?...) throws(UnwritableFile) {
    for path in paths {
      if let path { try OutputPlace(path).checkFolder() }
    }
  }
}
