// SPDX-License-Identifier: GPL-3.0-or-later

extension [Double] {
  /// The upper median; nil of nothing. Reorders the values. O(n) on average by Hoare's selection, where sorting would
  /// allocate.
  mutating func takeMedian() -> Double? {
    guard !isEmpty else { return nil }
    let wanted = count / 2
    return withUnsafeMutableBufferPointer { values in
      var (low, high) = (0, values.count - 1)
      while low < high {
        let pivot = values[(low + high) / 2]
        var (i, j) = (low, high)
        while i <= j {
          while values[i] < pivot { i += 1 }
          while values[j] > pivot { j -= 1 }
          if i <= j {
            values.swapAt(i, j)
            i += 1
            j -= 1
          }
        }
        if wanted <= j { high = j } else if wanted >= i { low = i } else { break }
      }
      return values[wanted]
    }
  }
}
