// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing
import ZeroMQ

@Suite struct FrameReceiverTests {
  let context: Context
  init() throws { context = try Context() }

  let header = Array(#"{"dtype":"uint8","shape":[16,16],"frame":0}"#.utf8)
  let pixels = [UInt8](repeating: 9, count: 256)

  @Test(arguments: [InputEndpoint.Pattern.sub, .pull]) func framesArrive(pattern: InputEndpoint.Pattern) throws {
    let receiver = try FrameReceiver(
      InputEndpoint("tcp://127.0.0.1:*", pattern: pattern, binds: true), context: context)
    let sender = try Socket(pattern == .sub ? .pub : .push, in: context)
    try sender.connect(receiver.endpoint)
    var message = ReceivedMessage()
    var delivery = Mailbox.Delivery.timedOut
    let before = WallClock.nowNs()
    for _ in 0..<200 where delivery == .timedOut {  // PUB drops until the subscription has arrived
      try sender.send([header, pixels])
      delivery = receiver.take(into: &message, milliseconds: 25)
    }
    guard case .message = delivery else {
      Issue.record("no frame arrived: \(delivery)")
      return
    }
    #expect(message.receivedNs >= before && message.receivedNs <= WallClock.nowNs())
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
    #expect(try decoder.decode(message.parts, into: &frame) == .frame)
    #expect(frame.image == Image(width: 16, height: 16, fill: 9))
    receiver.stop()
    receiver.stop()
    #expect(receiver.failure == nil)
  }

  @Test func aSlowConsumerSeesTheLatestFrameAndEveryEnd() throws {
    let receiver = try FrameReceiver(
      InputEndpoint("inproc://slow", pattern: .pull, binds: true), context: context)
    let sender = try Socket(.push, in: context)
    try sender.connect("inproc://slow")
    let end = Array(#"{"htype":"series_end-1.0","series":"a"}"#.utf8)
    for number in 0..<50 {
      try sender.send([Array(#"{"dtype":"uint8","shape":[16,16],"frame":\#(number)}"#.utf8), pixels])
      if number == 20 { try sender.send([end]) }
    }
    let deadline = ContinuousClock.now + .seconds(5)
    while receiver.receivedCount < 51, ContinuousClock.now < deadline { usleep(1000) }
    var message = ReceivedMessage()
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
    #expect(receiver.take(into: &message, milliseconds: 1000) == .message(skipped: 0))
    #expect(try decoder.decode(message.parts, into: &frame) == .seriesEnd(source: nil, series: "a"))
    #expect(receiver.take(into: &message, milliseconds: 1000) == .message(skipped: 49))
    #expect(try decoder.decode(message.parts, into: &frame) == .frame)
    #expect(frame.header.frame == 49)
    receiver.stop()
    #expect(receiver.take(into: &message, milliseconds: 1000) == .closed)
  }

  @Test func aBusyPortIsKnownAtOnce() throws {
    let first = try FrameReceiver(
      InputEndpoint("tcp://127.0.0.1:*", pattern: .pull, binds: true), context: context)
    let error = thrown { () throws(ZeroMQError) in
      _ = try FrameReceiver(InputEndpoint(first.endpoint, pattern: .pull, binds: true), context: context)
    }
    #expect(error == .endpointInUse(first.endpoint))
    #expect((error as (any DiagnosableError)?)?.category == .unavailable)
    first.stop()
  }

  @Test func messagesOfTooManyPartsAreCounted() throws {
    let receiver = try FrameReceiver(InputEndpoint("inproc://parts", pattern: .pull, binds: true), context: context)
    let sender = try Socket(.push, in: context)
    try sender.connect("inproc://parts")
    try sender.send([[UInt8]](repeating: [1], count: 1000))
    try sender.send([header, pixels])
    var message = ReceivedMessage()
    #expect(receiver.take(into: &message, milliseconds: 5000) == .message(skipped: 0))
    #expect(receiver.refusedCount == 1 && receiver.receivedCount == 1)
  }
}
