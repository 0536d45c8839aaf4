// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// Numbers separated by commas on the command line, for example "4.97,9.94".
struct NumberList: ExpressibleByArgument {
  let values: [Double]

  init(_ values: [Double]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0) }
    guard numbers.count == parts.count, numbers.allSatisfy(\.isFinite), numbers.count <= 1000 else { return nil }
    values = numbers
  }

  var defaultValueDescription: String {
    values.map { value in Int(exactly: value).map(String.init) ?? "\(value)" }.joined(separator: ",")
  }

  /// The numbers as `count` whole ones in `range`, or a usage error that names the option.
  func integers(_ count: Int, in range: ClosedRange<Int>, option: String) throws -> [Int] {
    let whole = values.compactMap { Int(exactly: $0) }.filter(range.contains)
    guard values.count == count, whole.count == count else {
      throw ValidationError("\(option) takes \(count) whole numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return whole
  }

  /// Exactly `count` numbers in `range`, or a usage error that names the option.
  func numbers(_ count: Int? = nil, in range: ClosedRange<Double>, option: String) throws -> [Double] {
    let countMatches = count.map { $0 == values.count } ?? !values.isEmpty
    guard countMatches, values.allSatisfy(range.contains) else {
      let amount = count.map(String.init) ?? "one or more"
      throw ValidationError("\(option) takes \(amount) numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return values
  }
}
