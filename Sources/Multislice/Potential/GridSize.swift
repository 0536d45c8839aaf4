// SPDX-License-Identifier: GPL-3.0-or-later

/// Points of the real-space grid of one projected cell, along x and y.
public struct GridSize: Sendable, Hashable {
  public var nx: Int
  public var ny: Int

  public init(nx: Int, ny: Int) {
    self.nx = nx
    self.ny = ny
  }

  public var count: Int { nx * ny }

  /// The smallest even sizes of the form 2^m·3^n (fast to transform) whose sampling is at least `samplingA` fine.
  public static func fitting(cell: CrystalCell, samplingA: Double) -> GridSize {
    func size(_ lengthA: Double) -> Int {
      let needed = Int((lengthA / samplingA - 1e-3).rounded(.up))
      var n = max(needed + needed % 2, 4)
      while !isFast(n) { n += 2 }
      return n
    }
    return GridSize(nx: size(cell.lengthsA.x), ny: size(cell.lengthsA.y))
  }

  private static func isFast(_ n: Int) -> Bool {
    var rest = n
    while rest.isMultiple(of: 2) { rest /= 2 }
    while rest.isMultiple(of: 3) { rest /= 3 }
    return rest == 1
  }
}

/// Index of a grid frequency as a signed integer: 0, 1, …, −2, −1 in the order of the discrete Fourier transform.
@inline(__always)
func signedFrequency(_ index: Int, of count: Int) -> Int { index <= (count - 1) / 2 ? index : index - count }
