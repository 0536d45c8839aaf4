// SPDX-License-Identifier: GPL-3.0-or-later

/// Files that are written at once (`StagedOutput` for those that are not).
public enum WholeFile {
  /// Writes aside and renames, over a regular file or where nothing is.
  public static func write(_ bytes: some Collection<UInt8>, path: String) throws(UnwritableFile) {
    let output = try StagedOutput(path: path)
    try output.write(bytes)
    try output.commit()
  }

  /// Throws where a file could not be written, or where two outputs, or an output and one of the `inputs`, are one file. To be asked before
  /// anything is read or computed: a slip in a name must cost neither what was computed nor what it was computed from. nil is
  /// a file that nobody wants.
  public static func check(_ outputs: String?..., inputs: [String?] = []) throws(UnwritableFile) {
    let read = Set(inputs.compactMap { $0.flatMap(FileIdentity.init) })
    var written: Set<FileIdentity> = []
    for path in outputs {
      guard let path else { continue }
      try OutputPlace(path).checkFolder()
      guard let file = FileIdentity(path) else { continue }
      guard !read.contains(file) else { throw UnwritableFile(path: path, reason: "it is what is read") }
      guard written.insert(file).inserted else { throw UnwritableFile(path: path, reason: "another output goes there") }
    }
  }
}
