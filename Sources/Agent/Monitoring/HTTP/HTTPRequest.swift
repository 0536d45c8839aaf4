// SPDX-License-Identifier: GPL-3.0-or-later

/// The head of a request: all that a monitor's probe has to say. Headers are passed over, a body is never read.
struct HTTPRequest: Equatable {
  static let maximumHeadBytes = 8192

  /// "GET" or "HEAD".
  var method: String
  /// Without the query.
  var path: String

  enum Outcome: Equatable {
    /// The empty line that ends the head has not come yet.
    case incomplete
    case request(HTTPRequest)
    case refused(HTTPStatus)
  }

  /// Looks at what has arrived so far.
  static func parse(_ bytes: [UInt8]) -> Outcome {
    guard let end = endOfHead(bytes) else {
      return bytes.count >= maximumHeadBytes ? .refused(.headTooLarge) : .incomplete
    }
    guard end <= maximumHeadBytes else { return .refused(.headTooLarge) }
    guard let line = bytes[..<end].split(separator: UInt8(ascii: "\n"), maxSplits: 1).first else {
      return .refused(.badRequest)
    }
    let text = String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2].hasPrefix("HTTP/1."), words[1].hasPrefix("/") else { return .refused(.badRequest) }
    guard words[0] == "GET" || words[0] == "HEAD" else { return .refused(.methodNotAllowed) }
    let path = words[1].prefix { $0 != "?" }
    return .request(HTTPRequest(method: String(words[0]), path: String(path)))
  }

  /// Just behind the empty line; lines may end without a carriage return.
  private static func endOfHead(_ bytes: [UInt8]) -> Int? {
    var lineLength = 0
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "\n"):
        if lineLength == 0 { return index + 1 }
        lineLength = 0
      case UInt8(ascii: "\r"): break
      default: lineLength += 1
      }
    }
    return nil
  }
}

enum HTTPStatus: Int, Sendable {
  case ok = 200
  case badRequest = 400
  case notFound = 404
  case methodNotAllowed = 405
  case headTooLarge = 431
  case unavailable = 503

  var phrase: String {
    switch self {
    case .ok: "OK"
    case .badRequest: "Bad Request"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .headTooLarge: "Request Header Fields Too Large"
    case .unavailable: "Service Unavailable"
    }
  }
}

/// An answer; the connection ends with it.
struct HTTPResponse: Sendable {
  var status: HTTPStatus
  var contentType = "text/plain; charset=utf-8"
  var body: String

  /// The bytes to send; without the body for HEAD.
  func bytes(hasBody: Bool = true) -> [UInt8] {
    var head = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\nContent-Type: \(contentType)\r\n"
    head += "Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\nConnection: close\r\n"
    if status == .methodNotAllowed { head += "Allow: GET, HEAD\r\n" }
    return Array((head + "\r\n" + (hasBody ? body : "")).utf8)
  }
}
