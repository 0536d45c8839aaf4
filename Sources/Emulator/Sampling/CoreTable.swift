// SPDX-License-Identifier: GPL-3.0-or-later

/// The cores of all components of each class in the order in which a rendering contracts them.
struct CoreTable: Sendable {
  struct ClassCores: Sendable {
    let imageClass: ImageClass
    /// Numbers of the components; the mean of class `even` comes before them as −1.
    let members: [Int]
    /// [node mode][member][harmonic mode].
    let values: [Float]
    let harmonicModes: Int
    var rowCount: Int { members.count * harmonicModes }
  }

  /// Classes without components are left out.
  let classes: [ClassCores]

  init(modes: ImageModes, mean: [Float], groups: [ComponentGroup]) {
    let components = groups.flatMap { group in group.cores.map { (imageClass: group.imageClass, core: $0) } }
    classes = ImageClass.allCases.compactMap { imageClass in
      let members =
        (imageClass == .even ? [-1] : []) + components.indices.filter { components[$0].imageClass == imageClass }
      guard !members.isEmpty else { return nil }
      let inner = modes.harmonics[imageClass.rawValue].count
      var values: [Float] = []
      values.reserveCapacity(modes.nodes.count * members.count * inner)
      for node in 0..<modes.nodes.count {
        for member in members {
          let core = member < 0 ? mean : components[member].core
          values += core[node * inner..<(node + 1) * inner]
        }
      }
      return ClassCores(imageClass: imageClass, members: members, values: values, harmonicModes: inner)
    }
  }
}
