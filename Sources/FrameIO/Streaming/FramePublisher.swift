// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

/// A stand-in for a microscope: publishes images as frames of one series at a steady rate.
public struct FramePublisher: Sendable {
  public var framesPerSecond: Double
  /// Start again with the first image after the last; frame numbers go on.
  public var loops: Bool
  public var source: String
  public var series: String
  /// Instead of the pixel size in the files.
  public var pixelSizeNm: Double?
  public var dosePerA2: Double?

  public init(
    framesPerSecond: Double, loops: Bool = false, source: String, series: String, pixelSizeNm: Double? = nil,
    dosePerA2: Double? = nil
  ) {
    precondition(framesPerSecond > 0, "a rate is above zero")
    self.framesPerSecond = framesPerSecond
    self.loops = loops
    self.source = source
    self.series = series
    self.pixelSizeNm = pixelSizeNm
    self.dosePerA2 = dosePerA2
  }

  /// Sends frames until all are sent or it is stopped, then the end of the series. A frame that is late is sent at once; the
  /// rate is kept on average.
  public func run(
    _ images: ImageSequence, to sender: inout MessageSender, shouldStop: () -> Bool,
    onProgress: (StreamProgress) -> Void
  ) throws -> StreamProgress {
    var progress = StreamProgress()
    var encoder = FrameEncoder()
    let startNs = Pacer.nowNs()
    var number = 0
    while loops || number < images.count {
      let page = try images.page(number % images.count)
      let dueNs = startNs + UInt64(Double(number) / framesPerSecond * 1e9)
      guard Pacer.sleep(untilNs: dueNs, shouldStop: shouldStop) else { break }
      let header = encoder.header(
        FrameHeader(
          source: source, series: series, frame: Int64(number), timeNs: WallClock.nowNs(),
          pixelSizeNm: pixelSizeNm ?? page.pixelSizeNm, dosePerA2: dosePerA2,
          isLast: !loops && number == images.count - 1),
        width: page.width, height: page.height, pixelType: page.pixelType)
      guard try sender.send(header, page.bytes, shouldStop: shouldStop) else { break }
      number += 1
      progress.frames += 1
      progress.messages += 1
      progress.bytes += UInt64(header.count + page.bytes.count)
      onProgress(progress)
    }
    // After a stop this is tried once: nobody may be there to take it.
    let end = encoder.seriesEnd(source: source, series: series)
    if try sender.send(end, shouldStop: { true }) {
      progress.messages += 1
      progress.bytes += UInt64(end.count)
    }
    return progress
  }
}
