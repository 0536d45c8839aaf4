// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation

/// How 'glazer emulate fit' and 'glazer emulate test' show what emulators are off.
enum EmulatorErrorText {
  static func line(_ entry: EmulatorLibrary.Entry) -> String {
    guard let e = entry.errors else { return "\(entry.family): \(entry.simulations) simulations, no tests" }
    return
      "\(entry.family): \(entry.simulations) simulations, \(entry.meanWaves) mean waves, \(e.images) test images: "
      + String(
        format: "median %.2f, worst %.2f; the tests' own noise %.2f, without it %.2f and %.2f; error / stated %.2f",
        e.medianPercent, e.worstPercent, e.statisticalPercent, e.medianWithoutNoisePercent, e.worstWithoutNoisePercent,
        e.errorOverStated)
  }

  static func csv(_ entries: [EmulatorLibrary.Entry]) -> String {
    let head =
      "family,simulations,mean_waves,test_images,median_percent,worst_percent,test_noise_percent,"
      + "median_without_noise_percent,worst_without_noise_percent,error_over_stated\n"
    return entries.reduce(into: head) { text, entry in
      let e = entry.errors
      let numbers = [
        e?.medianPercent, e?.worstPercent, e?.statisticalPercent, e?.medianWithoutNoisePercent,
        e?.worstWithoutNoisePercent, e?.errorOverStated,
      ].map { $0.map { String(format: "%.3f", $0) } ?? "" }
      text += "\(entry.family),\(entry.simulations),\(entry.meanWaves),\(e?.images ?? 0),"
      text += numbers.joined(separator: ",") + "\n"
    }
  }
}
