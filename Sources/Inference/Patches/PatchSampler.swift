// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import GlazerCore

/// Cuts patches from an image as `PatchGeometry` says.
///
/// Each patch pixel is the mean of nₓ × n_y bilinear samples spread evenly over its area, n = the size of a patch pixel
/// in image pixels along that axis, rounded up, at least 1 and at most 4. Patch pixels with a sample outside the image,
/// and those that touch a saturated pixel or one that is not finite, are NaN.
public struct PatchSampler: Sendable {
  /// How many patch pixels are missing, and why.
  public struct Faults: Sendable, Hashable {
    public var outside: Int
    public var bad: Int

    public init(outside: Int, bad: Int) {
      self.outside = outside
      self.bad = bad
    }
  }

  static let mostSamples = 4

  public let geometry: PatchGeometry
  /// `start` belongs to column (0, 0) until `sample` moves it.
  private let grid: glazer_patch_grid
  private let lattice: Lattice
  private let kernels: KernelSet

  public init(geometry: PatchGeometry, lattice: Lattice, kernels: KernelSet = .best) {
    self.geometry = geometry
    self.kernels = kernels
    self.lattice = lattice
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

  /// Writes the patch of one B column, raw values, to `patch` (`geometry.count` values). O(count · samples).
  ///
  /// `pixels` is `width` × `height`, row-major.
  public func sample(
    _ pixels: UnsafeBufferPointer<Float>, width: Int, height: Int, saturationLevel: Float?, column: CellIndex,
    into patch: UnsafeMutablePointer<Float>
  ) -> Faults {
    let centre = lattice.position(Double(column.i), Double(column.j))
    return sample(
      pixels, width: width, height: height, saturationLevel: saturationLevel,
      about: Lattice(origin: centre, a: lattice.a, b: lattice.b), into: patch, rowStride: geometry.width)
  }

  /// The same for a patch centred on the origin of `local`, with the axes as they are there; `rowStride` values from one row
  /// of `patch` to the next.
  public func sample(
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

  /// As above, for one patch; allocates it.
  public func patch(of image: Image, saturationLevel: Float? = nil, column: CellIndex) -> (pixels: [Float], Faults) {
    var faults = Faults(outside: 0, bad: 0)
    let pixels = [Float](unsafeUninitializedCapacity: geometry.count) { buffer, initialized in
      guard let base = buffer.baseAddress else { return }
      faults = image.pixels.withUnsafeBufferPointer {
        sample(
          $0, width: image.width, height: image.height, saturationLevel: saturationLevel, column: column, into: base)
      }
      initialized = geometry.count
    }
    return (pixels, faults)
  }
}
