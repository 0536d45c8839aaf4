// SPDX-License-Identifier: GPL-3.0-or-later

/// What stands before the data of a message.
struct MessageHead {
  var channel: UInt16
  var sequence: UInt32
  var logTimeNs: UInt64
  var publishTimeNs: UInt64

  /// From the body of the record; nil when it ends early.
  init?(_ body: UnsafeRawBufferPointer) {
    var fields = ByteReader(body)
    guard let channel = fields.take(UInt16.self), let sequence = fields.take(UInt32.self),
      let logTime = fields.take(UInt64.self), let publishTime = fields.take(UInt64.self)
    else { return nil }
    (self.channel, self.sequence, logTimeNs, publishTimeNs) = (channel, sequence, logTime, publishTime)
  }
}

struct ChannelRecord {
  enum Outcome {
    case success(ChannelRecord)
    case damaged(String)
  }

  var id: UInt16
  /// 0 for none.
  var schema: UInt16
  var topic: String
  var encoding: String

  /// From the body of the record.
  static func read(_ body: UnsafeRawBufferPointer) -> Outcome {
    var fields = ByteReader(body)
    guard let id = fields.take(UInt16.self), let schema = fields.take(UInt16.self), let topic = fields.takeText(),
      let encoding = fields.takeText()
    else { return .damaged("channel record ends early") }
    guard topic.utf8.count <= MCAP.largestTopic else {
      return .damaged("topic of \(topic.utf8.count) bytes, expected at most \(MCAP.largestTopic)")
    }
    return .success(ChannelRecord(id: id, schema: schema, topic: topic, encoding: encoding))
  }

  /// The topic without `/in/`; nil when the messages are not glazer's.
  var source: String? {
    guard encoding == MCAP.messageEncoding else { return nil }
    return topic.hasPrefix(MCAP.topicPrefix) ? String(topic.dropFirst(MCAP.topicPrefix.count)) : topic
  }
}
