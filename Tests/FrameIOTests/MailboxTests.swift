// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import Testing
import ZeroMQ

@Suite struct MailboxTests {
  let mailbox = Mailbox()

  struct Taken: Equatable {
    var number: UInt64
    var skipped: UInt64 = 0
  }

  /// The number that stands for a message in these tests.
  func put(_ number: UInt64, keeps: Bool = false) {
    var message = ReceivedMessage()
    message.receivedNs = number
    mailbox.put(&message, keeps: keeps)
  }

  func take(milliseconds: Int = 0) -> Taken? {
    var message = ReceivedMessage()
    guard case .message(let skipped) = mailbox.take(into: &message, milliseconds: milliseconds) else { return nil }
    return Taken(number: message.receivedNs, skipped: skipped)
  }

  @Test func theLatestFrameWins() {
    for number in 1...5 as ClosedRange<UInt64> { put(number) }
    #expect(take() == Taken(number: 5, skipped: 4))
    #expect(take() == nil)
    put(6)
    #expect(take() == Taken(number: 6))
    #expect(mailbox.replacedCount == 4)
  }

  @Test func endsOfSeriesAreKeptInOrder() {
    put(1)
    put(2, keeps: true)
    #expect(take() == Taken(number: 1))
    #expect(take() == Taken(number: 2))
    put(3)
    put(4, keeps: true)
    put(5)  // replaces 3, not 4
    put(6, keeps: true)
    #expect(take() == Taken(number: 4))
    #expect(take() == Taken(number: 5, skipped: 1))
    #expect(take() == Taken(number: 6))
    #expect(take() == nil)
    #expect(mailbox.replacedCount == 1)
  }

  @Test func theQueueOfEndsIsBounded() {
    let most = UInt64(Mailbox.largestKeptCount)
    for number in 1...most + 3 { put(number, keeps: true) }
    for number in 4...most + 3 { #expect(take() == Taken(number: number)) }
    #expect(take() == nil)
    // What was dropped is told with the next frame.
    put(100)
    #expect(take() == Taken(number: 100, skipped: 3))
  }

  @Test func takingTimesOut() {
    let start = ContinuousClock.now
    #expect(take(milliseconds: 30) == nil)
    #expect(ContinuousClock.now - start >= .milliseconds(30))
  }

  @Test func closingWakesTheConsumerAndLosesNothing() {
    put(1)
    mailbox.close()
    put(2)
    #expect(take() == Taken(number: 1))
    var message = ReceivedMessage()
    #expect(mailbox.take(into: &message, milliseconds: 10_000) == .closed)
  }

  /// Whatever the threads do in between, a frame tells exactly how many were replaced before it.
  @Test func producerAndConsumer() async {
    let mailbox = mailbox
    let count: UInt64 = 20_000
    Thread.detachNewThread {
      var message = ReceivedMessage()
      for number in 1...count {
        message.receivedNs = number
        mailbox.put(&message, keeps: false)
      }
      mailbox.close()
    }
    var message = ReceivedMessage()
    var last: UInt64 = 0
    var taken: UInt64 = 0
    while case .message(let skipped) = mailbox.take(into: &message, milliseconds: 5000) {
      #expect(message.receivedNs == last + skipped + 1)
      last = message.receivedNs
      taken += 1
    }
    #expect(last == count)
    #expect(taken + mailbox.replacedCount == count)
  }
}
