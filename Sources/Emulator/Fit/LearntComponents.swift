// SPDX-License-Identifier: GPL-3.0-or-later

/// The components of what processes have learnt, in place of those of what they were shown.
///
/// The strongest principal components of noisy samples are those of the noise: of what displacements add to the mean wave, seventeen of
/// class `even` held but a part of what its 128 samples teach. Processes with one kernel and one share of noise are linear in what they are
/// shown, so all components can be learnt first, and the few directions in which the learnt functions differ be found afterwards.
struct LearntComponents {
  /// Strongest components first in each; those that learnt nothing are left out.
  let groups: [ComponentGroup]

  /// Keeps the `limit` strongest over all groups, whose members share their noise ratio, and of these not the weakest, which hold `discarded`
  /// together (a sum of squares over the points). O(points² · members) and a principal component analysis a group.
  init(_ learnt: [ComponentGroup], limit: Int, discarded: Double = 0) throws(EmulatorError) {
    var found: [PrincipalComponents?] = []
    var powers: [(group: Int, power: Double)] = []
    for (g, group) in learnt.enumerated() {
      let functions = Self.functions(group.processes)
      guard functions.contains(where: { $0 != 0 }) else {
        found.append(nil)
        continue
      }
      let components = try PrincipalComponents(
        functions, dimension: group.cores.count, components: min(limit, group.cores.count), centred: false)
      found.append(components)
      for c in 0..<components.count {
        let samples = stride(from: c, to: components.coefficients.count, by: components.count)
        powers.append((g, samples.reduce(0) { $0 + components.coefficients[$1] * components.coefficients[$1] }))
      }
    }
    // Components of a group come by falling power, so the kept ones are its first.
    var kept = powers.sorted { $0.power > $1.power }.prefix(limit)
    var rest = discarded
    while let weakest = kept.last, weakest.power <= rest {
      rest -= weakest.power
      kept.removeLast()
    }
    groups = learnt.indices.compactMap { g in
      let count = kept.filter { $0.group == g }.count
      guard let components = found[g], count > 0 else { return nil }
      return Self.turned(learnt[g], to: components, count: count)
    }
  }

  /// What is learnt at the points themselves, [point][member].
  private static func functions(_ processes: CoefficientProcesses) -> [Float] {
    let kernel = processes.covariance.kernel
    var row = [Double](repeating: 0, count: kernel.paddedCount)
    var means = [Double](repeating: 0, count: processes.members.count)
    return kernel.points.flatMap { point in
      processes.means(at: point, row: &row, into: &means)
      return means.map(Float.init)
    }
  }

  /// The group along other orthonormal directions.
  private static func turned(_ group: ComponentGroup, to components: PrincipalComponents, count: Int) -> ComponentGroup
  {
    let (members, covariance) = (group.processes.members, group.processes.covariance)
    let ratio = members[0].noiseRatio
    precondition(members.allSatisfy { $0.noiseRatio == ratio }, "one share of noise for all")
    var cores: [[Float]] = []
    var turned: [CoefficientProcesses.Member] = []
    for c in 0..<count {
      let direction = components.basis[c * members.count..<(c + 1) * members.count]
      var core = [Float](repeating: 0, count: group.cores[0].count)
      var values = [Double](repeating: 0, count: covariance.count)
      for (m, factor) in direction.enumerated() {
        for n in core.indices { core[n] += factor * group.cores[m][n] }
        for n in values.indices { values[n] += Double(factor) * members[m].values[n] }
      }
      cores.append(core)
      turned.append(
        CoefficientProcesses.Member(
          amplitude: covariance.amplitude(of: values, noiseRatio: ratio), noiseRatio: ratio, values: values))
    }
    return ComponentGroup(
      imageClass: group.imageClass, cores: cores,
      processes: CoefficientProcesses(covariance: covariance, members: turned))
  }
}
