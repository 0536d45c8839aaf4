// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@testable import ZeroMQ

/// Over real sockets: who is on the list gets everything, who is not gets nothing.
@Suite("CURVE links", .serialized) struct CurveLinkTests {
  let server: CurveKeyPair
  let friend: CurveKeyPair
  let stranger: CurveKeyPair
  let list: AccessList

  init() throws {
    (server, friend, stranger) = (try .generate(), try .generate(), try .generate())
    list = AccessList([friend.publicKey])
  }

  private func publisher(_ kind: Socket.Kind = .xpub, in context: Context) throws -> Socket {
    let socket = try Socket(kind, in: context)
    if kind == .xpub { try socket.setVerboseSubscriptions() }
    try socket.secure(.server(server, admits: list))
    try socket.bind("tcp://127.0.0.1:*")
    return socket
  }

  private func subscriber(_ security: LinkSecurity, _ endpoint: String) throws -> Socket {
    let socket = try Socket(.sub, in: try Context())
    try socket.subscribe(to: "")
    try socket.setReceiveTimeout(milliseconds: 20)
    try socket.secure(security)
    try socket.connect(endpoint)
    return socket
  }

  private func eventually(seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if try condition() { return true }
      usleep(5000)
    }
    return false
  }

  /// Sends until `friend` has something, and a second longer; true when `other` has got nothing.
  private func isSilent(_ other: borrowing Socket, _ sender: borrowing Socket, beside friend: borrowing Socket) throws
    -> Bool
  {
    var message = Multipart()
    #expect(
      try eventually {
        try sender.send([Array("overlay".utf8), [1, 2, 3]])
        return try friend.receive(into: &message) == .message
      })
    var heard = 0
    for _ in 0..<40 {
      try sender.send([Array("overlay".utf8), [1, 2, 3]])
      if try other.receive(into: &message) == .message { heard += 1 }
    }
    return heard == 0
  }

  @Test("a client on the list receives; a stranger's key gets nothing and is counted with its key and address")
  func strangersKey() throws {
    let sender = try publisher(in: try Context())
    let endpoint = try sender.lastEndpoint()
    let good = try subscriber(.client(friend, server: server.publicKey), endpoint)
    let bad = try subscriber(.client(stranger, server: server.publicKey), endpoint)
    #expect(try isSilent(bad, sender, beside: good))
    #expect(eventually { list.counts.unknownKeys >= 1 })
    let counts = list.counts
    #expect(counts.accepted == 1)
    #expect(counts.keyless == 0 && counts.refused == counts.unknownKeys)
    #expect(counts.lastRefused == AccessList.Refusal(key: stranger.publicKey, address: "127.0.0.1"))
  }

  @Test("without a key there is nothing to hear, and the attempt is counted") func noKey() throws {
    let sender = try publisher(in: try Context())
    let endpoint = try sender.lastEndpoint()
    let good = try subscriber(.client(friend, server: server.publicKey), endpoint)
    let plain = try subscriber(.plaintext, endpoint)
    #expect(try isSilent(plain, sender, beside: good))
    #expect(eventually { list.counts.keyless >= 1 })
    #expect(list.counts.unknownKeys == 0 && list.counts.lastRefused == nil)
  }

  @Test("who takes us for another server gets nothing, and neither does a client from an impostor") func wrongServer()
    throws
  {
    let sender = try publisher(in: try Context())
    let endpoint = try sender.lastEndpoint()
    let good = try subscriber(.client(friend, server: server.publicKey), endpoint)
    let misled = try subscriber(.client(friend, server: stranger.publicKey), endpoint)
    #expect(try isSilent(misled, sender, beside: good))
    #expect(eventually { list.counts.keyless >= 1 })
  }

  @Test("old protocols and noise get no byte of a message", arguments: ["ZMTP 1.0", "ZMTP 2.0", "HTTP", "noise"])
  func oldProtocols(kind: String) throws {
    let greeting: [UInt8] =
      switch kind {
      // An anonymous peer of 2010, then a subscription to everything.
      case "ZMTP 1.0": [1, 0, 2, 0, 1]
      // Signature, revision 1, SUB, an empty identity, a subscription.
      case "ZMTP 2.0": [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 2, 0, 0, 0, 1, 1]
      case "HTTP": Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
      default: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
      }
    let sender = try publisher(in: try Context())
    let port = try #require(UInt16(try sender.lastEndpoint().split(separator: ":").last ?? ""))
    let good = try subscriber(.client(friend, server: server.publicKey), try sender.lastEndpoint())
    let peer = try RawPeer(port: port)
    peer.send(greeting)
    // The same words to a publisher in plain text, so that silence means something.
    let plain = try Socket(.pub, in: try Context())
    try plain.bind("tcp://127.0.0.1:*")
    let trusted = try RawPeer(port: try #require(UInt16(try plain.lastEndpoint().split(separator: ":").last ?? "")))
    trusted.send(greeting)
    var message = Multipart()
    #expect(
      try eventually {
        try sender.send([Array("overlay".utf8), Array("a message".utf8)])
        return try good.receive(into: &message) == .message
      })
    var told = ""
    func tell() throws -> Bool {
      try sender.send([Array("overlay".utf8), Array("a message".utf8)])
      try plain.send([Array("overlay".utf8), Array("a message".utf8)])
      usleep(5000)
      told += trusted.heard()
      return told.contains("a message")
    }
    for _ in 0..<20 { _ = try tell() }
    #expect(try kind.hasPrefix("ZMTP") ? eventually(tell) : !tell())
    let heard = peer.heard()
    #expect(!heard.contains("overlay") && !heard.contains("a message"))
    #expect(list.counts.accepted == 1)
  }

  @Test("a PULL that listens takes nothing from a stranger") func input() throws {
    let receiver = try Socket(.pull, in: try Context())
    try receiver.setReceiveTimeout(milliseconds: 20)
    try receiver.secure(.server(server, admits: list))
    try receiver.bind("tcp://127.0.0.1:*")
    let endpoint = try receiver.lastEndpoint()
    func source(_ security: LinkSecurity, _ name: UInt8) throws -> Socket {
      let socket = try Socket(.push, in: try Context())
      try socket.secure(security)
      try socket.connect(endpoint)
      try socket.send([[name]], waits: false)
      return socket
    }
    let bad = try source(.client(stranger, server: server.publicKey), 1)
    let plain = try source(.plaintext, 2)
    #expect(eventually { list.counts.unknownKeys >= 1 && list.counts.keyless >= 1 })
    let good = try source(.client(friend, server: server.publicKey), 3)
    var message = Multipart()
    var senders: Set<UInt8> = []
    #expect(
      try eventually {
        if try receiver.receive(into: &message) == .message { senders.insert(message.withParts { $0[0][0] }) }
        return !senders.isEmpty
      })
    for _ in 0..<20 where try receiver.receive(into: &message) == .message {
      senders.insert(message.withParts { $0[0][0] })
    }
    #expect(senders == [3])
    _ = (bad.kind, plain.kind, good.kind)
  }

  @Test("the list can change while connections come") func reload() throws {
    let sender = try publisher(in: try Context())
    let endpoint = try sender.lastEndpoint()
    let refused = try subscriber(.client(stranger, server: server.publicKey), endpoint)
    #expect(eventually { list.counts.unknownKeys >= 1 })
    #expect(list.replace(with: [stranger.publicKey]) == [friend.publicKey])
    // libzmq's client gives up for good where its key is refused: this is another connection.
    let late = try subscriber(.client(stranger, server: server.publicKey), endpoint)
    let former = try subscriber(.client(friend, server: server.publicKey), endpoint)
    var message = Multipart()
    #expect(
      try eventually {
        try sender.send([[1]])
        return try late.receive(into: &message) == .message
      })
    #expect(eventually { list.counts.unknownKeys >= 2 })
    #expect(list.counts.accepted == 1 && list.counts.lastRefused?.key == friend.publicKey)
    #expect(try former.receive(into: &message) == .nothing && refused.kind == .sub)
  }

  @Test("an empty list lets nobody in, and two sockets of a context have their own lists") func ownLists() throws {
    let context = try Context()
    let nobody = AccessList([])
    let closed = try Socket(.xpub, in: context)
    try closed.secure(.server(server, admits: nobody))
    try closed.bind("tcp://127.0.0.1:*")
    let open = try publisher(in: context)
    let a = try subscriber(.client(friend, server: server.publicKey), try open.lastEndpoint())
    let b = try subscriber(.client(friend, server: server.publicKey), try closed.lastEndpoint())
    #expect(try isSilent(b, closed, beside: closed, after: open, a))
    #expect(eventually { nobody.counts.unknownKeys >= 1 })
    #expect(nobody.counts.accepted == 0)
    #expect(list.counts.refused == 0 && list.counts.accepted == 1)
  }

  private func isSilent(
    _ other: borrowing Socket, _ sender: borrowing Socket, beside: borrowing Socket, after open: borrowing Socket,
    _ good: borrowing Socket
  ) throws -> Bool {
    var message = Multipart()
    #expect(
      try eventually {
        try open.send([[1]])
        return try good.receive(into: &message) == .message
      })
    for _ in 0..<40 {
      try sender.send([[1]])
      if try other.receive(into: &message) == .message { return false }
    }
    return true
  }

  @Test("three hundred connections in a storm leave the list, the thread and the good client alone") func storm() throws
  {
    let context = try Context()
    let sender = try publisher(in: context)
    let endpoint = try sender.lastEndpoint()
    let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))
    let good = try subscriber(.client(friend, server: server.publicKey), endpoint)
    for number in 0..<300 {
      let peer = try RawPeer(port: port)
      peer.send(number % 2 == 0 ? Array("GET / HTTP/1.0\r\n\r\n".utf8) : [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3])
    }
    var message = Multipart()
    #expect(
      try eventually {
        try sender.send([[1]])
        return try good.receive(into: &message) == .message
      })
    #expect(eventually { list.counts.keyless > 100 })
    #expect(list.counts.accepted == 1)
  }

  @Test("contexts with gatekeepers end at once, also right after they began") func ends() throws {
    let begin = ContinuousClock.now
    for _ in 0..<20 {
      let socket = try publisher(in: try Context())
      #expect(try socket.lastEndpoint().hasPrefix("tcp://127.0.0.1:"))
    }
    #expect(ContinuousClock.now - begin < .seconds(5))
  }

  @Test(
    "pyzmq's client on the list receives ours; a stranger's and a plain one do not",
    .enabled(if: Pyzmq.isThere, "needs pyzmq with CURVE"))
  func pyzmqClients() throws {
    let folder = try KeyFolder()
    _ = try server.write(name: "server", to: folder.path, replaces: false)
    _ = try friend.write(name: "friend", to: folder.path, replaces: false)
    _ = try stranger.write(name: "stranger", to: folder.path, replaces: false)
    let sender = try publisher(in: try Context())
    let script = """
      import sys, zmq, zmq.auth
      folder, endpoint = sys.argv[1:]
      server = zmq.auth.load_certificate(folder + "/server.key")[0]
      sockets = []
      for name in ("friend", "stranger", None):
          socket = zmq.Context.instance().socket(zmq.SUB)
          socket.subscribe(b"")
          if name:
              socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(f"{folder}/{name}.key_secret")
              socket.curve_serverkey = server
          socket.connect(endpoint)
          sockets.append(socket)
      heard = [socket.poll(wait) for socket, wait in zip(sockets, (10000, 1000, 1000))]
      print([h > 0 for h in heard])
      zmq.Context.instance().destroy(linger=0)
      """
    let answer = Answer()
    let (path, endpoint) = (folder.path, try sender.lastEndpoint())
    Thread { answer.set((try? Pyzmq.run(script, [path, endpoint])) ?? "failed") }.start()
    #expect(
      try eventually(seconds: 20) {
        try sender.send([[1]])
        return answer.text != nil
      })
    #expect(answer.text == "[True, False, False]\n")
    #expect(list.counts.accepted == 1 && list.counts.unknownKeys >= 1 && list.counts.keyless >= 1)
  }

  @Test(
    "we receive from pyzmq's CURVE server whose authenticator reads our key files, and not as a stranger",
    .enabled(if: Pyzmq.isThere, "needs pyzmq with CURVE"))
  func pyzmqServer() throws {
    let folder = try KeyFolder()
    _ = try server.write(name: "server", to: folder.path, replaces: false)
    _ = try friend.write(name: "friend", to: folder.path + "/clients", replaces: false)
    let script = """
      import sys, time, zmq, zmq.auth
      from zmq.auth.thread import ThreadAuthenticator
      folder = sys.argv[1]
      context = zmq.Context()
      auth = ThreadAuthenticator(context)
      auth.start()
      auth.configure_curve(domain="*", location=folder + "/clients")
      socket = context.socket(zmq.PUB)
      socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(folder + "/server.key_secret")
      socket.curve_server = True
      port = socket.bind_to_random_port("tcp://127.0.0.1")
      import os
      open(folder + "/port.part", "w").write(str(port))
      os.rename(folder + "/port.part", folder + "/port")
      end = time.time() + 15
      while time.time() < end and not os.path.exists(folder + "/done"):
          socket.send(b"frame")
          time.sleep(0.01)
      auth.stop()
      context.destroy(linger=0)
      """
    let answer = Answer()
    let path = folder.path
    Thread { answer.set((try? Pyzmq.run(script, [path])) ?? "failed") }.start()
    #expect(eventually { FileManager.default.fileExists(atPath: path + "/port") })
    let port = try String(contentsOfFile: path + "/port", encoding: .utf8)
    let good = try subscriber(.client(friend, server: server.publicKey), "tcp://127.0.0.1:\(port)")
    let bad = try subscriber(.client(stranger, server: server.publicKey), "tcp://127.0.0.1:\(port)")
    let plain = try subscriber(.plaintext, "tcp://127.0.0.1:\(port)")
    var message = Multipart()
    #expect(try eventually { try good.receive(into: &message) == .message })
    for _ in 0..<25 {
      #expect(try bad.receive(into: &message) == .nothing)
      #expect(try plain.receive(into: &message) == .nothing)
    }
    try "".write(toFile: path + "/done", atomically: false, encoding: .utf8)
    #expect(eventually { answer.text == "" })
  }
}

/// What another thread found.
private final class Answer: @unchecked Sendable {
  private let lock = NSLock()
  private var value: String?
  var text: String? { lock.withLock { value } }
  func set(_ text: String) { lock.withLock { value = text } }
}
