// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Inference
import Regions
import Registration
import Threading
import ZeroMQ

/// One frame after the other: decode, check, register or follow the lattice, read the cells.
///
/// Synchronous and without sockets; threads share the cells of a frame and nothing else. The same code serves the live agent, replays and tests. All memory is taken by
/// the first frames; belongs to one thread at a time. Nothing that arrives makes it fail: what cannot be read is rejected
/// with a reason and counted.
public final class Pipeline {
  /// Of the last message whose outcome was `.overlay`; the caller sets `times.published`.
  public var header: OverlayHeader
  public private(set) var cells = CellTable()
  /// What the last frames together say of these cells; nil where the configuration asks for single frames alone.
  public var accumulated: AccumulatedCells? { accumulates ? sums : nil }
  /// The last frame that could be decoded.
  public private(set) var frame = Frame(header: FrameHeader(source: "", frame: 0), image: Image(width: 0, height: 0))
  public private(set) var counters = InputCounters()
  /// What others should hear of the last message; rejections are told by the outcome.
  public private(set) var events: [AgentEvent] = []

  private var configuration: AgentConfiguration
  private let registrar: Registrar
  private var reader: CellReader
  private var decoder: FrameDecoder
  private var lattices = LatticeStateMachine()
  private var accumulator: CellAccumulator
  private var sums = AccumulatedCells()
  private let finder = RegionFinder()
  private var accumulates: Bool { configuration.accumulation.frames > 0 }

  public init(model: TiltModel, configuration: AgentConfiguration, identity: RunIdentity) {
    self.configuration = configuration
    var settings = RegistrationSettings()
    settings.pseudoCubicNm = configuration.material.pseudoCubicNm
    registrar = Registrar(settings: settings)
    reader = CellReader(model: model, pool: WorkerPool(configuration.compute))
    decoder = FrameDecoder(settings: FrameDecoder.Settings(configuration.input))
    accumulator = CellAccumulator(configuration.accumulation, spread: model.targetSpread)
    header = OverlayHeader(
      agent: identity.agent, run: identity.run, seq: 0, source: "", series: nil, frame: 0,
      image: OverlayImage(width: 0, height: 0, pixelSizeNm: nil, pixelSizeFrom: nil),
      lattice: OverlayLattice(
        locked: false, lattice: Lattice(origin: .zero, a: .zero, b: .zero), residualPx: 0, driftPx: .zero),
      model: OverlayModel(name: model.name, sha256: model.sha256), times: OverlayTimes(), input: OverlayInput())
    events.reserveCapacity(4)
  }

  public var state: LatticeStateMachine.State { lattices.state }

  /// Threads beside the caller's that could not be bound to their processors.
  var refusedPlacements: [ThreadPlacement.Refusal] { reader.pool.refusals }

  /// The next frame is not expected to show the lattice of the last one.
  public func seriesEnded() {
    lattices.reset()
    accumulator.forget()
  }

  /// Reads the cells of the next frame with another model, and goes by another configuration from then on. The lattice is
  /// followed as before, except that another material is searched afresh.
  func adopt(_ reader: CellReader, _ configuration: AgentConfiguration) {
    if configuration.material != self.configuration.material {
      registrar.settings.pseudoCubicNm = configuration.material.pseudoCubicNm
      seriesEnded()
    }
    decoder.settings = FrameDecoder.Settings(configuration.input)
    self.configuration = configuration
    self.reader = reader
    // What another model said is not to be mixed with what this one says.
    accumulator = CellAccumulator(configuration.accumulation, spread: reader.model.targetSpread)
    header.model = OverlayModel(name: reader.model.name, sha256: reader.model.sha256)
  }

  /// Counts a message that was refused before it could be taken in.
  public func refuse(_ rejection: Rejection) { counters.messageRefused(rejection.reason, skipped: 0) }

  /// Counts messages that nobody will look at any more.
  func leftBehind(_ count: UInt64) { counters.leftBehind(count) }

  /// Takes one message in; `skipped` others were replaced before it could be taken.
  public func process(_ message: borrowing ReceivedMessage, skipped: UInt64) -> PipelineOutcome {
    let receivedNs = message.receivedNs
    return message.parts.withParts { process(parts: $0, receivedNs: receivedNs, skipped: skipped) }
  }

  /// The same for parts from elsewhere, for example a recording. Times are nanoseconds since 1970.
  public func process(
    parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, receivedNs: UInt64, skipped: UInt64 = 0
  ) -> PipelineOutcome {
    events.removeAll(keepingCapacity: true)
    header.times = OverlayTimes()
    header.times.received = receivedNs
    header.times.started = WallClock.nowNs()
    do throws(FrameError) {
      switch try decoder.decode(parts: parts, into: &frame, receivedNs: receivedNs) {
      case .frame: break
      case .seriesStart(let name):
        counters.seriesStarted()
        return .seriesStart(series: name)
      case .seriesEnd(let source, let series):
        counters.seriesEnded()
        return .seriesEnd(source: source, series: series)
      }
    } catch {
      let rejection = Rejection(error)
      counters.messageRefused(rejection.reason, skipped: skipped)
      return .rejected(rejection)
    }
    counters.frameArrived(
      source: frame.header.source, series: frame.header.series, frame: frame.header.frame, skipped: skipped)
    // Of a scan that is under way only the rows that it has come to are looked at.
    frame.hideMissingRows()
    defer { frame.showMissingRows() }
    do throws(Rejection) {
      try read()
      return .overlay
    } catch {
      counters.reject(error.reason)
      return .rejected(error)
    }
  }

  /// From `frame` to `header` and `cells`.
  private func read() throws(Rejection) {
    if let rejection = FrameCheck.rejection(of: frame, minimumSide: RegistrationSettings.minimumSide) {
      throw rejection
    }
    var (registration, question) = try register(knownPixelSize)
    registrar.straightenLines(of: &frame.image, saturationLevel: frame.saturationLevel)
    header.times.registered = WallClock.nowNs()
    var shift = try look(registration, question, elapsed: question.elapsed)
    // A lattice that was followed to where it was not expected, with no gap to explain it: another place, or another
    // magnification in which the old lattice still finds its reflections (twice the magnification has them all).
    if question.kind == .followed, shift == .ambiguous, question.elapsed <= 1, let found = searchAfresh() {
      (registration, question) = found
      shift = try look(registration, question, elapsed: 0)
    }
    settle(registration, question, shift)
    readTogether()
    header.times.inferred = WallClock.nowNs()
    describe(registration, followed: question.kind == .followed)
  }

  /// What the cells of the frame say of each other, and frames of one another: regions, deviations as wide as the cells of regions differ, sums.
  private func readTogether() {
    let dose = frame.header.dosePerA2
    guard configuration.regions.enabled else {
      header.regions = nil
      return accumulator.add(cells, model: reader.model, dosePerA2: dose, into: &sums)
    }
    finder.settings.leastCells = configuration.regions.leastCells
    // Filled in place: a copy would allocate for every frame.
    var map = header.regions.take() ?? RegionMap()
    finder.find(cells, readings: reader.readings, spread: reader.model.targetSpread, into: &map)
    let scatter = map.scatterOverStated
    let widening = accumulator.takeWidening(map.variance)
    cells.widen(by: widening, readings: reader.readings, model: reader.model, dosePerA2: dose)
    accumulator.add(cells, model: reader.model, dosePerA2: dose, into: &sums)
    if accumulates {
      // Regions of all frames together, whose noise is less. What their cells state is without what lasts over frames, so that the single
      // frame's scatter is the one to go by.
      finder.find(sums.cells, readings: accumulator.readings, spread: nil, judgesDeviations: false, into: &map)
    }
    (map.scatterOverStated, map.widening) = (scatter, widening)
    header.regions = map
  }

  /// Reads the cells and decides which columns these are, by where they were expected and by what they look like.
  private func look(
    _ registration: Registration, _ question: ShiftQuestion, elapsed: Int
  ) throws(Rejection) -> Shift {
    reader.read(
      frame.image, saturationLevel: frame.saturationLevel, lattice: registrar.local,
      dosePerA2: frame.header.dosePerA2, into: &cells)
    guard cells.count > 0 else {
      throw Rejection(.noCells, "no B column has its surroundings inside the image")
    }
    registrar.columns.flagPoorColumns(in: &cells)
    // A scan that is still under way comes again: its rows are not to be counted twice.
    accumulator.begin(
      cells, readings: reader.readings, columns: registrar.columns, nearest: question.nearest, elapsed: elapsed,
      takesIn: !frame.isPartial)
    return ShiftDecision.decide(
      question, unrelated: accumulator.logEvidence(cells, i: nil, j: nil, from: question.nearest),
      evidence: { accumulator.logEvidence(cells, i: $0, j: $1, from: question.nearest) })
  }

  private func searchAfresh() -> (Registration, ShiftQuestion)? {
    do throws(RegistrationError) {
      let registration = try registrar.register(frame.image, pixelSize: knownPixelSize)
      guard !lattices.motion.isTurnedAbout(registration.lattice) else { return nil }
      registrar.straightenLines(of: &frame.image, saturationLevel: frame.saturationLevel)
      return (registration, lattices.found(registration.lattice, followed: false))
    } catch {
      return nil
    }
  }

  /// Gives the columns their indices.
  private func settle(_ registration: Registration, _ question: ShiftQuestion, _ shift: Shift) {
    if case .ambiguous = shift { accumulator.forget() }
    if lattices.settle(registration.lattice, question, shift) == .found {
      tell(.latticeFound, "lattice found: \(registration.columnCount) B columns")
    }
    let index = lattices.motion.index(of: registration.lattice)
    for row in 0..<cells.count {
      cells.i[row] &+= Int32(truncatingIfNeeded: index.i)
      cells.j[row] &+= Int32(truncatingIfNeeded: index.j)
    }
  }

  private func describe(_ registration: Registration, followed: Bool) {
    header.source = frame.header.source
    header.series = frame.header.series
    header.frame = frame.header.frame
    header.times.source = frame.header.timeNs ?? 0
    header.image = OverlayImage(
      width: frame.image.width, height: frame.height, pixelSizeNm: registration.pixelSize.nm,
      pixelSizeFrom: OverlayImage.PixelSizeOrigin(registration.pixelSize.source),
      rotationRad: frame.header.rotationRad ?? 0)
    let motion = lattices.motion
    header.lattice = OverlayLattice(
      locked: followed, lattice: motion.indexedLattice, residualPx: registration.residualPx, driftPx: motion.driftPx)
    header.lattice.isShiftAmbiguous = motion.isShiftAmbiguous
    header.lattice.indexEpoch = motion.epoch
    header.accumulated = accumulates ? accumulator.summary : nil
    header.input = counters.takeRecent()
  }

  /// The lattice of `frame`, and how it may have moved.
  private func register(
    _ pixelSize: PixelSize?
  ) throws(Rejection) -> (registration: Registration, question: ShiftQuestion) {
    let scene = LatticeStateMachine.Scene(
      source: frame.header.source, series: frame.header.series, width: frame.image.width, height: frame.height,
      pixelSizeNm: frame.header.pixelSizeNm)
    if case .track(let lattice) = lattices.begin(scene, frame: frame.header.frame, isPartial: frame.isPartial) {
      do throws(RegistrationError) {
        let registration = try registrar.track(frame.image, from: lattice, pixelSize: pixelSize)
        return (registration, lattices.found(registration.lattice, followed: true))
      } catch {
        _ = lattices.trackFailed()
      }
    }
    do throws(RegistrationError) {
      var registration = try registrar.register(frame.image, pixelSize: pixelSize)
      if lattices.motion.isTurnedAbout(registration.lattice) {
        // The same crystal with both axes turned about: taken as it was before, so that readings go on.
        let l = registration.lattice
        registration = try registrar.track(
          frame.image, from: Lattice(origin: l.origin, a: -l.a, b: -l.b), pixelSize: pixelSize)
      }
      return (registration, lattices.found(registration.lattice, followed: false))
    } catch {
      if lattices.notFound() == .lost { tell(.latticeLost, "lattice lost: \(error.description)") }
      throw Rejection(.noLattice, error.description)
    }
  }

  private func tell(_ kind: AgentEvent.Kind, _ message: String) {
    events.append(
      AgentEvent(
        kind: kind, message: message, source: frame.header.source, series: frame.header.series,
        frame: frame.header.frame))
  }

  /// What the frame says, else what the configuration says; the lattice tells where neither does.
  private var knownPixelSize: PixelSize? {
    if let nm = frame.header.pixelSizeNm { return PixelSize(nm: nm, source: .file) }
    return configuration.instrument.pixelSizeNm.map { PixelSize(nm: $0, source: .option) }
  }
}

extension OverlayImage.PixelSizeOrigin {
  init(_ source: PixelSize.Source) {
    switch source {
    case .file: self = .frame
    case .option: self = .configuration
    case .lattice: self = .lattice
    }
  }
}

extension FrameDecoder.Settings {
  /// As the configuration wants it; leftovers of a series are dropped until another has been silent as long as ends one.
  init(_ input: AgentConfiguration.Input) {
    let dialect: FrameDialect? =
      switch input.dialect {
      case .auto: nil
      case .native: .native
      case .simplon: .simplon
      case .stream2: .stream2
      }
    self.init(dialect: dialect, channel: input.channel.isEmpty ? nil : input.channel, leftoverSilenceS: input.silenceS)
  }
}
