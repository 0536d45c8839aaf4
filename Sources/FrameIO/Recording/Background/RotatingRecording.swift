// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A recording in as many files as its plan asks for. Looks at the disk before it writes: throws `.diskShort` while every
/// file is still whole.
struct RotatingRecording: ~Copyable {
  /// Written to the beginning of every file that is opened from now on.
  var attachments: [RecordingAttachment]
  /// The file being written, or the last one.
  private(set) var file: String?
  private(set) var finishedFileCount = 0
  /// Messages in all files, without those that failing disks did not take.
  var messageCount: UInt64 { closedMessageCount + open.messageCount }

  private let plan: RecordingPlan
  private let freeByteCount: @Sendable (String) -> Int?
  private var writer: RecordingWriter?
  private var closedMessageCount: UInt64 = 0
  private var number = 0
  private var openedNs: UInt64 = 0
  private var space = (atNs: UInt64(0), byteCount: 0)

  /// The disk is asked at least so often while something is written.
  private static let spaceIntervalNs: UInt64 = 500_000_000
  private static let spaceByteCount = RecordingWriter.chunkByteCount

  init(
    _ plan: RecordingPlan, attachments: [RecordingAttachment], freeByteCount: @escaping @Sendable (String) -> Int?
  ) {
    self.plan = plan
    self.attachments = attachments
    self.freeByteCount = freeByteCount
  }

  /// What the open file has; zeros when none is.
  private var open: (messageCount: UInt64, byteCount: Int) {
    switch writer {
    case .some(let writer): (writer.messageCount, writer.byteCount)
    case .none: (0, 0)
    }
  }

  /// Free bytes above which a recording that stopped for want of room goes on: a little more than it stopped at.
  var hasRoomAgain: Bool {
    let needed = neededByteCount + neededByteCount / 10 + (1 << 20)
    return freeByteCount(plan.folder).map { $0 > needed } ?? true
  }

  /// Begins a file, unless one is open. Names that are taken are passed over where files are numbered.
  mutating func open(atNs: UInt64) throws(RecordingError) {
    guard writer == nil else { return }
    try checkSpace(atNs: atNs, byteCount: 0)
    repeat {
      number += 1
      let path = plan.path(of: number)
      if plan.isNumbered, access(path, F_OK) == 0 || access(path + ".part", F_OK) == 0 { continue }
      // A recording cannot be made again.
      guard access(path, F_OK) != 0 else {
        throw .cannotWrite(path: path, reason: "a file is there already; a recording does not replace one")
      }
      writer = try RecordingWriter(path: path, attachments: attachments)
      (file, openedNs) = (path, atNs)
    } while writer == nil
  }

  mutating func append(
    parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, source: String, logTimeNs: UInt64, publishTimeNs: UInt64,
    atNs: UInt64
  ) throws(RecordingError) {
    try rotate(atNs: atNs)
    try open(atNs: atNs)
    let byteCount = open.byteCount
    if atNs >= space.atNs + Self.spaceIntervalNs || byteCount >= space.byteCount + Self.spaceByteCount {
      try checkSpace(atNs: atNs, byteCount: byteCount)
    }
    try writer?.append(
      parts: parts, source: source, logTimeNs: logTimeNs, publishTimeNs: publishTimeNs, atNs: atNs)
  }

  /// To be called several times a second while no messages come: writes what waits, ends a file whose time is over.
  mutating func tick(atNs: UInt64) throws(RecordingError) {
    try writer?.flushIfOld(atNs: atNs)
    try rotate(atNs: atNs)
  }

  /// Finishes the open file; one without messages is removed.
  mutating func close() throws(RecordingError) {
    guard var last = writer.take() else { return }
    guard last.messageCount > 0 else {
      last.discard()
      number -= 1
      return
    }
    // What waits may be lost; the index of what was written before is worth having even then.
    var failure: RecordingError?
    do throws(RecordingError) { try last.flush() } catch { failure = error }
    closedMessageCount += last.messageCount
    do throws(RecordingError) {
      try last.finish()
      finishedFileCount += 1
    } catch {
      failure = failure ?? error
    }
    if let failure { throw failure }
  }

  private mutating func rotate(atNs: UInt64) throws(RecordingError) {
    let open = open
    guard open.messageCount > 0 else { return }
    let isFull = open.byteCount >= plan.rotateByteCount ?? .max
    let isOld = atNs >= openedNs && Double(atNs - openedNs) / 1e9 >= plan.rotateAfterS ?? .infinity
    if isFull || isOld { try close() }
  }

  private mutating func checkSpace(atNs: UInt64, byteCount: Int) throws(RecordingError) {
    space = (atNs, byteCount)
    guard let free = freeByteCount(plan.folder), free <= neededByteCount else { return }
    throw .diskShort(path: plan.folder, freeByteCount: free, neededByteCount: neededByteCount)
  }

  /// With the next chunk. A plan that keeps nothing free fills the disk to the brim.
  private var neededByteCount: Int {
    plan.keepFreeByteCount > 0 ? plan.keepFreeByteCount + RecordingWriter.chunkByteCount : 0
  }
}
