// SPDX-License-Identifier: GPL-3.0-or-later
import Dispatch
import Foundation
import Fourier

/// The scattering matrices of one mesh point: from every incident beam to every collected one, per detector and exit.
struct ScatteringMatrices {
  /// `[detector][exit]`, each `[incident][collected]`, weighted by √(detector share).
  private let matrices: [[[Complex32]]]

  /// Runs all incident beams, split over `threads`; the result does not depend on their number.
  /// `exits[n]` is the caller's number of the n-th exit in order of depth.
  init(
    beams: BeamSet, propagation: WavePropagation, exits: [Int], threads: Int, progress: @Sendable (Double) -> Void
  ) {
    let collector = Collector(beams: beams, exits: exits)
    let incident = beams.incident
    let workers = max(1, min(threads, incident.count))
    let run = UncheckedSendable(propagation)
    let counter = ProgressCounter(total: incident.count)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      let wave = run.value.transform.makeBuffer()
      for g in stride(from: worker, to: incident.count, by: workers) {
        run.value.run(from: incident[g].gridIndex, wave: wave) { exit, wave in
          collector.store(wave, incident: g, exit: exits[exit])
        }
        if let share = counter.advance() { progress(share) }
      }
    }
    matrices = collector.matrices()
  }

  /// Adds this mesh point's part of every image: C(h) += Σ A(g) A(g')* M[g][g'] over pairs with G' − G = h, where
  /// A = share of the aperture · e^(−iχ), χ = −π λ k² · defocus.
  func accumulate(
    into total: inout [[[ImageSpectrum]]], beams: BeamSet, defociA: [Double], wavelengthA: Double
  ) {
    let incident = beams.incident
    for d in matrices.indices {
      for t in matrices[d].indices {
        let gram = GramMatrix.product(
          scattering: matrices[d][t], incident: incident.count, collected: beams.collected[d].count)
        for (f, defocusA) in defociA.enumerated() {
          let probe = incident.map { beam -> SIMD2<Double> in
            let phase = Double.pi * wavelengthA * defocusA * (beam.k * beam.k).sum()
            return beam.weight * SIMD2(cos(phase), sin(phase))
          }
          Self.add(gram, probe: probe, incident: incident, to: &total[d][t][f])
        }
      }
    }
  }

  private static func add(
    _ gram: [Complex32], probe: [SIMD2<Double>], incident: [BeamSet.Beam], to spectrum: inout ImageSpectrum
  ) {
    for g in incident.indices {
      for other in incident.indices {
        let pair = SIMD2(
          probe[g].x * probe[other].x + probe[g].y * probe[other].y,
          probe[g].y * probe[other].x - probe[g].x * probe[other].y)
        let m = gram[g * incident.count + other]
        let h = incident[other].index &- incident[g].index
        spectrum[h.x, h.y] += SIMD2(
          pair.x * Double(m.re) - pair.y * Double(m.im), pair.x * Double(m.im) + pair.y * Double(m.re))
      }
    }
  }
}

/// Takes columns of the scattering matrices from several threads: each incident beam writes its own row only.
private final class Collector: @unchecked Sendable {
  private let rows: [[UnsafeMutableBufferPointer<Complex32>]]
  private let gather: [[(gridIndex: Int, weight: Float)]]

  init(beams: BeamSet, exits: [Int]) {
    gather = beams.collected.map { $0.map { ($0.gridIndex, Float($0.weight.squareRoot())) } }
    rows = gather.map { collected in
      exits.map { _ in
        let buffer = UnsafeMutableBufferPointer<Complex32>.allocate(
          capacity: max(1, beams.incident.count * collected.count))
        buffer.initialize(repeating: .zero)
        return buffer
      }
    }
  }

  deinit { for buffers in rows { for buffer in buffers { buffer.deallocate() } } }

  func store(_ wave: FourierBuffer, incident: Int, exit: Int) {
    for d in gather.indices {
      let row = rows[d][exit].baseAddress! + incident * gather[d].count
      for (n, beam) in gather[d].enumerated() { row[n] = beam.weight * wave[beam.gridIndex] }
    }
  }

  func matrices() -> [[[Complex32]]] { rows.map { $0.map(Array.init) } }
}

/// Counts finished beams and speaks up about a hundred times in all.
private final class ProgressCounter: @unchecked Sendable {
  private let lock = NSLock()
  private let total: Int
  private var done = 0

  init(total: Int) { self.total = total }

  func advance() -> Double? {
    lock.lock()
    defer { lock.unlock() }
    done += 1
    return done.isMultiple(of: max(1, total / 100)) || done == total ? Double(done) / Double(total) : nil
  }
}

/// Vouches for a value that threads only read.
struct UncheckedSendable<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
