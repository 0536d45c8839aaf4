// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A plain HTTP client on loopback: what is sent is sent as it stands, and what comes is read to the end.
public struct PlainClient {
  public let descriptor: Int32

  public init(_ port: UInt16) throws {
    struct Refused: Error {}
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    target.sin_addr.s_addr = inet_addr("127.0.0.1")
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let isConnected = withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw Refused() }
  }

  public func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Everything up to the end of the connection.
  public func readAll() -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      all += buffer[..<count]
    }
    close(descriptor)
    return String(decoding: all, as: UTF8.self)
  }

  /// The whole answer, status line and headers included.
  public static func get(_ path: String, _ port: UInt16, method: String = "GET") throws -> String {
    let client = try PlainClient(port)
    client.write("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
    return client.readAll()
  }

  /// Status code and body of an answer.
  public static func fetch(_ path: String, _ port: UInt16) throws -> (code: Int, body: String) {
    let answer = try get(path, port)
    let code = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let body = answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
    return (code, body)
  }
}
