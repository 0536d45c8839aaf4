// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import ZeroMQ

/// The agent's outgoing socket. Nothing here waits: a subscriber that does not keep up loses messages, not the agent time.
struct OverlayPublisher: ~Copyable {
  /// With the port that a wildcard was resolved to.
  let endpoint: String
  private var socket: Socket
  private let open: () throws(ZeroMQError) -> Socket
  private let identity: RunIdentity
  private var encoder = OverlayEncoder()
  private var writer = JSONWriter()
  private var preview = Preview()
  private var scratch = Multipart()
  /// Turns one after the other in which messages of subscribers were left over.
  private var fullTurns = 0

  /// Listens at once; a busy port is an error here.
  init(
    _ output: AgentConfiguration.Output, security: LinkSecurity, identity: RunIdentity, context: Context
  ) throws(ZeroMQError) {
    let open = { () throws(ZeroMQError) -> Socket in
      let socket = try Socket(.xpub, in: context)
      try socket.setVerboseSubscriptions()
      try socket.setSendHighWaterMark(output.queue)
      try socket.setLossDetection()
      // What a subscriber sends is a topic: nobody makes the agent take memory for more.
      try socket.setLargestMessage(byteCount: 4096)
      // A subscriber that does not keep up gets fresh overlays and gaps, not what was true some minutes ago: the kernel
      // would keep megabytes.
      try socket.setSendBuffer(byteCount: 1 << 18)
      // Time for the last status to leave when the agent ends.
      try socket.setLinger(milliseconds: 200)
      try socket.secure(security)
      return socket
    }
    let socket = try open()
    try socket.bind(output.endpoint)
    endpoint = try socket.lastEndpoint()
    self.socket = socket
    self.open = open
    self.identity = identity
  }

  /// Ends every connection: libzmq ends no single one. Subscribers that are still on the list come back by themselves.
  mutating func dropConnections() throws(ZeroMQError) {
    let fresh = try open()
    try fresh.bind(endpoint, inPlaceOf: socket)
    socket = fresh
    fullTurns = 0
  }

  /// True when somebody has subscribed to something since the last call, which took all of it or as much as it may.
  mutating func newSubscriptions() throws(ZeroMQError) -> Bool {
    var (isNew, count) = (false, 0)
    while count < Self.mostMessages, let message = try socket.nextSubscriberMessage(using: &scratch) {
      if case .subscribes = message { isNew = true }
      count += 1
    }
    fullTurns = count == Self.mostMessages ? fullTurns + 1 : 0
    return isNew
  }

  /// Somebody subscribes, or sends what else there is, without end: what we do not take libzmq keeps, in memory that nothing else bounds.
  var isFlooded: Bool { fullTurns >= Self.mostFullTurns }

  /// Of one turn: hundreds of subscribers that come back at once are through in two or three.
  private static let mostMessages = 1024
  private static let mostFullTurns = 4

  mutating func send(
    _ header: OverlayHeader, _ cells: CellTable, _ accumulated: AccumulatedCells?
  ) throws(ZeroMQError) {
    let json = encoder.encode(header, cells: cells, accumulated: accumulated)
    try cells.withMessage(
      topic: .overlay, header: json, accumulated: accumulated, regions: header.regions
    ) { (parts) throws(ZeroMQError) in
      _ = try socket.send(parts: parts, waits: false)
    }
  }

  mutating func send(_ status: AgentStatus) throws(ZeroMQError) {
    writer.removeAll()
    writer.write(status)
    try sendWritten(.status)
  }

  mutating func send(_ event: AgentEvent) throws(ZeroMQError) {
    writer.removeAll()
    writer.write(event, agent: identity.agent, run: identity.run, timeNs: WallClock.nowNs())
    try sendWritten(.event)
  }

  mutating func send(_ end: OverlayEnd) throws(ZeroMQError) {
    writer.removeAll()
    writer.write(end, agent: identity.agent, run: identity.run, timeNs: WallClock.nowNs())
    try sendWritten(.overlayEnd)
  }

  mutating func sendPreview(of frame: Frame, maximumSide: Int) throws(ZeroMQError) {
    preview.take(frame, maximumSide: maximumSide)
    writer.removeAll()
    writer.write(preview, timeNs: WallClock.nowNs())
    try sendWritten(.preview, preview.pixels)
  }

  /// Small messages at a low rate: joining them costs nothing that matters.
  private func sendWritten(_ topic: OverlayTopic, _ more: [UInt8]...) throws(ZeroMQError) {
    try socket.send([Array(topic.rawValue.utf8), writer.bytes] + more, waits: false)
  }
}
