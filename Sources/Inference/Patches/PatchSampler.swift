// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import GlazerCore

/// Samples parts of an image along a lattice: the pieces of the resampled frame (`ResampledFrame`).
///
/// Each patch pixel is the mean of nₓ × n_y bilinear samples spread evenly over its area, n = the size of a patch pixel
/// in image pixels along that axis, rounded up, at least 1 and at most 4. Patch pixels with a sample outside the image,
/// and those that touch a saturated pixel or one that is not finite, are NaN.
struct PatchSampler: Sendable {
  /// How many patch pixels are missing, and why.
  struct Faults: Sendable, Hashable {
    var outside: Int
    var bad: Int
  }

  static let mostSamples = 4

  let geometry: PatchGeometry
  /// `start` and the steps are those of no place until `sample` sets them.
  private let grid: glazer_patch_grid
  private let kernels: KernelSet

  /// `lattice` decides the number of samples, for all places alike.
  init(geometry: PatchGeometry, lattice: Lattice, kernels: KernelSet = .best) {
    self.geometry = geometry
    self.kernels = kernels
    let stepX = (1 / Double(geometry.pixelsPerA)) * lattice.a
    let stepY = (1 / Double(geometry.pixelsPerB)) * lattice.b
    grid = glazer_patch_grid(
      start: (0, 0), step_x: (stepX.x, stepX.y), step_y: (stepY.x, stepY.y), width: Int32(geometry.width),
      height: Int32(geometry.height), samples_x: Int32(Self.samples(stepX.length)),
      samples_y: Int32(Self.samples(stepY.length)))
  }

  /// Samples along one side of a patch pixel that is this many image pixels long.
  static func samples(_ length: Double) -> Int {
    length.isFinite ? min(max(Int(min(length, Double(mostSamples)).rounded(.up)), 1), mostSamples) : 1
  }

  /// Writes raw values of a patch centred on the origin of `local`, with the axes as they are there, to `patch`
  /// (`geometry.count` values, `rowStride` from one row to the next). O(count · samples).
  ///
  /// `pixels` is `width` × `height`, row-major. What has no value is NaN, negative outside the image.
  @discardableResult
  func sample(
    _ pixels: UnsafeBufferPointer<Float>, width: Int, height: Int, saturationLevel: Float?, about local: Lattice,
    into patch: UnsafeMutablePointer<Float>, rowStride: Int
  ) -> Faults {
    precondition(pixels.count == width * height, "pixel count does not match the size")
    let centre = local.origin
    let offset = (Double(geometry.width - 1) / 2, Double(geometry.height - 1) / 2)
    var placed = grid
    let stepX = (1 / Double(geometry.pixelsPerA)) * local.a
    let stepY = (1 / Double(geometry.pixelsPerB)) * local.b
    (placed.step_x, placed.step_y) = ((stepX.x, stepX.y), (stepY.x, stepY.y))
    placed.start = (
      centre.x - offset.0 * stepX.x - offset.1 * stepY.x,
      centre.y - offset.0 * stepX.y - offset.1 * stepY.y
    )
    var view = glazer_image(
      pixels: pixels.baseAddress, width: Int32(width), height: Int32(height),
      saturation: saturationLevel ?? .infinity)
    let faults = kernels.table.pointee.sample_patch(&view, &placed, patch, rowStride)
    return Faults(outside: Int(faults.outside), bad: Int(faults.bad))
  }
}
