// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Inference
import Threading
import ZeroMQ

/// The live agent: a receive thread that keeps the newest frame (`FrameReceiver`), and the pipeline with the outgoing socket
/// on the thread that calls `run`.
///
/// A frame never ends it. What can end it: a stop request, and a socket that fails.
public final class AgentService {
  /// Endpoints in use, with the ports that wildcards were resolved to.
  public var inputEndpoint: String { receiver.endpoint }
  public let outputEndpoint: String
  /// Hears of each event for a person: published ones and the first words. May be nil.
  public var log: ((AgentEvent) -> Void)?
  /// Hears that the agent is ready, alive and ending. May be nil.
  public var notifier: ServiceNotifier?
  /// What probes and scrapes read.
  public let board: MonitorBoard
  /// What is left here takes the place of configuration and model between two frames.
  public let reloads = ReloadSlot()

  /// What runs now; a reload changes it.
  public private(set) var configuration: AgentConfiguration
  /// How its links are protected; a reload reads the lists of clients again.
  public let security: AgentSecurity
  private let receiver: FrameReceiver
  private let recorder: BackgroundRecorder?
  private var recordingNews: RecordingNews
  private var publisher: OverlayPublisher
  private let pipeline: Pipeline
  private var series = SeriesTracker()
  private var limiter: EventLimiter
  private var monitor: AgentMonitor
  private var strangers: StrangerReport
  private var toldHandshakes: UInt64 = 0
  private var handshakeInterval: Interval
  /// What `tellOfDropped` has told.
  private var dropped: (parts: UInt64, cuts: UInt64) = (0, 0)
  private var previewInterval: Interval
  private var statusInterval: Interval
  private var signOfLife = Interval(seconds: nil)

  /// Opens both sockets, so that a busy port is known before anything runs. Throws `ZeroMQError`, and `SecurityError` where
  /// no `security` is given: it is read from the key files then.
  public init(
    model: TiltModel, configuration: AgentConfiguration, identity: RunIdentity = RunIdentity(),
    board: MonitorBoard = MonitorBoard(), security: AgentSecurity? = nil, recorder: BackgroundRecorder? = nil
  ) throws {
    let security = try security ?? AgentSecurity(configuration)
    self.security = security
    let context = try Context()
    publisher = try OverlayPublisher(
      configuration.output, security: security.output, identity: identity, context: context)
    outputEndpoint = publisher.endpoint
    let input = configuration.input
    receiver = try FrameReceiver(
      InputEndpoint(
        input.endpoint, pattern: input.socket == .sub ? .sub : .pull, binds: input.bind, topic: input.topic,
        largestMessage: input.maximumMessageBytes, security: security.input),
      context: context, recorder: recorder)
    self.recorder = recorder
    recordingNews = RecordingNews(eventIntervalS: configuration.output.eventIntervalS)
    pipeline = Pipeline(model: model, configuration: configuration, identity: identity)
    limiter = EventLimiter(intervalS: configuration.output.eventIntervalS)
    previewInterval = configuration.output.previewInterval
    strangers = StrangerReport(security, intervalS: configuration.output.eventIntervalS)
    handshakeInterval = Interval(seconds: configuration.output.eventIntervalS)
    monitor = AgentMonitor(identity: identity, model: pipeline.header.model, board: board, security: security)
    statusInterval = Interval(seconds: configuration.output.statusIntervalS)
    self.configuration = configuration
    self.board = board
  }

  /// Works until `stop` is requested; then ends the running series, sends a last status and closes the sockets.
  public func run(until stop: StopRequest) throws(ZeroMQError) {
    var message = ReceivedMessage()
    signOfLife = Interval(seconds: notifier?.watchdogIntervalNs.map { Double($0) / 1e9 })
    board.enter(.ready)
    notifier?.ready()
    if configuration.compute.pin { try bindThreads() }
    while !stop.isRequested {
      try turn()
      switch receiver.take(into: &message, milliseconds: 20) {
      case .message(let skipped): try handle(pipeline.process(message, skipped: skipped))
      case .timedOut: break
      case .closed:
        if let failure = receiver.failure { throw failure }
        return try finish()
      }
      // Also where messages come that are no frames.
      let limitNs = UInt64(configuration.input.silenceS * 1e9)
      try publish(series.checkSilence(atNs: SteadyClock.nowNs(), limitNs: limitNs))
      try tellOfDropped()
      try tellOfConnections()
      try tellOfRecording()
      // In this order, so that both are asked and each begins its next interval.
      let isAsked = try publisher.newSubscriptions()
      if statusInterval.isDue(atNs: SteadyClock.nowNs()) || isAsked {
        let status = status()
        try publisher.send(status)
        notifier?.status(status.line)
      }
      if publisher.isFlooded { try endFlood() }
    }
    try finish()
  }

  /// Drops whoever subscribes or sends without end, and with them everybody: the others come back by themselves.
  private func endFlood() throws(ZeroMQError) {
    let message =
      "output: somebody sends without end; all connections are made anew (security.output_clients keeps strangers out)"
    try tell(AgentEvent(kind: .subscriptionFlood, message: message))
    try publisher.dropConnections()
  }

  /// Binds this thread to the first processor, as the others were to theirs, and tells what the system refused.
  private func bindThreads() throws(ZeroMQError) {
    var refusals = pipeline.refusedPlacements
    do throws(ThreadPlacement.Refusal) {
      if let first = ThreadPlacement.allowedProcessors.first {
        try ThreadPlacement.pinCurrentThread(toProcessor: first)
      }
    } catch {
      refusals.append(error)
    }
    guard !refusals.isEmpty else { return }
    let message = "threads run wherever the system puts them: " + refusals.map(\.description).joined(separator: ", ")
    try tell(AgentEvent(kind: .placementRefused, message: message))
  }

  /// At the head of each turn of the loop. Whoever wants to know whether the agent is alive hears it from here and from no
  /// timer: a frame that hangs silences all of them.
  private func turn() throws(ZeroMQError) {
    let now = SteadyClock.nowNs()
    board.turned(atNs: now)
    if signOfLife.isDue(atNs: now) { notifier?.isAlive() }
    monitor.counted(pipeline.counters, state: pipeline.state)
    try lookAtClock()
    if let outcome = reloads.take() { try adopt(outcome) }
  }

  /// Between two frames: what was prepared aside takes its place, or why it does not is told.
  private func adopt(_ outcome: ReloadOutcome) throws(ZeroMQError) {
    switch outcome {
    case .refused(let reason):
      monitor.reloadRefused()
      try tell(AgentEvent(kind: .reloadRefused, message: "reload refused, all goes on as before: \(reason)"))
    case .ready(let replacement):
      let before = pipeline.header.model
      configuration = configuration.reloaded(from: replacement.configuration)
      limiter.setInterval(seconds: configuration.output.eventIntervalS)
      strangers.interval = Interval(seconds: configuration.output.eventIntervalS)
      recordingNews.interval = Interval(seconds: configuration.output.eventIntervalS)
      handshakeInterval = Interval(seconds: configuration.output.eventIntervalS)
      previewInterval = configuration.output.previewInterval
      statusInterval = Interval(seconds: configuration.output.statusIntervalS)
      pipeline.adopt(replacement.reader, configuration)
      recorder?.beginFile(attachments: replacement.attachments)
      monitor.reloaded(pipeline.header.model)
      let clients = try adopt(replacement.access)
      let message = replacement.message(from: before, to: pipeline.header.model) + clients
      try tell(AgentEvent(kind: .reloaded, message: message))
    }
    notifier?.ready()
  }

  /// New lists of clients hold from now on, also for who is connected and no longer on them. A socket that cannot be opened
  /// anew ends the agent: better that than somebody who was taken off the list.
  private func adopt(_ access: AccessChange?) throws(ZeroMQError) -> String {
    let changes = access?.apply() ?? []
    for change in changes where change.removed > 0 {
      if change.link == "output" { try publisher.dropConnections() } else { receiver.dropConnections() }
    }
    return changes.map { "; \($0.message)" }.joined()
  }

  /// Counts and tells what the receive thread had to drop since the last call.
  private func tellOfDropped() throws(ZeroMQError) {
    let now = (parts: receiver.refusedCount, cuts: receiver.cutOffCount)
    for _ in dropped.parts..<now.parts { try refuse(.tooManyParts) }
    for _ in dropped.cuts..<now.cuts { try refuse(.cutOff(limit: configuration.input.maximumMessageBytes)) }
    dropped = now
  }

  /// Tells of strangers, and of a source that does not come to terms with us.
  private func tellOfConnections() throws(ZeroMQError) {
    let now = SteadyClock.nowNs()
    for event in strangers.events(atNs: now) { try tell(event) }
    let failed = receiver.failedHandshakeCount
    guard failed > toldHandshakes, handshakeInterval.isDue(atNs: now) else { return }
    let reason =
      security.input.isEncrypted
      ? "it has another key than security.input_server_key, does not know ours, or does not encrypt"
      : "it wants CURVE (security.input_server_key), or is no ZeroMQ publisher"
    try tell(
      AgentEvent(
        kind: .handshakeFailed, message: "no connection to \(inputEndpoint): \(reason)",
        count: failed - toldHandshakes))
    toldHandshakes = failed
  }

  private func tellOfRecording(isLast: Bool = false) throws(ZeroMQError) {
    guard let recorder else { return }
    let events = recordingNews.events(of: recorder.report, atNs: SteadyClock.nowNs(), isLast: isLast)
    for event in events { try tell(event) }
  }

  private func refuse(_ rejection: Rejection) throws(ZeroMQError) {
    pipeline.refuse(rejection)
    try publish(rejection, of: pipeline.frame.header)
  }

  private func handle(_ outcome: PipelineOutcome) throws(ZeroMQError) {
    let frame = pipeline.frame.header
    switch outcome {
    case .seriesStart(let name):
      try publish(series.began())
      pipeline.seriesEnded()
      let message = name.map { "series \($0) begins" } ?? "a series begins"
      try tell(AgentEvent(kind: .seriesBegan, message: message, series: name))
      return
    case .seriesEnd(let source, let name):
      try publish(series.announced(source: source, series: name))
      return
    case .rejected(let rejection) where rejection.isMessage: break
    default:
      try publish(series.frameArrived(source: frame.source, series: frame.series, atNs: SteadyClock.nowNs()))
    }
    for event in pipeline.events { try tell(event) }
    switch outcome {
    case .overlay: try publishOverlay()
    case .rejected(let rejection): try publish(rejection, of: frame)
    case .seriesStart, .seriesEnd: break
    }
    if case .rejected(let rejection) = outcome, rejection.isMessage { return }
    if previewInterval.isDue(atNs: SteadyClock.nowNs()) {
      try publisher.sendPreview(of: pipeline.frame, maximumSide: configuration.output.previewSide)
    }
    if frame.isLast { try publish(series.end(.announced)) }
  }

  private func publishOverlay() throws(ZeroMQError) {
    pipeline.header.times.published = WallClock.nowNs()
    try publisher.send(pipeline.header, pipeline.cells, pipeline.accumulated)
    try lookAtClock()
    monitor.published(pipeline.header, cells: pipeline.cells.count, counters: pipeline.counters)
    pipeline.header.seq += 1
    series.overlayPublished()
  }

  private func publish(_ rejection: Rejection, of frame: FrameHeader) throws(ZeroMQError) {
    guard let count = limiter.admit(rejection.reason, atNs: SteadyClock.nowNs()) else { return }
    // A message that is no frame has no number; that of the frame before would mislead.
    let header = rejection.isMessage ? nil : frame
    try tell(
      AgentEvent(
        kind: .rejected, reason: rejection.reason, message: rejection.message, source: header?.source,
        series: header?.series, frame: header?.frame, count: count))
  }

  private func publish(_ end: OverlayEnd?) throws(ZeroMQError) {
    guard let end else { return }
    try publisher.send(end)
    if end.cause != .newSeries { pipeline.seriesEnded() }
  }

  private func tell(_ event: AgentEvent) throws(ZeroMQError) {
    try publisher.send(event)
    monitor.happened(event.kind)
    log?(event)
  }

  private func lookAtClock() throws(ZeroMQError) {
    guard let jumpS = monitor.clockJumpS() else { return }
    let shown = (jumpS * 1000).rounded() / 1000
    try tell(AgentEvent(kind: .clockJumped, message: "the wall clock was set by \(shown) s; time stamps jump with it"))
  }

  private func status(isEnding: Bool = false) -> AgentStatus {
    var status = monitor.status(
      state: pipeline.state, counters: pipeline.counters, frame: pipeline.frame.header, isEnding: isEnding)
    status.recording = recorder?.report
    board.show(status)
    return status
  }

  private func finish() throws(ZeroMQError) {
    board.enter(.ending)
    notifier?.stopping()
    receiver.stop()
    var message = ReceivedMessage()
    while case .message(let skipped) = receiver.take(into: &message, milliseconds: 0) {
      pipeline.leftBehind(skipped + 1)
    }
    try tellOfDropped()
    monitor.counted(pipeline.counters, state: pipeline.state)
    recorder?.finish()
    try tellOfRecording(isLast: true)
    try publish(series.end(.shutdown))
    try publisher.send(status(isEnding: true))
  }
}

extension AgentConfiguration.Output {
  fileprivate var previewInterval: Interval { Interval(seconds: previewRateHz > 0 ? 1 / previewRateHz : nil) }
}
