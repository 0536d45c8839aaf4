// SPDX-License-Identifier: GPL-3.0-or-later

/// From a first cut by tiles to domains whose walls run between cells.
///
/// Every cell goes to the domain that its surroundings (`WallWindow`) fit best (iterated conditional modes with a price for each
/// neighbour of another domain), silent ones to that about them; what is no domain by itself (too few cells, or only the strip
/// in which a wall's surroundings mix) goes to its neighbours; domains that then look alike are joined.
struct DomainLabelling {
  private var tiles = TileMerging()
  private var window = WallWindow()
  private(set) var sums: [DomainSums] = []
  /// Of the cells whose neighbours are all of their own domain.
  private(set) var cores: [DomainSums] = []
  private var means: [SIMD4<Float>] = []
  private var renamed: [Int32] = []
  private var stack: [Int32] = []
  /// Cells of the layer that grows, with their new labels, and of the next.
  private var layer: [(place: Int32, label: Int32)] = []
  private var nextLayer: [Int32] = []
  private var isAdjacent: [Bool] = []

  /// Price of a neighbour along i or j in another domain, in units of half a χ²; half of it across a corner.
  private static let price: Float = 2
  private static let sweeps = 6
  /// A domain has at least this share of its cells away from its walls: strips of mixed surroundings do not.
  private static let leastCoreShare: Float = 0.3
  private static let leastCore: Int32 = 4
  /// How far a domain reaches into silence, cells: over holes and the border. What is farther from all that was read is in no domain.
  private static let silentReach: Int32 = 4

  var count: Int { sums.count }

  init() {
    // As many as there are tiles: nothing grows when a frame has a few domains more than those before.
    sums.reserveCapacity(512)
    cores.reserveCapacity(512)
    means.reserveCapacity(512)
    renamed.reserveCapacity(512)
    isAdjacent.reserveCapacity(1 << 12)
  }

  /// Labels every cell of `field` with 0 ..< `count`, or −1 where there is no domain to grow from.
  mutating func label(_ field: inout TiltField, _ settings: RegionSettings) {
    tiles.label(&field, settings)
    window.fit(field)
    stack.reserveCapacity(field.occupied.count)
    layer.reserveCapacity(field.occupied.count)
    nextLayer.reserveCapacity(field.occupied.count)
    // Silent cells hold together what they lie in, and go with what they lie beside.
    resize(tiles.count)
    measure(field)
    grow(&field)
    separate(&field)
    for _ in 0..<Self.sweeps where !sweep(&field) { break }
    separate(&field)
    // A strip can hide a second one behind it.
    for _ in 0..<2 where dissolve(&field, settings) {
      grow(&field)
      for _ in 0..<Self.sweeps where !sweep(&field) { break }
      separate(&field)
    }
    if join(&field, settings) { separate(&field) }
  }

  // MARK: Sums

  private mutating func measure(_ field: TiltField) {
    for index in sums.indices { (sums[index], cores[index]) = (DomainSums(), DomainSums()) }
    let around = field.neighbours
    for place in field.occupied {
      let cell = field.cells[Int(place)]
      guard cell.label >= 0 else { continue }
      sums[Int(cell.label)].add(cell)
      if field.isCore(Int(place), around) { cores[Int(cell.label)].add(cell) }
    }
    means.removeAll(keepingCapacity: true)
    for index in sums.indices {
      means.append(cores[index].cells >= Self.leastCore ? cores[index].mean : sums[index].mean)
    }
  }

  /// Gives each connected part a label of its own, from 0.
  private mutating func separate(_ field: inout TiltField) {
    // Labels below −1 are those of parts that are not visited yet.
    for place in field.occupied {
      let label = field.cells[Int(place)].label
      field.cells[Int(place)].label = label < 0 ? -1 : -2 - label
    }
    var count: Int32 = 0
    let around = field.neighbours
    for start in field.occupied where field.cells[Int(start)].label < -1 {
      let old = field.cells[Int(start)].label
      field.cells[Int(start)].label = count
      stack.append(start)
      while let place = stack.popLast() {
        for n in 0..<4 {
          let next = Int(place) + around[n]
          guard field.cells[next].row >= 0, field.cells[next].label == old else { continue }
          field.cells[next].label = count
          stack.append(Int32(next))
        }
      }
      count += 1
    }
    resize(Int(count))
    measure(field)
  }

  private mutating func resize(_ count: Int) {
    sums.removeAll(keepingCapacity: true)
    cores.removeAll(keepingCapacity: true)
    sums.append(contentsOf: repeatElement(DomainSums(), count: count))
    cores.append(contentsOf: repeatElement(DomainSums(), count: count))
  }

  // MARK: Cells

  /// The label among its own and its neighbours' that the surroundings of a cell fit best.
  private func best(_ place: Int, _ field: TiltField, _ around: SIMD8<Int>) -> Int32 {
    let (own, isSilent) = (field.cells[place].label, field.cells[place].isSilent)
    var isInside = own >= 0
    for n in 0..<8 {
      let label = field.cells[place + around[n]].label
      isInside = isInside && (label < 0 || label == own)
    }
    guard !isInside else { return own }
    var (chosen, least) = (own, Float.infinity)
    for n in -1..<8 {
      let label = n < 0 ? own : field.cells[place + around[n]].label
      guard label >= 0, n < 0 || label != chosen else { continue }
      var cost = window.misfit(place, field, means[Int(label)])
      for m in 0..<8 {
        let other = field.cells[place + around[m]]
        guard other.label >= 0, other.label != label, isSilent || !other.isSilent else { continue }
        cost += m < 4 ? Self.price : 0.5 * Self.price
      }
      if cost < least { (chosen, least) = (label, cost) }
    }
    return chosen
  }

  /// True when a cell changed its domain.
  private mutating func sweep(_ field: inout TiltField) -> Bool {
    let around = field.neighbours
    var isChanged = false
    for place in field.occupied where field.cells[Int(place)].label >= 0 {
      let label = best(Int(place), field, around)
      guard label != field.cells[Int(place)].label else { continue }
      field.cells[Int(place)].label = label
      isChanged = true
    }
    if isChanged { measure(field) }
    return isChanged
  }

  /// Takes the labels from what is no domain; true when there was any. With no domain left to go to, nothing grows back.
  private mutating func dissolve(_ field: inout TiltField, _ settings: RegionSettings) -> Bool {
    func isDomain(_ index: Int) -> Bool {
      let (all, core) = (sums[index].cells, cores[index].cells)
      return all >= Int32(settings.leastCells) && core >= Self.leastCore
        && Float(core) >= Self.leastCoreShare * Float(all)
    }
    guard !sums.indices.allSatisfy(isDomain) else { return false }
    for place in field.occupied {
      let label = field.cells[Int(place)].label
      if label >= 0, !isDomain(Int(label)) { field.cells[Int(place)].label = -1 }
    }
    return true
  }

  /// Lets domains grow into the cells without one, layer by layer in all directions alike. O(cells).
  private mutating func grow(_ field: inout TiltField) {
    let around = field.neighbours
    nextLayer.removeAll(keepingCapacity: true)
    for place in field.occupied where field.cells[Int(place)].label >= 0 { queue(around: place, &field, around) }
    while !nextLayer.isEmpty {
      // From the labels of the layer before, so that no direction comes first.
      layer.removeAll(keepingCapacity: true)
      for place in nextLayer { layer.append((place, best(Int(place), field, around))) }
      for (place, label) in layer {
        field.cells[Int(place)].silentSteps = steps(to: Int(place), field, around)
        field.cells[Int(place)].label = label
      }
      nextLayer.removeAll(keepingCapacity: true)
      for (place, _) in layer { queue(around: place, &field, around) }
    }
    for place in field.occupied where field.cells[Int(place)].label < 0 { field.cells[Int(place)].label = -1 }
  }

  /// Queues the neighbours of a labelled cell that have no label and may get one; −2 says that they wait.
  private mutating func queue(around place: Int32, _ field: inout TiltField, _ around: SIMD8<Int>) {
    for n in 0..<8 {
      let next = Int(place) + around[n]
      guard field.cells[next].row >= 0, field.cells[next].label == -1,
        steps(to: next, field, around) <= Self.silentReach
      else { continue }
      field.cells[next].label = -2
      nextLayer.append(Int32(next))
    }
  }

  private func steps(to place: Int, _ field: TiltField, _ around: SIMD8<Int>) -> Int32 {
    guard field.cells[place].isSilent else { return 0 }
    var least = Int32.max - 1
    for n in 0..<8 where field.cells[place + around[n]].label >= 0 {
      least = min(least, field.cells[place + around[n]].silentSteps)
    }
    return least + 1
  }

  // MARK: Domains

  /// Joins neighbouring domains that look alike away from their walls; true when there were any.
  private mutating func join(_ field: inout TiltField, _ settings: RegionSettings) -> Bool {
    let count = sums.count
    isAdjacent.removeAll(keepingCapacity: true)
    isAdjacent.append(contentsOf: repeatElement(false, count: count * count))
    renamed.removeAll(keepingCapacity: true)
    for index in 0..<count { renamed.append(Int32(index)) }
    for place in field.occupied {
      let own = field.cells[Int(place)].label
      for next in [Int(place) + 1, Int(place) + field.countI] {
        let other = field.cells[next].label
        guard own >= 0, other >= 0, own != other else { continue }
        isAdjacent[Int(min(own, other)) * count + Int(max(own, other))] = true
      }
    }
    var isChanged = false
    while let (a, b) = mostAlike(count, settings) {
      isChanged = true
      cores[a] += cores[b]
      for index in renamed.indices where renamed[index] == Int32(b) { renamed[index] = Int32(a) }
      for other in 0..<count where other != a && other != b {
        if isAdjacent[min(b, other) * count + max(b, other)] {
          isAdjacent[min(a, other) * count + max(a, other)] = true
        }
        isAdjacent[min(b, other) * count + max(b, other)] = false
      }
      isAdjacent[min(a, b) * count + max(a, b)] = false
    }
    guard isChanged else { return false }
    for place in field.occupied where field.cells[Int(place)].label >= 0 {
      field.cells[Int(place)].label = renamed[Int(field.cells[Int(place)].label)]
    }
    return true
  }

  private func mostAlike(_ count: Int, _ settings: RegionSettings) -> (Int, Int)? {
    var (found, least): ((Int, Int)?, Float) = (nil, TileMerging.limit)
    for a in 0..<count {
      for b in (a + 1)..<max(count, a + 1) where isAdjacent[a * count + b] {
        let distance = cores[a].distance(cores[b], settings)
        if distance < least { (found, least) = ((a, b), distance) }
      }
    }
    return found
  }
}

extension TiltField {
  /// Whether a cell says something and all that do around it are of its own domain.
  func isCore(_ place: Int, _ around: SIMD8<Int>) -> Bool {
    let label = cells[place].label
    guard label >= 0, !cells[place].isSilent else { return false }
    for n in 0..<8 {
      let other = cells[place + around[n]]
      if other.row >= 0, !other.isSilent, other.label != label { return false }
    }
    return true
  }
}
