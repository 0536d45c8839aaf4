// SPDX-License-Identifier: GPL-3.0-or-later

/// The agent's configuration file: TOML, keys, values, and the listing, which must mean the same.
func fuzzConfiguration(_ input: UnsafeRawBufferPointer) {
  guard let text = String(validating: input, as: UTF8.self) else { return }
  do throws(ConfigurationError) {
    let configuration = try EffectiveConfiguration(text, path: "agent.toml")
    let again = try? EffectiveConfiguration(configuration.listing, path: "listing")
    require(again?.values == configuration.values, "a listing that means the same")
  } catch {
    require(!error.description.isEmpty, "words for an error")
  }
}
