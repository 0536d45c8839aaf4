// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Multislice

/// How finely a simulation is computed, besides its mesh, and whether that is what the user wants to know.
struct DiscretisationOptions: ParsableArguments {
  @Option(help: "Coarsest sampling of the wave, Å.") var sampling = ImagingConditions().samplingA
  @Option(help: "Thickest slice, Å.") var slice = ImagingConditions().maximumSliceA
  @Flag(
    help: """
      Write no images; report instead how much they change with a finer grid, thinner slices and a denser mesh, \
      of atoms that stand still. Takes 20 to 30 times as long as the images. With --output NAME.npy also as NAME.json.
      """)
  var converge = false

  func validate() throws {
    _ = try NumberList([sampling]).numbers(1, in: 0.02...0.5, option: "--sampling")
    _ = try NumberList([slice]).numbers(1, in: 0.1...20, option: "--slice")
  }

  func apply(to conditions: inout ImagingConditions) {
    conditions.samplingA = sampling
    conditions.maximumSliceA = slice
  }
}
