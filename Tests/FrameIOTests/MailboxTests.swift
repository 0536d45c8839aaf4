// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import Testing
import ZeroMQ

@Suite struct MailboxTests {
  let mailbox = Mailbox()

  /// The number that stands for a message in these tests.
  func put(_ number: UInt64, keeps: Bool = false) {
    var message = ReceivedMessage()
    message.receivedNs = number
    mailbox.put(&message, keeps: keeps)
  }

  func take(milliseconds: Int = 0) -> UInt64? {
    var message = ReceivedMessage()
    return mailbox.take(into: &message, milliseconds: milliseconds) == .message ? message.receivedNs : nil
  }

  @Test func theLatestFrameWins() {
    for number in 1...5 as ClosedRange<UInt64> { put(number) }
    #expect(take() == 5)
    #expect(take() == nil)
    #expect(mailbox.replacedCount == 4)
  }

  @Test func endsOfSeriesAreKeptInOrder() {
    put(1)
    put(2, keeps: true)
    #expect(take() == 1)
    #expect(take() == 2)
    put(3)
    put(4, keeps: true)
    put(5)  // replaces 3, not 4
    put(6, keeps: true)
    #expect(take() == 4)
    #expect(take() == 5)
    #expect(take() == 6)
    #expect(take() == nil)
    #expect(mailbox.replacedCount == 1)
  }

  @Test func theQueueOfEndsIsBounded() {
    let most = UInt64(Mailbox.largestKeptCount)
    for number in 1...most + 3 { put(number, keeps: true) }
    for number in 4...most + 3 { #expect(take() == number) }
    #expect(take() == nil)
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
    #expect(take() == 1)
    var message = ReceivedMessage()
    #expect(mailbox.take(into: &message, milliseconds: 10_000) == .closed)
  }

  /// A fast producer and a slow consumer: what arrives is in order, ends of series all arrive.
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
    while mailbox.take(into: &message, milliseconds: 5000) == .message {
      #expect(message.receivedNs > last)
      last = message.receivedNs
      taken += 1
    }
    #expect(last == count)
    #expect(taken + mailbox.replacedCount == count)
  }
}
