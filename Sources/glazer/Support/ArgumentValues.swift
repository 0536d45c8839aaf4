// SPDX-License-Identifier: GPL-3.0-or-later

/// Values that begin with a minus sign. ArgumentParser takes them for options, unless an equals sign ties them to theirs.
enum ArgumentValues {
  /// Writes `--pattern ---` as `--pattern=---` and `--tilt -5,3,1` as `--tilt=-5,3,1`.
  static func tied(_ arguments: [String]) -> [String] {
    var tied: [String] = []
    for argument in arguments {
      if let option = tied.last, isOption(option), isValue(argument) {
        tied[tied.count - 1] = "\(option)=\(argument)"
      } else {
        tied.append(argument)
      }
    }
    return tied
  }

  private static func isOption(_ text: String) -> Bool {
    text.hasPrefix("--") && text.count > 2 && !text.contains("=") && !isPattern(text)
  }

  /// A number, a list of them, or a tilt pattern, that begins with a minus sign.
  private static func isValue(_ text: String) -> Bool {
    guard text.hasPrefix("-"), let second = text.dropFirst().first else { return false }
    return second.isNumber || second == "." || isPattern(text)
  }

  private static func isPattern(_ text: String) -> Bool { text.count == 3 && text.allSatisfy { "-+0".contains($0) } }
}
