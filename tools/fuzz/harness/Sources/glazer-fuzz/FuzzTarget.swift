// SPDX-License-Identifier: GPL-3.0-or-later

/// One parser under test.
struct FuzzTarget {
  typealias Run = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32

  let name: String
  let run: Run

  static let all = [
    FuzzTarget(name: "frame") { start, count in run(start, count, fuzzFrame) },
    FuzzTarget(name: "simplon") { start, count in run(start, count, fuzzSimplon) },
    FuzzTarget(name: "stream2") { start, count in run(start, count, fuzzStream2) },
    FuzzTarget(name: "cbor") { start, count in run(start, count, fuzzCBOR) },
    FuzzTarget(name: "bitshuffle") { start, count in run(start, count, fuzzBitshuffle) },
    FuzzTarget(name: "recording") { start, count in run(start, count, fuzzRecording) },
    FuzzTarget(name: "tiff") { start, count in run(start, count, fuzzTiff) },
    FuzzTarget(name: "safetensors") { start, count in run(start, count, fuzzSafetensors) },
    FuzzTarget(name: "configuration") { start, count in run(start, count, fuzzConfiguration) },
    FuzzTarget(name: "overlay") { start, count in run(start, count, fuzzOverlay) },
  ]

  private static func run(
    _ start: UnsafePointer<UInt8>?, _ count: Int, _ body: (UnsafeRawBufferPointer) -> Void
  ) -> Int32 {
    body(UnsafeRawBufferPointer(start: start, count: count))
    return 0
  }
}

/// What must hold whatever the input is: otherwise libFuzzer keeps the input as a finding.
func require(_ condition: Bool, _ expectation: @autoclosure () -> String) {
  if !condition { fatalError("does not hold: \(expectation())") }
}
