// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Registration

/// What registration made of the frames of one condition, against the truth.
struct StudyScore {
  private(set) var frames = 0
  /// Frames with a lattice whose B columns are B columns.
  private(set) var right = 0
  /// Frames with a lattice that stands on other columns, or on none.
  private(set) var wrong = 0
  private(set) var refusals: [String: Int] = [:]
  /// Least and median confidence among the right ones, largest among the wrong.
  private(set) var confidences: [Double] = []
  private(set) var wrongConfidences: [Double] = []
  /// Squares of distances from the truth, Å², of columns not flagged, in the middle and in the outer tenth of the frame.
  private var middle = Mean()
  private var edge = Mean()
  private(set) var frameRmsA: [Double] = []
  /// Columns of the crystal that are flagged, and columns where there is no crystal that are not.
  private var lost = Mean()
  private var unflagged = Mean()

  struct Mean {
    var sum = 0.0
    var count = 0
    mutating func add(_ value: Double) {
      sum += value
      count += 1
    }
    var value: Double { count > 0 ? sum / Double(count) : .nan }
  }

  /// A column further than this from a true one, share of the distance to the nearest other site, is another column.
  private static let wrongShare = 0.5

  mutating func add(_ scan: DistortedScan, refused error: RegistrationError) {
    frames += 1
    refusals[error.kind, default: 0] += 1
  }

  mutating func add(_ scan: DistortedScan, _ registration: Registration, _ registrar: Registrar) {
    frames += 1
    let angstroms = scan.pixelSizeNm * 10
    let lattice = registration.lattice
    let margin = 0.5 * lattice.b.length
    var (inside, outside) = (Mean(), Mean())
    var far = Mean()
    let (width, height) = (Double(scan.width), Double(scan.height))
    for index in lattice.columns(width: scan.width, height: scan.height, margin: margin) {
      let p = registrar.local.position(Double(index.i), Double(index.j))
      let isFlagged = registrar.columns[index.i, index.j]?.isPoor ?? false
      let (trueIndex, truth) = scan.column(nearest: p)
      guard scan.isCrystal(at: p, marginPx: lattice.b.length), scan.isOccupied(trueIndex) else {
        if !scan.isCrystal(at: p, marginPx: -lattice.b.length) || !scan.isOccupied(trueIndex) {
          unflagged.add(isFlagged ? 0 : 1)
        }
        continue
      }
      lost.add(isFlagged ? 1 : 0)
      if isFlagged { continue }
      let distance = (p - truth).length
      far.add(distance > Self.wrongShare * 0.5 * lattice.a.length ? 1 : 0)
      let isEdge = min(p.x / width, p.y / height, 1 - p.x / width, 1 - p.y / height) < 0.1
      let squared = distance * distance * angstroms * angstroms
      if isEdge { outside.add(squared) } else { inside.add(squared) }
    }
    guard far.count > 0, far.value < 0.5 else {
      wrong += 1
      wrongConfidences.append(registration.siteConfidence)
      return
    }
    right += 1
    confidences.append(registration.siteConfidence)
    (middle.sum, middle.count) = (middle.sum + inside.sum, middle.count + inside.count)
    (edge.sum, edge.count) = (edge.sum + outside.sum, edge.count + outside.count)
    frameRmsA.append(((inside.sum + outside.sum) / Double(inside.count + outside.count)).squareRoot())
  }

  var edgeRmsA: Double { edge.value.squareRoot() }
  var rmsA: Double { ((middle.sum + edge.sum) / Double(middle.count + edge.count)).squareRoot() }
  var lostShare: Double { lost.value }
  var unflaggedShare: Double { unflagged.value }
  /// Share of the right frames whose own rms is within `limitA`.
  func shareWithin(_ limitA: Double) -> Double {
    Double(frameRmsA.filter { $0 <= limitA }.count) / Double(max(1, frameRmsA.count))
  }
}

extension RegistrationError {
  /// The name of the case.
  var kind: String { String(String(describing: Mirror(reflecting: self).children.first?.label ?? "\(self)")) }
}
