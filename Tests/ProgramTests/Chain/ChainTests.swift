// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Registration
import TestSupport
import Testing

/// The programs together, as people use them: a source of frames, the agent, a subscriber.
@Suite("The chain of programs", .serialized)
struct ChainTests {
  private static let recording = SharedData.repository.appendingPathComponent("tools/demo-recording/demo.mcap").path
  private static let examples = SharedData.repository.appendingPathComponent("tools/examples").path
  private static let hasPython =
    (try? Program.run("/usr/bin/env", "python3", "-c", "import numpy, zmq").code) == 0

  private let folder: TemporaryDirectory
  private let input: String
  private let output: String

  init() throws {
    folder = try TemporaryDirectory()
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
    (input, output) = ("tcp://127.0.0.1:\(try freePort())", "tcp://127.0.0.1:\(try freePort())")
    try """
    [input]
    endpoint = "\(input)"
    [output]
    endpoint = "\(output)"
    [model]
    path = "model.safetensors"
    """.write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
  }

  private func startAgent() throws -> Program {
    let agent = try Program("glazer-agent", ["--config", folder.file("agent.toml")])
    #expect(agent.waits { $0.errorsSoFar.contains("overlays on") }, "\(agent.errorsSoFar)")
    return agent
  }

  @Test("replay, agent, watch: the bundled recording becomes overlays")
  func replay() throws {
    let agent = try startAgent()
    let watch = try Program("glazer", ["watch", "--connect", output, "--frames", "3", "--timeout", "30"])
    let replay = try Program(
      "glazer", ["replay", Self.recording, "--bind", input, "--loop", "--wait-subscribers", "1"])
    let result = watch.result(seconds: 60)
    #expect(result.code == 0, "\(result.errors) \(agent.errorsSoFar) \(replay.errorsSoFar)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3 && lines.allSatisfy { $0.contains("lattice") && $0.contains("mean |q|") })
    agent.terminate()
    #expect(agent.result().code == 0)
    replay.terminate()
  }

  @Test("a signal that comes twice at once, as from timeout(1), still lets the recorder finish its file")
  func signalTwice() throws {
    let file = folder.file("session.mcap")
    let replay = try Program(
      "glazer", ["replay", Self.recording, "--bind", input, "--loop", "--fps", "50", "--wait-subscribers", "1"])
    let record = try Program("glazer", ["record", "--connect", input, "--output", file, "--keep-free", "1"])
    let hasFrames = record.waits { _ in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file + ".part")
      return attributes?[.size] as? Int ?? 0 > 100_000
    }
    #expect(hasFrames, "\(record.errorsSoFar)")
    record.terminate()
    Thread.sleep(forTimeInterval: 0.001)
    record.terminate()
    let result = record.result()
    #expect(result.code == 0, "\(result.errors)")
    #expect(FileManager.default.fileExists(atPath: file))
    replay.terminate()
  }

  @Test("the bundled recording is whole, and its lattice is found where the truth says")
  func truth() throws {
    struct Truth: Decodable {
      struct Entry: Decodable {
        var frame: Int
        var lattice: Lattice
      }
      var frames: [Entry]
    }
    let path = Self.recording.replacingOccurrences(of: ".mcap", with: ".truth.json")
    let truth = try JSONDecoder().decode(Truth.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    var reader = try RecordingReader(path: Self.recording)
    var decoder = FrameDecoder()
    var message = RecordedMessage()
    var frame = Frame(header: FrameHeader(source: "", frame: 0), image: Image(width: 0, height: 0))
    var count = 0
    while try reader.next(into: &message) {
      let kind = try message.withParts { try decoder.decode(parts: $0, into: &frame) }
      #expect(kind == .frame && frame.header.frame == Int64(count) && frame.header.pixelSizeNm == 0.02)
      if count == 5 {
        let found = try Registrar().register(frame.image).lattice
        let expected = truth.frames[5].lattice
        #expect(truth.frames[5].frame == 5)
        #expect((found.a - expected.a).length < 0.05 && (found.b - expected.b).length < 0.05)
        let at = expected.coordinates(of: found.origin)
        #expect((found.origin - expected.position(at.x.rounded(), at.y.rounded())).length < 0.3)
      }
      count += 1
    }
    #expect(count == truth.frames.count)
    #expect(frame.header.isLast)
  }

  @Test(
    "the Python publisher and subscriber of the examples speak the agent's language",
    .enabled(if: ChainTests.hasPython, "needs python3 with numpy and pyzmq"))
  func python() throws {
    var reader = try RecordingReader(path: Self.recording)
    var message = RecordedMessage()
    var pixels = Data()
    for _ in 0..<2 where try reader.next(into: &message) { pixels.append(contentsOf: message.parts[1]) }
    try pixels.write(to: URL(fileURLWithPath: folder.file("frames.raw")))
    let convert = """
      import numpy; numpy.save('frames.npy', numpy.fromfile('frames.raw', '<u2').reshape(2, 352, 352))
      """
    #expect(try Program("/usr/bin/env", ["python3", "-c", convert], in: folder.path).result().code == 0)

    let agent = try startAgent()
    let subscriber = try Program("/usr/bin/env", ["python3", "\(Self.examples)/subscriber.py", output, "2"])
    let publisher = try Program(
      "/usr/bin/env", ["python3", "\(Self.examples)/publisher.py", folder.file("frames.npy"), input, "10"])
    let result = subscriber.result(seconds: 60)
    #expect(result.code == 0, "\(result.errors) \(publisher.errorsSoFar) \(agent.errorsSoFar)")
    #expect(result.output.split(separator: "\n").count == 2)
    #expect(result.output.contains("cells, mean |q|"))
    publisher.terminate()
    agent.terminate()
    #expect(agent.result().code == 0)
  }
}
