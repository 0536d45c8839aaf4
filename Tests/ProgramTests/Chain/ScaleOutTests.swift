// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

/// An emulator made as on a cluster: shards as programs of their own, their stores copied together, one fit.
@Suite("Simulations on many machines")
struct ScaleOutTests {
  private static let design = [
    "--family", "SrTiO3:---:static", "--simulations", "8", "--tests", "1", "--thickness", "1,1.2", "--defocus", "20",
    "--mesh", "1,1", "--threads", "1",
  ]

  @Test("four shards in two stores, copied into one, become an emulator")
  func fourShards() throws {
    let folder = try TemporaryDirectory()
    let shards = try (1...4).map { number in
      try Program(
        "glazer",
        ["emulate", "simulate", "--store", folder.file("machine\(number % 2)"), "--shard", "\(number)/4"] + Self.design)
    }
    for shard in shards {
      let result = shard.result(seconds: 60)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.output.contains("2 simulations made") || result.output.contains("3 simulations made"))
    }
    let store = folder.file("machine0")
    let copied = try Program("/bin/cp", ["-R", folder.file("machine1") + "/.", store]).result()
    #expect(copied.code == 0, "\(copied.errors)")

    // Nothing is left to do, and nothing is made twice.
    let again = try Program("glazer", ["emulate", "simulate", "--store", store] + Self.design).result(seconds: 60)
    #expect(again.code == 0 && again.output.contains("0 simulations made"), "\(again.errors)")
    let other = try Program("glazer", ["emulate", "simulate", "--store", store] + Self.design + ["--tilt", "4"])
      .result()
    #expect(other.code == 65 && other.errors.contains("design.json"), "\(other.errors)")

    let (emulator, table) = (folder.file("emulator.safetensors"), folder.file("errors.csv"))
    let fit = try Program.run(
      "glazer", "emulate", "fit", "--store", store, "--components", "20", "--threads", "1", "--csv", table, "--output",
      emulator, seconds: 60)
    #expect(fit.code == 0, "\(fit.errors)")
    #expect(fit.output.contains("SrTiO3:---:static: 8 simulations, 0 mean waves, 10 test images"), "\(fit.output)")
    #expect(
      try String(contentsOfFile: table, encoding: .utf8).hasPrefix("family,simulations,mean_waves,test_images"))

    // The same tests find the same again, and a fit into the file takes the place of what it is of.
    let tested = try Program.run("glazer", "emulate", "test", "--store", store, "--emulator", emulator, seconds: 60)
    #expect(tested.code == 0 && tested.output.contains("SrTiO3:---:static: 8"), "\(tested.output)\(tested.errors)")
    #expect(fit.output.contains(tested.output), "\(tested.output)")
    let foreign = try Program(
      "glazer", ["emulate", "test", "--store", store, "--emulator", emulator, "--family", "CaTiO3:---:293"]
    ).result()
    #expect(foreign.code == 64 && foreign.errors.contains("CaTiO3:---:293"), "\(foreign.errors)")
    let into = try Program.run(
      "glazer", "emulate", "fit", "--store", store, "--components", "10", "--threads", "1", "--into", emulator,
      "--output", folder.file("both.safetensors"), seconds: 60)
    #expect(into.code == 0 && into.output.contains("1 families"), "\(into.output)\(into.errors)")

    let sample = try Program.run(
      "glazer", "emulate", "sample", "--emulator", emulator, "--family", "SrTiO3:---:static", "--count", "2",
      "--thickness", "1.1", "--output", folder.file("images.npy"))
    #expect(sample.code == 0 && sample.output.contains("2 images of 96 × 64"), "\(sample.errors)")
  }

  /// No cluster here: what the script of the array job would start.
  @Test("the array job asks each of its tasks for one shard", arguments: [(0, 0), (3, 0), (7, 4)])
  func arrayJob(task: Int, first: Int) throws {
    let script = SharedData.repository.appendingPathComponent("tools/scale-out/simulate.slurm").path
    let result = try Program(
      "/usr/bin/env",
      [
        "GLAZER=/bin/echo", "SLURM_ARRAY_TASK_ID=\(task)", "SLURM_ARRAY_TASK_MIN=\(first)", "SLURM_ARRAY_TASK_COUNT=4",
        "SLURM_CPUS_PER_TASK=2", script, "sims", "--family", "SrTiO3:---:293",
      ]
    ).result()
    #expect(
      result.output
        == "emulate simulate --store sims --shard \(task - first + 1)/4 --threads 2 --family SrTiO3:---:293\n")
    #expect(try Program("/usr/bin/env", [script]).result().code == 64)
  }

  /// No cluster here either: programs of its names say what they were given.
  @Test("the job of a training gives its step all processors, and goes on where Slurm has put it back into the queue")
  func trainingJob() throws {
    let folder = try TemporaryDirectory()
    for (name, text) in [("scontrol", "echo node7"), ("srun", "echo \"$@\"")] {
      try "#!/bin/sh\n\(text)\n".write(toFile: folder.file(name), atomically: true, encoding: .utf8)
      #expect(chmod(folder.file(name), 0o755) == 0)
    }
    let script = SharedData.repository.appendingPathComponent("tools/scale-out/train.slurm").path
    let path = "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
    let job = [
      "PATH": path, "GLAZER": "glazer", "GLAZER_PYTHON": "python3", "SLURM_JOB_NODELIST": "node[7-8]",
      "SLURM_NNODES": "2", "SLURM_JOB_ID": "12", "SLURM_CPUS_PER_TASK": "16", "SLURM_GPUS_ON_NODE": "4",
    ]
    func step(restarts: Int, _ options: [String]) throws -> String {
      let environment = job.merging(["SLURM_RESTART_COUNT": "\(restarts)"]) { $1 }
      let result = try Program(script, ["initial.safetensors"] + options, environment: environment).result()
      #expect(result.code == 0, "\(result.errors)")
      return result.output
    }
    let output = folder.file("weights.safetensors")
    let first = try step(restarts: 0, ["--output", output])
    #expect(first.hasPrefix("--cpus-per-task 16 python3 -m torch.distributed.run --nnodes 2"), "\(first)")
    #expect(first.contains("node7:29500") && first.hasSuffix("--processes 3 initial.safetensors --output \(output)\n"))
    #expect(try step(restarts: 1, ["--output", output]) == first)
    try Data().write(to: URL(fileURLWithPath: folder.file("weights.checkpoint.safetensors")))
    #expect(try step(restarts: 0, ["--output", output]) == first)
    for given in [["--output", output], ["--output=\(output)"]] {
      let again = try step(restarts: 2, given + ["--tf32"])
      #expect(again.hasSuffix("--tf32 --resume\n"), "\(again)")
    }
  }

  @Test(
    "wrong shards and families are usage errors",
    arguments: [
      ["--shard", "5/4"], ["--shard", "1"], ["--family", "SrTiO3"], ["--simulations", "0", "--tests", "0"],
      ["--semiangle", "2"],
    ])
  func usage(_ arguments: [String]) throws {
    let folder = try TemporaryDirectory()
    let result = try Program("glazer", ["emulate", "simulate", "--store", folder.file("store")] + arguments).result()
    #expect(result.code == 64, "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("store")))
  }
}
