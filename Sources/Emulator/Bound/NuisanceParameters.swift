// SPDX-License-Identifier: GPL-3.0-or-later

/// What has to be found from the image beside the tilt: each takes information away from p, q and r.
public struct NuisanceParameters: OptionSet, Sendable, Hashable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Shift of the image along x and along y.
  public static let shift = NuisanceParameters(rawValue: 1)
  /// Factor on the image: beam current, detector efficiency.
  public static let scale = NuisanceParameters(rawValue: 2)
  /// Constant added to the image: black level, amorphous layers.
  public static let offset = NuisanceParameters(rawValue: 4)
  public static let defocus = NuisanceParameters(rawValue: 8)
  /// Size of the source (its square: the image does not change in first order of the size of a point).
  public static let source = NuisanceParameters(rawValue: 16)
  public static let thickness = NuisanceParameters(rawValue: 32)

  /// Mistilt of the specimen along x and along y.
  public static let mistilt = NuisanceParameters(rawValue: 64)
  /// A blur that is wider along one direction: (v_x² − v_y², 2 v_x v_y) of `ImagingState.vibrationFWHMA`.
  public static let vibration = NuisanceParameters(rawValue: 128)

  /// What every image leaves open, and those that the table of bounds in the documentation holds for.
  public static let standard: NuisanceParameters = [.shift, .scale, .offset, .defocus]

  /// Names on the command line and in reports.
  public static let named: [(name: String, parameter: NuisanceParameters)] = [
    ("shift", .shift), ("scale", .scale), ("offset", .offset), ("defocus", .defocus), ("source", .source),
    ("thickness", .thickness), ("mistilt", .mistilt), ("vibration", .vibration),
  ]

  public var names: [String] { Self.named.filter { contains($0.parameter) }.map(\.name) }
}
