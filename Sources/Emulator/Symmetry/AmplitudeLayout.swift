// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Multislice

/// An image as real amplitudes of products of sines and cosines, class by class, normalised so that the Euclidean length is
/// the image's root mean square.
///
/// Harmonics (h, k ≥ 0) lie within a circle: the series of an image ends at twice the probe's aperture.
struct AmplitudeLayout: Sendable {
  struct Entry: Sendable, Hashable {
    let h: Int
    let k: Int
  }

  let maximum: SIMD2<Int>
  /// The classes that an image has: eight, sixteen where they tell odd h from even.
  let classes: [ImageClass]
  /// Per class (by raw value) its harmonics, in order; the first of class `even` is the mean. Those that are not among `classes` have none.
  let entries: [[Entry]]
  /// Where each class begins in a vector of all amplitudes; one more at the end.
  let starts: [Int]

  /// `lengthsA` and `largestFrequency` (1/Å) say where the circle lies, `stepsAcross` whether classes tell odd h from even.
  init(maximum: SIMD2<Int>, lengthsA: SIMD2<Double>, largestFrequency: Double, stepsAcross: Bool) {
    self.maximum = maximum
    let classes = ImageClass.allCases.filter { stepsAcross || !$0.isOddUnderStepAcross }
    self.classes = classes
    let entries = ImageClass.allCases.map { imageClass in
      var list: [Entry] = []
      guard classes.contains(imageClass) else { return list }
      for h in (imageClass.isOddInX ? 1 : 0)...max(1, maximum.x) {
        for k in (imageClass.isOddInY ? 1 : 0)...max(1, maximum.y) {
          let f = SIMD2(Double(h), Double(k)) / lengthsA
          guard (f * f).sum() <= largestFrequency * largestFrequency else { continue }
          guard k.isMultiple(of: 2) != imageClass.isOddUnderStepUp else { continue }
          if !stepsAcross || h.isMultiple(of: 2) != imageClass.isOddUnderStepAcross { list.append(Entry(h: h, k: k)) }
        }
      }
      return list
    }
    self.entries = entries
    starts = entries.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  func count(_ imageClass: ImageClass) -> Int { entries[imageClass.rawValue].count }
  var total: Int { starts[starts.count - 1] }

  /// The amplitudes of one class. With C± = C(h, ±k) and h, k > 0: even in both Re C₊ + Re C₋, odd in y Im C₋ − Im C₊,
  /// odd in x −Im C₊ − Im C₋, odd in both Re C₋ − Re C₊; on the axes √2 times the one coefficient there is.
  func amplitudes(_ spectrum: ImageSpectrum, _ imageClass: ImageClass) -> [Float] {
    entries[imageClass.rawValue].map { entry in
      let plus = spectrum[entry.h, entry.k]
      let minus = spectrum[entry.h, -entry.k]
      if entry.h == 0 && entry.k == 0 { return Float(plus.x) }
      let isOnAxis = entry.h == 0 || entry.k == 0
      let scale = isOnAxis ? Double(0.5).squareRoot() : 1
      let amplitude =
        switch (imageClass.isOddInX, imageClass.isOddInY) {
        case (false, false): plus.x + minus.x
        case (false, true): minus.y - plus.y
        case (true, false): -plus.y - minus.y
        case (true, true): minus.x - plus.x
        }
      return Float(scale * amplitude)
    }
  }

  /// All classes, one after the other.
  func amplitudes(_ spectrum: ImageSpectrum) -> [Float] {
    ImageClass.allCases.flatMap { amplitudes(spectrum, $0) }
  }
}
