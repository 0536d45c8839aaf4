// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Inference
import TestSupport
import Testing

/// What a model file may not do: each is refused with an error that names what is wrong.
@Suite struct DamagedModelTests {
  static let good = (try? RandomModel.int8(tiny).encoded(file: "good").bytes) ?? []
  static let tiny = NetworkArchitecture(
    patch: PatchGeometry(width: 8, height: 12, pixelsPerA: 4, pixelsPerB: 6),
    layers: [
      .convolution(inputs: 1, outputs: 3, kernel: 3, stride: 2, padding: 1), .averagePool2,
      .fullyConnected(inputs: 18, outputs: 5, tanh: true), .fullyConnected(inputs: 5, outputs: 6, tanh: false),
    ], degreesPerUnit: 10)

  static func error(_ bytes: [UInt8]) -> ModelFileError? {
    do {
      _ = try ModelFile.parse(bytes, file: "m")
      return nil
    } catch { return error }
  }

  static func error(_ model: ModelFile) -> ModelFileError? {
    do {
      _ = try model.encoded(file: "m")
      return nil
    } catch { return error }
  }

  /// A file with this header text and this many data bytes.
  static func file(_ header: String, data: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
      + Array(repeating: 0, count: data)
  }

  @Test func goodOneIsAccepted() { #expect(Self.error(Self.good) == nil) }

  @Test func everyTruncationIsRefused() {
    for count in stride(from: 0, to: Self.good.count, by: 7) {
      #expect(Self.error(Array(Self.good[..<count])) != nil, "\(count) bytes")
    }
    #expect(Self.error(Array(Self.good[..<5])) == .truncated(file: "m", needed: 8, found: 5))
  }

  @Test func everyFlippedWeightIsNoticed() {
    let header = Self.good[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    for position in stride(from: 8 + header, to: Self.good.count, by: 3) {
      var bytes = Self.good
      bytes[position] ^= 1 << (position % 8)
      guard case .digestMismatch? = Self.error(bytes) else {
        Issue.record("byte \(position) flipped: \(String(describing: Self.error(bytes)))")
        return
      }
    }
  }

  @Test func flippedHeaderNeverTraps() {
    let header = Self.good[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    for position in 0..<8 + header {
      for bit in [0, 3, 7] {
        var bytes = Self.good
        bytes[position] ^= 1 << bit
        _ = Self.error(bytes)  // some flips are harmless (a letter of the name); none may crash
      }
    }
  }

  @Test func oversizedHeaderLength() {
    for length: UInt64 in [UInt64.max, 1 << 63, 17 << 20] {
      var bytes = Self.good
      for k in 0..<8 { bytes[k] = UInt8(truncatingIfNeeded: length >> (8 * UInt64(k))) }
      #expect(Self.error(bytes) == .badHeader(file: "m", expected: "at most 16777216 bytes", found: "\(length)"))
    }
  }

  @Test(arguments: [
    (#"[1]"#, 0), (#"{"a":1}"#, 0), (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4), (#"{"a""#, 0),
    (#"{"__metadata__":{"format":3}}"#, 0), (#"{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,4]}}"#, 4),
    (String(repeating: "{\"a\":", count: 5000), 0),
  ])
  func unreadableHeader(header: String, data: Int) {
    guard case .badHeader? = Self.error(Self.file(header, data: data)) else {
      Issue.record("\(String(describing: Self.error(Self.file(header, data: data))))")
      return
    }
  }

  @Test(arguments: [
    #"{"dtype":"F64","shape":[1],"data_offsets":[0,8]}"#,
    #"{"dtype":"F32","shape":[1],"data_offsets":[0,8]}"#,
    #"{"dtype":"F32","shape":[2],"data_offsets":[0,9]}"#,
    #"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#,
    #"{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}"#,
    #"{"dtype":"F32","shape":[2],"data_offsets":[0]}"#,
    #"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#,
    #"{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}"#,
    #"{"dtype":"I8","shape":[1,1,1,1,1,1,1,1,8],"data_offsets":[0,8]}"#,
    #"{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#,
  ])
  func badTensorEntry(entry: String) {
    guard case .badTensor(_, "a", _, _)? = Self.error(Self.file(#"{"a":\#(entry)}"#, data: 8)) else {
      Issue.record("\(String(describing: Self.error(Self.file(#"{"a":\#(entry)}"#, data: 8))))")
      return
    }
  }

  @Test func overlappingAndMissingBytes() {
    let overlap =
      #"{"a":{"dtype":"I8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"I8","shape":[4],"data_offsets":[4,8]}}"#
    #expect(
      Self.error(Self.file(overlap, data: 8))
        == .badTensor(file: "m", tensor: "b", expected: "a start at byte 6", found: "4"))
    let unused = #"{"a":{"dtype":"I8","shape":[6],"data_offsets":[0,6]}}"#
    #expect(
      Self.error(Self.file(unused, data: 8))
        == .badHeader(file: "m", expected: "tensors that fill 8 bytes", found: "6"))
  }

  @Test func wrongFormatIsNamed() throws {
    let text = String(decoding: Self.good, as: UTF8.self)
    #expect(text.contains("glazer-int8-1"))
    var bytes = Self.good
    let at = try #require(bytes.firstRange(of: Array("glazer-int8-1".utf8)))
    bytes[at.upperBound - 1] = UInt8(ascii: "9")
    #expect(
      Self.error(bytes)
        == .badMetadata(
          file: "m", key: "format", expected: "glazer-float-1 or glazer-int8-1", found: "glazer-int8-9"))
    #expect(throws: ModelFileError.self) { try ModelFile.parse(Self.good, file: "m", expecting: .float) }
  }

  @Test func wrongShapesAreNamed() {
    var model = RandomModel.int8(Self.tiny)
    model.tensors["dense1.bias"] = Tensor([1, 2, 3] as [Int32], shape: [3])
    #expect(
      Self.error(model) == .badTensor(file: "m", tensor: "dense1.bias", expected: "I32 [5]", found: "I32 [3]"))
    model.tensors["dense1.bias"] = nil
    #expect(Self.error(model) == .badTensor(file: "m", tensor: "dense1.bias", expected: "I32 [5]", found: "nothing"))
    model = RandomModel.int8(Self.tiny)
    model.tensors["dense2.bias"] = Tensor([0, 0, .nan, 0, 0, 0] as [Float], shape: [6])
    #expect(
      Self.error(model)
        == .badTensor(file: "m", tensor: "dense2.bias", expected: "finite numbers", found: "NaN or infinity"))
  }

  @Test(
    arguments: [
      [.convolution(inputs: 2, outputs: 3, kernel: 3, stride: 1, padding: 1)],
      [.convolution(inputs: 1, outputs: 3, kernel: 4, stride: 1, padding: 1)],
      [.convolution(inputs: 1, outputs: 1 << 40, kernel: 3, stride: 1, padding: 1)],
      [.convolution(inputs: 1, outputs: 3, kernel: 3, stride: 0, padding: 1)],
      [.convolution(inputs: 1, outputs: 3, kernel: 3, stride: 2, padding: 2)],
      [.convolution(inputs: 1, outputs: 3, kernel: 3, stride: 2, padding: -1)],
      [.convolution(inputs: 1, outputs: 3, kernel: 9, stride: 2, padding: 0)],
      [.fullyConnected(inputs: 96, outputs: 3, tanh: true)],
      Array(repeating: .averagePool2, count: 4),
      [.convolution(inputs: 1, outputs: 3, kernel: 3, stride: 1, padding: 1)],
    ] as [[NetworkArchitecture.Layer]])
  func impossibleArchitectures(trunk: [NetworkArchitecture.Layer]) {
    var architecture = Self.tiny
    architecture.layers = trunk + Self.tiny.layers.suffix(2)
    #expect(throws: ModelFileError.self) { try architecture.layerShapes() }
  }

  @Test func errorsStayOnOneLine() {
    let name = String(repeating: "x\\n", count: 500)
    let error = Self.error(Self.file(#"{"\#(name)":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, data: 8))
    #expect(error?.description.contains("\n") == false)
    #expect((error?.description.count ?? 0) < 400)
    #expect(error?.category == .badData)
  }
}
