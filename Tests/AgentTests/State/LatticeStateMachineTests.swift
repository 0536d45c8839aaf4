// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Testing

@Suite("Lattice states")
struct LatticeStateMachineTests {
  private let scene = LatticeStateMachine.Scene(source: "abf", series: "1", width: 512, height: 512)

  private func locked() -> LatticeStateMachine {
    var machine = LatticeStateMachine()
    _ = machine.begin(scene)
    _ = machine.found()
    return machine
  }

  @Test("the first frame is searched; once found, the lattice is followed")
  func lock() {
    var machine = LatticeStateMachine()
    #expect(machine.begin(scene) == .search)
    #expect(machine.found() == .found)
    #expect(machine.state == .locked)
    #expect(machine.begin(scene) == .track)
    #expect(machine.found() == nil)
  }

  @Test("frames without a lattice at the start go on being searched, without news")
  func neverFound() {
    var machine = LatticeStateMachine()
    for _ in 0..<5 {
      #expect(machine.begin(scene) == .search)
      #expect(machine.notFound() == nil)
      #expect(machine.state == .searching)
    }
  }

  @Test("a lattice that cannot be followed is searched in the same frame, and stays locked when found")
  func retry() {
    var machine = locked()
    #expect(machine.begin(scene) == .track)
    #expect(machine.trackFailed() == .search)
    #expect(machine.found() == nil)
    #expect(machine.state == .locked)
  }

  @Test("lost once, told once, found again")
  func lostAndFound() {
    var machine = locked()
    #expect(machine.begin(scene) == .track)
    #expect(machine.trackFailed() == .search)
    #expect(machine.notFound() == .lost)
    #expect(machine.state == .lost)
    #expect(machine.begin(scene) == .search)
    #expect(machine.notFound() == nil)
    #expect(machine.state == .lost)
    #expect(machine.begin(scene) == .search)
    #expect(machine.found() == .found)
    #expect(machine.begin(scene) == .track)
  }

  @Test("another source, series or size is another scene")
  func newScene() {
    for change in [\LatticeStateMachine.Scene.width, \.height] as [WritableKeyPath<LatticeStateMachine.Scene, Int>] {
      var machine = locked()
      var other = scene
      other[keyPath: change] += 1
      #expect(machine.begin(other) == .search)
      #expect(machine.state == .searching)
    }
    var machine = locked()
    #expect(machine.begin(.init(source: "abf", series: nil, width: 512, height: 512)) == .search)
    machine = locked()
    #expect(machine.begin(.init(source: "adf", series: "1", width: 512, height: 512)) == .search)
  }

  @Test("after the end of a series the same scene is searched again")
  func reset() {
    var machine = locked()
    machine.reset()
    #expect(machine.begin(scene) == .search)
  }
}
