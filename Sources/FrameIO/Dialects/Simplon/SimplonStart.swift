// SPDX-License-Identifier: GPL-3.0-or-later

/// What the message tells that begins a SIMPLON series. Flatfield and count-rate table have been applied by the detector
/// and are passed over.
enum SimplonStart {
  static func facts(_ parts: MessageParts, unpacker: inout Unpacker) throws(FrameError) -> DetectorFacts {
    var facts = DetectorFacts()
    var detail: JSONSlice?
    try HeaderFields.scan(parts[0]) { key, value in
      if key.equals("header_detail") { detail = value }
    }
    // Without the word the count of parts says it.
    let partCount: Int
    if let detail {
      if detail.equals("none") {
        partCount = 1
      } else if detail.equals("basic") {
        partCount = 2
      } else if detail.equals("all") {
        partCount = 8
      } else {
        throw .invalidField("header_detail", found: detail.excerpt, expected: "\"none\", \"basic\" or \"all\"")
      }
    } else {
      partCount = parts.count >= 8 ? 8 : min(parts.count, 2)
    }
    guard parts.count == partCount || parts.count == partCount + 1 else {
      throw SimplonDialect.partCount(parts, "\(partCount) for this header_detail, and one for an appendix")
    }
    if partCount >= 2 { facts.largestCount = try largestCount(parts[1]) }
    if partCount == 8 {
      let mask = try SimplonArray.read(header: parts[4], blob: parts[5], type: "dpixelmask-1.")
      try facts.mask.take(mask, unpacker: &unpacker)
    }
    if parts.count == partCount + 1 { facts.scan = try ScanFacts(appendix: parts[partCount]) }
    return facts
  }

  /// Counts above `countrate_correction_count_cutoff` are not to be trusted.
  private static func largestCount(_ configuration: UnsafeRawBufferPointer) throws(FrameError) -> Double? {
    var cutoff: Double?
    try HeaderFields.scan(configuration) { key, value in
      if key.equals("countrate_correction_count_cutoff") { cutoff = value.double }
    }
    return cutoff.flatMap { $0 > 0 ? $0 : nil }
  }
}
