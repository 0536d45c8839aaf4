// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// One line of a training's log.
public struct TrainingLogRow: Sendable, Equatable {
  public var samples: Int
  public var epoch: Double
  /// Mean negative log-likelihood of the training samples since the line before, or since the training was gone on with.
  public var loss: Double
  public var validation: ValidationScores
  public var learningRate: Double
  public var samplesPerSecond: Double

  public static let header =
    "samples,epoch,loss,validation_loss,validation_q_deg,validation_p_deg,validation_r_deg,learning_rate,samples_per_s"

  public var csv: String {
    func number(_ x: Double) -> String { String(format: "%.5g", x) }
    return
      ([
        "\(samples)", number(epoch), number(loss), number(validation.loss), number(validation.q), number(validation.p),
        number(validation.r), number(learningRate), number(samplesPerSecond),
      ]).joined(separator: ",")
  }

  /// For people: one line without commas.
  public var summary: String {
    String(
      format: "%9d samples  epoch %6.2f  loss %7.3f  rms q %5.2f |p| %5.2f |r| %5.2f deg  rate %.1e  %4.0f samples/s",
      samples, epoch, loss, validation.q, validation.p, validation.r, learningRate, samplesPerSecond)
  }
}

/// The CSV log of a training, a line at a time, each flushed so that a running training can be watched.
public final class TrainingLog {
  private let path: String
  private let handle: FileHandle

  /// Starts a new log, or goes on with the lines up to `samples` of an old one.
  public init(path: String, keepingUpTo samples: Int?) throws(TrainingError) {
    self.path = path
    var kept = [TrainingLogRow.header]
    if let samples, let old = try? String(contentsOfFile: path, encoding: .utf8) {
      kept += old.split(separator: "\n").dropFirst().filter { line in
        Int(line.prefix { $0 != "," }).map { $0 <= samples } ?? false
      }.map(String.init)
    }
    do throws(UnwritableFile) {
      try WholeFile.write((kept.joined(separator: "\n") + "\n").utf8, path: path)
    } catch {
      throw .cannotWrite(file: path, reason: error.reason)
    }
    do {
      handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try handle.seekToEnd()
    } catch {
      throw .cannotWrite(file: path, reason: error.localizedDescription)
    }
  }

  deinit { try? handle.close() }

  public func append(_ row: TrainingLogRow) throws(TrainingError) {
    do {
      try handle.write(contentsOf: Data((row.csv + "\n").utf8))
    } catch {
      throw .cannotWrite(file: path, reason: error.localizedDescription)
    }
  }
}
