// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// What `glazer synthesize` wrote beside a recording, as far as readings are held against it.
struct SynthesisTruth: Decodable {
  struct Frame: Decodable { var lattice: Lattice }
  struct Column: Decodable {
    var i, j: Int
    var tilt: [Double]
    var secondShare: Double

    enum CodingKeys: String, CodingKey {
      case i, j
      case tilt = "tilt_deg"
      case secondShare = "second_share"
    }
  }

  private let frames: [Frame]
  private let q: [CellIndex: Double]

  enum CodingKeys: CodingKey { case frames, columns }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    frames = try values.decode([Frame].self, forKey: .frames)
    guard frames.allSatisfy({ Self.isUsable($0.lattice) }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .frames, in: values, debugDescription: "expected lattices in pixels")
    }
    // In the domain wall a column shows neither tilt.
    let clear = try values.decode([Column].self, forKey: .columns).filter {
      $0.tilt.count == 3 && ($0.secondShare < 0.02 || $0.secondShare > 0.98)
    }
    q = Dictionary(
      clear.map {
        (CellIndex(i: $0.i, j: $0.j), TiltAngles(alpha: $0.tilt[0], beta: $0.tilt[1], gamma: $0.tilt[2]).q)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Steps of pixels, in two directions, and indices of columns within any image of them that fit.
  private static func isUsable(_ lattice: Lattice) -> Bool {
    let numbers = [lattice.origin, lattice.a, lattice.b].flatMap { [$0.x, $0.y] }
    return numbers.allSatisfy { $0.isFinite && abs($0) < 1e6 } && abs(lattice.a.cross(lattice.b)) > 1
  }

  static func read(_ path: String) throws(TruthError) -> SynthesisTruth {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    guard data.count < 256 << 20, let truth = try? JSONDecoder().decode(Self.self, from: data) else {
      throw .noTruth(path: path)
    }
    return truth
  }

  func lattice(_ frame: Int64) -> Lattice? {
    frames.indices.contains(Int(clamping: frame)) ? frames[Int(frame)].lattice : nil
  }

  /// q of the crystal's column nearest to a position in a frame, degrees; nil in the domain wall.
  func q(at position: Vector2, frame: Int64) -> (degrees: Double, column: CellIndex)? {
    guard let lattice = lattice(frame) else { return nil }
    let c = lattice.coordinates(of: position)
    let column = CellIndex(i: Int(c.x.rounded()), j: Int(c.y.rounded()))
    return q[column].map { ($0, column) }
  }
}

enum TruthError: DiagnosableError {
  case unreadable(path: String)
  case noTruth(path: String)

  var category: ErrorCategory {
    switch self {
    case .unreadable: .noInput
    case .noTruth: .badData
    }
  }

  var description: String {
    switch self {
    case .unreadable(let path): "\(path): cannot be read, expected the .truth.json of glazer synthesize"
    case .noTruth(let path): "\(path): is not what glazer synthesize writes beside a recording (.truth.json)"
    }
  }
}
