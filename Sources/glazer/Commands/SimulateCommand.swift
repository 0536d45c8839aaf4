// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import GlazerCore
import Multislice

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulates STEM images of one projected cell by multislice (Bloch-decomposed PRISM).",
    discussion: """
      Writes float32 [thickness, nx, ny] as .npy, x = [110], y = [001], pixel (i, j) at (i Lx/nx, j Ly/ny), as the fraction \
      of the beam on the detector, and beside it a .json with all parameters; [detector, thickness, nx, ny] with several \
      detectors. Atoms stand still unless --temperature or --rms lets them move (frozen phonons, Einstein model).

      Example: glazer simulate --material SrTiO3 --tilt 5,3,-4 --pattern --- --thickness 5,10 --output t.npy
      ABF, BF and a quadrant, with a mistilted specimen: glazer simulate --structure cell.xyz --detector 11,30
        --detector 0,11 --detector 11,30,0,90 --mistilt 1.5,-0.5 --defocus 20 --output three.npy
      Is that fine enough? glazer simulate --material SrTiO3 --tilt 5,3,-4 --pattern --- --thickness 5,10 --converge
      """)

  @Option(help: "Cell to image: extended .xyz (z is the beam), or a perovskite's .cif, brought to the [1-10] zone.")
  var structure: String?
  @Option(help: "Pseudo-cubic direction of the beam in a perovskite's CIF; 1-10 by default.")
  var zone: ZoneAxis?
  @Option(help: "Take an orthogonal CIF cell as it is, the beam along its axis a, b or c.") var beam: BeamAxis?
  @Option(help: "Perovskite to build instead: \(Material.known.map(\.name).joined(separator: ", ")).")
  var material: String?
  @Option(help: "Rotation of a material's octahedra about a, b, c, degrees; none by default.") var tilt: NumberList?
  @Option(help: "How its rotations alternate about a, b, c: three of -, + and 0; --- by default.") var pattern: String?
  @Option(
    help: """
      Cell of a material: common (the same at every angle; the default) or smallest (wants more points of --mesh).
      """)
  var cell: CellChoice?
  @Option(help: "Atomic layer of the beam period that comes first, from 0.")
  var startingLayer = 0
  @OptionGroup var optics: OpticsOptions
  @Option(help: "Exit thicknesses, nm.") var thickness = NumberList([4.97, 9.94])
  @Option(help: "Points along x and y.") var scan = NumberList([20, 28])
  @Option(
    help: """
      Points of the Brillouin-zone mesh along x and y. (default: 3,2 for SrTiO3, as many as 1 % of contrast needs; with \
      thermal motion and without --supercell one more each)
      """
  )
  var mesh: NumberList?
  @OptionGroup var discretisation: DiscretisationOptions
  @Option(help: "How aperture and detector edges count: fractional or hard.") var edges: EdgeRule = .fractional
  @OptionGroup var thermal: ThermalOptions
  @Option(help: "Threads.") var threads = ThreadCount.usual
  @Flag(inversion: .prefixedNo, help: "Write all parameters as JSON beside the images.") var json = true
  @Option(help: "Where to write the images (.npy).") var output: String?

  func validate() throws {
    try ThreadCount.check(threads)
    _ = try conditions()
    _ = try scan.integers(2, in: 1...4096, option: "--scan")
    try checkCrystalOptions()
    if structure == nil { _ = try perovskite() }
    guard !discretisation.converge || !thermal.areGiven else {
      throw ValidationError("--converge is of atoms that stand still: leave --temperature, --rms and --supercell out")
    }
    guard output != nil || discretisation.converge else {
      throw ValidationError("--output takes the name of a .npy file")
    }
  }

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(
        discretisation.converge ? nil : output, json ? output.map(SimulationReport.path(beside:)) : nil,
        inputs: [structure])
      guard let output, !discretisation.converge else { return try study() }
      let (unit, origin) = try crystal()
      let tiles = try thermal.supercellSize()
      var conditions = try conditions()
      conditions.motion = try thermal.motion(of: structure == nil ? try perovskite().material : nil)
      try thermal.check(unit)
      let cell = unit.tiled(SIMD3(tiles.x, tiles.y, 1))
      if mesh == nil {
        // Points of the mesh are configurations as well: with thermal motion one more along each axis.
        let converged = ImagingConditions.convergedMesh(for: cell)
        conditions.mesh = conditions.motion == nil || tiles != SIMD2(1, 1) ? converged : converged &+ 1
      }
      let size = try scan.integers(2, in: 1...4096, option: "--scan")
      let bar = ProgressBar("simulating")
      let average = ThermalAverage(
        cell: unit, supercell: tiles, conditions: conditions, passes: thermal.configurations,
        threads: threads
      ) { bar.update($0) }
      bar.finish()
      let lengths = SIMD2(unit.lengthsA.x, unit.lengthsA.y)
      let images = average.mean.flatMap { $0 }.map {
        $0[0].blurred(fwhmA: optics.source, lengthsA: lengths)
          .image(nx: size[0], ny: size[1])
      }
      guard images.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
        throw ValidationError(
          "the aperture is smaller than the steps of the mesh: "
            + "take a finer --mesh than \(conditions.mesh.x),\(conditions.mesh.y)")
      }
      let detectors = average.mean.count > 1 ? [average.mean.count] : []
      try NumpyArray(shape: detectors + [average.mean[0].count] + size, values: images.flatMap { $0 })
        .write(path: output)
      let motion = ThermalMotionReport(average, runs: thermal.configurations, supercell: tiles)
      if json {
        try JSONFile.write(
          SimulationReport(
            simulation: average.simulation, cell: unit, origin: origin, scan: size, sourceFWHMA: optics.source,
            thermal: motion),
          path: SimulationReport.path(beside: output))
      }
      print("\(output): \(images.count) images of \(size[0]) × \(size[1]) points")
      if let motion { print(motion.text) }
    }
  }

  private func study() throws {
    let cell = try crystal().0
    var conditions = try conditions()
    if mesh == nil { conditions.mesh = ImagingConditions.convergedMesh(for: cell) }
    let simulation = BlochPRISM(cell: cell, conditions: conditions)
    let bar = ProgressBar("testing convergence")
    let study = ConvergenceStudy(
      of: simulation, sourceFWHMA: optics.source, threads: threads
    ) { bar.update($0) }
    bar.finish()
    let report = ConvergenceReport(study)
    print(report.text)
    if let output, json { try JSONFile.write(report, path: SimulationReport.path(beside: output)) }
  }

  /// An option that says nothing of this crystal would be passed over in silence.
  private func checkCrystalOptions() throws {
    guard let structure else {
      guard zone == nil, beam == nil else { throw ValidationError("--zone and --beam are for --structure and CIF") }
      return
    }
    guard material == nil else { throw ValidationError("give --structure or --material, not both") }
    guard tilt == nil, pattern == nil, cell == nil else {
      throw ValidationError("--tilt, --pattern and --cell are for --material: a --structure has its own")
    }
    guard StructureFile.isCIF(structure) || (zone == nil && beam == nil) else {
      throw ValidationError("--zone and --beam are for CIF: in an .xyz file z is the beam")
    }
    guard zone == nil || beam == nil else {
      throw ValidationError("give --zone, for a perovskite, or --beam, for a cell as it is, not both")
    }
  }

  private func crystal() throws -> (CrystalCell, SimulationReport.Origin) {
    if let structure {
      let isCIF = StructureFile.isCIF(structure)
      guard isCIF, beam == nil else {
        let cell = try StructureFile.read(path: structure, beam: beam ?? .c)
        let slices = cell.sliceCount(maximumSliceA: discretisation.slice)
        // An XYZ file says where its layers lie; a CIF's origin is a convention.
        let centred = isCIF ? cell.centredInSlices(slices) : cell
        return (try starting(centred), .init(structure: structure, startingLayer: startingLayer))
      }
      let zone = zone ?? .z1m10
      let view = try StructureFile.readPerovskite(path: structure).view(along: zone, path: structure)
      let slices = view.cell.sliceCount(maximumSliceA: discretisation.slice)
      let t = view.rotations.tilt
      let origin = SimulationReport.Origin(
        structure: structure, zone: "[\(zone.rawValue)]", tilt: [t.alpha, t.beta, t.gamma],
        pattern: view.rotations.pattern.description, glazer: view.rotations.symbol.description,
        shear: view.shear, startingLayer: startingLayer)
      return (try starting(view.cell.centredInSlices(slices)), origin)
    }
    let crystal = try perovskite()
    let cell = crystal.cell(cell == .smallest ? crystal.smallestPeriods : crystal.commonPeriods)
    let slices = cell.sliceCount(maximumSliceA: discretisation.slice)
    let origin = SimulationReport.Origin(
      material: crystal.material.name, tilt: [crystal.tilt.alpha, crystal.tilt.beta, crystal.tilt.gamma],
      pattern: crystal.pattern.description,
      glazer: GlazerSymbol(pattern: crystal.pattern, tilt: crystal.tilt).description, startingLayer: startingLayer)
    return (try starting(cell.centredInSlices(slices)), origin)
  }

  /// Layers are those of the usual slices, one atomic layer in each, however thin the slices are made.
  private func starting(_ cell: CrystalCell) throws -> CrystalCell {
    let layers = cell.sliceCount(maximumSliceA: ImagingConditions().maximumSliceA)
    guard (0..<layers).contains(startingLayer) else {
      throw ValidationError("--starting-layer takes 0 to \(layers - 1): the beam period has \(layers) layers")
    }
    return cell.startingAtLayer(startingLayer, of: layers)
  }

  private func perovskite() throws -> Perovskite {
    let name = material ?? "SrTiO3"
    guard let material = Material.named(name) else {
      throw ValidationError("no material '\(name)'; known are \(Material.known.map(\.name).joined(separator: ", "))")
    }
    guard let pattern = TiltPattern(pattern ?? "---") else {
      throw ValidationError("--pattern takes three of -, + and 0, for example --pattern --+")
    }
    let asked = try tilt?.numbers(3, in: -20...20, option: "--tilt") ?? [0, 0, 0]
    // About an axis of 0 nothing turns, whatever angle was given: what is reported is what is there.
    let angles = zip(asked, pattern.senses).map { $1 == .none ? 0 : $0 }
    return Perovskite(
      material: material, tilt: TiltAngles(alpha: angles[0], beta: angles[1], gamma: angles[2]), pattern: pattern)
  }

  private func conditions() throws -> ImagingConditions {
    var conditions = ImagingConditions()
    try optics.apply(to: &conditions)
    conditions.thicknessesNm = try thickness.numbers(in: 0.1...200, option: "--thickness")
    if let points = try mesh?.integers(2, in: 1...32, option: "--mesh") {
      conditions.mesh = SIMD2(points[0], points[1])
    }
    conditions.edges = edges
    discretisation.apply(to: &conditions)
    return conditions
  }
}

/// Which cell of a material is simulated (`Perovskite.commonPeriods`, `smallestPeriods`).
enum CellChoice: String, ExpressibleByArgument, CaseIterable {
  case common, smallest
}

extension BeamAxis: ExpressibleByArgument {}
extension EdgeRule: ExpressibleByArgument {}
