// SPDX-License-Identifier: GPL-3.0-or-later
import FlyingFox
import Foundation

/// Serves the page at `/` and its data at `/stream`, the latter to that page alone.
struct ViewServer {
  let hub: ViewHub
  let origin: ViewOrigin

  func routes() -> RoutedHTTPHandler {
    var routes = RoutedHTTPHandler()
    routes.appendRoute("GET /") { _ in
      HTTPResponse(
        statusCode: .ok,
        headers: [
          .contentType: "text/html; charset=utf-8",
          HTTPHeader("Cache-Control"): "no-store",
          // The page needs nothing from anywhere, and says so.
          HTTPHeader("Content-Security-Policy"):
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'",
        ],
        body: Data(ViewPage.html.utf8))
    }
    routes.appendRoute("GET /stream", to: GuardedStream(origin: origin, stream: .webSocket(PageStream(hub: hub))))
    return routes
  }
}

/// Refuses other people's pages.
private struct GuardedStream: HTTPHandler {
  let origin: ViewOrigin
  let stream: WebSocketHTTPHandler

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    guard origin.admits(origin: request.headers[HTTPHeader("Origin")], host: request.headers[.host]) else {
      return HTTPResponse(statusCode: .forbidden, body: Data("only the page that is served here is let in\n".utf8))
    }
    return try await stream.handleRequest(request)
  }
}

/// Answers every message of a page with what is new: a page that is slow asks less often and misses nothing but frames.
private struct PageStream: WSMessageHandler {
  let hub: ViewHub

  func makeMessages(for client: AsyncStream<WSMessage>) async throws -> AsyncStream<WSMessage> {
    AsyncStream { continuation in
      let task = Task {
        var version = 0
        for await message in client {
          if case .close = message { break }
          let next = await hub.next(after: version)
          version = next.version
          continuation.yield(.data(Data(next.bundle)))
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}
