// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Multislice

/// An image as real amplitudes of products of sines and cosines, class by class, normalised so that the Euclidean length is
/// the image's root mean square.
///
/// Harmonics (h, k ≥ 0) lie within a circle: the series of an image ends at twice the probe's aperture.
struct MirrorLayout: Sendable {
  struct Entry: Sendable, Hashable {
    let h: Int
    let k: Int
  }

  let maximum: SIMD2<Int>
  /// Per class (by raw value) its harmonics, in order.
  let entries: [[Entry]]

  /// `lengthsA` and `largestFrequency` (1/Å) say where the circle lies.
  init(maximum: SIMD2<Int>, lengthsA: SIMD2<Double>, largestFrequency: Double) {
    self.maximum = maximum
    entries = MirrorClass.allCases.map { mirror in
      var list: [Entry] = []
      for h in (mirror.isOddInX ? 1 : 0)...max(1, maximum.x) {
        for k in (mirror.isOddInY ? 1 : 0)...max(1, maximum.y) {
          let f = SIMD2(Double(h), Double(k)) / lengthsA
          if (f * f).sum() <= largestFrequency * largestFrequency { list.append(Entry(h: h, k: k)) }
        }
      }
      return list
    }
  }

  func count(_ mirror: MirrorClass) -> Int { entries[mirror.rawValue].count }

  /// The amplitudes of one class. With C± = C(h, ±k) and h, k > 0: ee = Re C₊ + Re C₋, eo = Im C₋ − Im C₊,
  /// oe = −Im C₊ − Im C₋, oo = Re C₋ − Re C₊; on the axes √2 times the one coefficient there is.
  func amplitudes(_ spectrum: ImageSpectrum, _ mirror: MirrorClass) -> [Float] {
    entries[mirror.rawValue].map { entry in
      let plus = spectrum[entry.h, entry.k]
      let minus = spectrum[entry.h, -entry.k]
      if entry.h == 0 && entry.k == 0 { return Float(plus.x) }
      let isOnAxis = entry.h == 0 || entry.k == 0
      let scale = isOnAxis ? Double(0.5).squareRoot() : 1
      let amplitude =
        switch mirror {
        case .evenEven: plus.x + minus.x
        case .evenOdd: minus.y - plus.y
        case .oddEven: -plus.y - minus.y
        case .oddOdd: minus.x - plus.x
        }
      return Float(scale * amplitude)
    }
  }
}
