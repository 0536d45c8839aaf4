// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Agent

@Suite("Lattice states")
struct LatticeStateMachineTests {
  private let scene = LatticeStateMachine.Scene(source: "abf", series: "1", width: 512, height: 512, pixelSizeNm: 0.02)
  private let lattice = Lattice(origin: Vector2(255, 250), a: Vector2(20, 3), b: Vector2(-4, 28))

  private func moved(_ u: Double, _ v: Double) -> Lattice {
    Lattice(origin: lattice.position(u, v), a: lattice.a, b: lattice.b)
  }

  /// One frame in which `found` is what registration gives.
  @discardableResult
  private func step(
    _ machine: inout LatticeStateMachine, _ frame: Int64, _ found: Lattice, scene: LatticeStateMachine.Scene? = nil,
    unrelated: Double = 0, evidence: ShiftDecision.Evidence = { _, _ in 0 }
  ) -> (plan: LatticeStateMachine.Plan, transition: LatticeStateMachine.Transition?, shift: Shift) {
    let plan = machine.begin(scene ?? self.scene, frame: frame)
    let question = machine.found(found, followed: plan != .search)
    let shift = ShiftDecision.decide(question, unrelated: unrelated, evidence: evidence)
    return (plan, machine.settle(found, question, shift), shift)
  }

  private func locked() -> LatticeStateMachine {
    var machine = LatticeStateMachine()
    step(&machine, 0, lattice)
    return machine
  }

  @Test("the first frame is searched; once found, the lattice is followed from where it was")
  func lock() {
    var machine = LatticeStateMachine()
    let first = step(&machine, 0, lattice)
    #expect(first.plan == .search && first.transition == .found)
    #expect(machine.state == .locked)
    #expect(machine.motion.epoch == 1 && !machine.motion.isShiftAmbiguous)
    let second = step(&machine, 1, lattice)
    #expect(second.plan == .track(from: lattice))
    #expect(second.transition == nil && second.shift == .known(i: 0, j: 0))
  }

  @Test("frames without a lattice at the start go on being searched, without news")
  func neverFound() {
    var machine = LatticeStateMachine()
    for frame in 0..<5 {
      #expect(machine.begin(scene, frame: Int64(frame)) == .search)
      #expect(machine.notFound() == nil)
      #expect(machine.state == .searching)
    }
  }

  @Test("a lattice that cannot be followed is searched in the same frame, and stays locked when found")
  func retry() {
    var machine = locked()
    #expect(machine.begin(scene, frame: 1) == .track(from: lattice))
    #expect(machine.trackFailed() == .search)
    let question = machine.found(moved(0.2, 0.1), followed: false)
    #expect(machine.settle(moved(0.2, 0.1), question, .ambiguous) == nil)
    #expect(machine.state == .locked)
    #expect(machine.motion.isShiftAmbiguous && machine.motion.epoch == 2)
  }

  @Test("lost once, told once, found again in the first frame that has a lattice")
  func lostAndFound() {
    var machine = locked()
    _ = machine.begin(scene, frame: 1)
    #expect(machine.trackFailed() == .search)
    #expect(machine.notFound() == .lost)
    #expect(machine.state == .lost)
    #expect(machine.begin(scene, frame: 2) == .search)
    #expect(machine.notFound() == nil)
    #expect(machine.state == .lost)
    #expect(step(&machine, 3, lattice).transition == .found)
    #expect(machine.motion.epoch == 2)
    #expect(machine.begin(scene, frame: 4) == .track(from: lattice))
  }

  @Test("another source, series, size or magnification is another scene; within a series its shift counts as ambiguous")
  func newScene() {
    var others = Array(repeating: scene, count: 5)
    others[0].width += 1
    others[1].height += 1
    others[2].pixelSizeNm = 0.01
    others[3].series = nil
    others[4].source = "adf"
    for (index, other) in others.enumerated() {
      var machine = locked()
      #expect(machine.begin(other, frame: 1) == .search)
      #expect(machine.state == .searching)
      step(&machine, 2, lattice, scene: other)
      #expect(machine.motion.epoch == 2)
      #expect(machine.motion.isShiftAmbiguous == (index < 3))
    }
    // A frame that does not tell its scale has not changed it.
    var machine = locked()
    var untold = scene
    untold.pixelSizeNm = nil
    #expect(machine.begin(untold, frame: 1) == .track(from: lattice))
  }

  @Test("after the end of a series the same scene is searched again, with indices of its own")
  func reset() {
    var machine = locked()
    machine.reset()
    #expect(machine.begin(scene, frame: 1) == .search)
    step(&machine, 1, lattice)
    #expect(machine.motion.epoch == 2 && !machine.motion.isShiftAmbiguous)
  }

  @Test("a drift of a third of a cell in every frame never costs a column its indices", arguments: [1, 2, 3])
  func drift(framesApart: Int) {
    for (u, v) in [(1.0 / 3, 0.0), (0, -1.0 / 3), (1.0 / 3, 1.0 / 3), (-0.3, 0.32)] {
      var machine = LatticeStateMachine()
      // The drift is steady; gaps come once it is known.
      for frame in Array(Int64(0)..<10) + Array(stride(from: Int64(10), to: 40, by: framesApart)) {
        // Registration takes the column nearest to where it was asked to begin.
        let truth = moved(u * Double(frame), v * Double(frame))
        var found = truth
        var asked = machine
        if case .track(let from) = asked.begin(scene, frame: frame) {
          let c = truth.coordinates(of: from.origin)
          found.origin = truth.position(c.x.rounded(), c.y.rounded())
        }
        let result = step(&machine, frame, found)
        #expect(frame == 0 || result.shift == Shift.known(i: 0, j: 0), "frame \(frame)")
        let origin = machine.motion.indexedLattice.origin
        #expect((origin - truth.origin).length < 1e-6, "frame \(frame)")
      }
      #expect(machine.motion.epoch == 1)
    }
  }

  @Test("a movement by half a cell is marked as ambiguous, and begins an epoch of its own")
  func half() {
    var machine = locked()
    #expect(step(&machine, 1, moved(0.49, 0)).shift == .ambiguous)
    #expect(machine.motion.epoch == 2 && machine.motion.isShiftAmbiguous)
    #expect(machine.motion.driftPx == .zero)
    step(&machine, 2, moved(0.49, 0))
    #expect(machine.motion.epoch == 2 && !machine.motion.isShiftAmbiguous)
  }

  @Test("features of the image tell a jump by whole cells, after a search too")
  func features() {
    for followed in [true, false] {
      var machine = locked()
      if followed {
        step(&machine, 1, moved(0.1, 0), unrelated: 20, evidence: { $0 == 3 && $1 == -2 ? 60 : 0 })
      } else {
        _ = machine.begin(scene, frame: 1)
        _ = machine.trackFailed()
        let question = machine.found(moved(0.1, 0), followed: false)
        let shift = ShiftDecision.decide(question, unrelated: 20, evidence: { $0 == 3 && $1 == -2 ? 60 : 0 })
        _ = machine.settle(moved(0.1, 0), question, shift)
      }
      #expect(machine.motion.epoch == 1 && !machine.motion.isShiftAmbiguous)
      // The column found there has the indices (3, −2): the crystal moved by as many cells the other way.
      let expected = moved(0.1 - 3, 2)
      #expect((machine.motion.indexedLattice.origin - expected.origin).length < 1e-9)
      #expect((machine.motion.driftPx - (expected.origin - lattice.origin)).length < 1e-9)
      #expect(machine.motion.velocityPx == .zero)
    }
  }

  @Test("columns whose indices would leave 32 bits begin another epoch", arguments: [1, -1])
  func farAway(sign: Int) {
    var machine = locked()
    _ = machine.begin(scene, frame: 1)
    let question = machine.found(lattice, followed: true)
    _ = machine.settle(lattice, question, .known(i: sign * (1 << 30) + sign, j: 0))
    #expect(machine.motion.epoch == 1)
    step(&machine, 2, lattice)
    #expect(machine.motion.epoch == 2 && abs(machine.motion.originIndex.i) < 100)
  }

  @Test("a scan that comes again with more rows is one frame: of the clock, of the velocity and of the drift")
  func partialScans() {
    var (whole, inParts) = (locked(), locked())
    for frame in 1...6 as ClosedRange<Int64> {
      let found = moved(0.1 * Double(frame), -0.05 * Double(frame))
      step(&whole, frame, found)
      for delivery in 0..<4 {
        let plan = inParts.begin(scene, frame: frame, isPartial: delivery < 3)
        #expect(plan != .search)
        // As the scan goes on the lattice is known better; its first estimate is a little off.
        let seen = delivery == 0 ? moved(0.1 * Double(frame) - 0.01, -0.05 * Double(frame)) : found
        let question = inParts.found(seen, followed: true)
        #expect(question.elapsed == (delivery == 0 ? 1 : 0))
        #expect(
          inParts.settle(seen, question, ShiftDecision.decide(question, unrelated: 0, evidence: { _, _ in 0 })) == nil)
      }
      #expect((inParts.motion.driftPx - whole.motion.driftPx).length < 1e-9)
      #expect(inParts.motion.indexedLattice.origin == whole.motion.indexedLattice.origin)
    }
    #expect((inParts.motion.velocityPx - whole.motion.velocityPx).length < 0.25)
    #expect(inParts.motion.epoch == 1)
    // A whole frame that bears the number of the one before is another.
    _ = whole.begin(scene, frame: 6)
    #expect(whole.motion.elapsed == 1)
  }

  @Test("features that contradict everything near make the shift ambiguous, features that say nothing do not")
  func unrelated() {
    let question = ShiftQuestion(
      kind: .followed, nearest: CellIndex(i: 0, j: 0), offset: Vector2(0.02, 0.01), elapsed: 1)
    #expect(ShiftDecision.decide(question, unrelated: 30, evidence: { _, _ in 0 }) == .ambiguous)
    #expect(ShiftDecision.decide(question, unrelated: 0, evidence: { _, _ in 0 }) == .known(i: 0, j: 0))
    // Two shifts that the features cannot tell apart.
    let pair = ShiftDecision.decide(question, unrelated: 10, evidence: { i, j in i == 2 && abs(j) == 1 ? 30 : 0 })
    #expect(pair == .ambiguous)
    var searched = question
    searched.kind = .searched
    #expect(ShiftDecision.decide(searched, unrelated: 0, evidence: { _, _ in 0 }) == .ambiguous)
  }
}
