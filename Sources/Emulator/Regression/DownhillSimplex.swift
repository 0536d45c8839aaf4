// SPDX-License-Identifier: GPL-3.0-or-later

/// Minimum of a function of few variables without its derivatives (Nelder and Mead, Comput. J. 7, 308 (1965)).
struct DownhillSimplex {
  /// Of the first simplex along each axis.
  let step: Double
  let evaluations: Int
  /// Ends when the corners' values differ by no more than this.
  let tolerance: Double

  /// Always returns the best point seen.
  func minimum<Failure: Error>(
    from start: [Double], of function: ([Double]) throws(Failure) -> Double
  ) throws(Failure) -> [Double] {
    typealias Corner = (point: [Double], value: Double)
    var corners: [Corner] = [(start, try function(start))]
    for axis in start.indices {
      var point = start
      point[axis] += step
      corners.append((point, try function(point)))
    }
    var count = corners.count
    while count < evaluations {
      corners.sort { $0.value < $1.value }
      let worst = corners[corners.count - 1]
      guard worst.value - corners[0].value > tolerance else { break }
      let centre = start.indices.map { axis in
        corners.dropLast().reduce(0) { $0 + $1.point[axis] } / Double(corners.count - 1)
      }
      func at(_ t: Double) throws(Failure) -> Corner {
        let point = start.indices.map { centre[$0] + t * (centre[$0] - worst.point[$0]) }
        count += 1
        return (point, try function(point))
      }
      let mirrored = try at(1)
      var found = mirrored
      if mirrored.value < corners[0].value {
        let farther = try at(2)
        if farther.value < mirrored.value { found = farther }
      } else if mirrored.value >= corners[corners.count - 2].value {
        found = try at(mirrored.value < worst.value ? 0.5 : -0.5)
      }
      if found.value < worst.value {
        corners[corners.count - 1] = found
        continue
      }
      let best = corners[0].point
      for n in 1..<corners.count {
        let point = start.indices.map { (best[$0] + corners[n].point[$0]) / 2 }
        corners[n] = (point, try function(point))
        count += 1
      }
    }
    return corners.min { $0.value < $1.value }?.point ?? start
  }
}
