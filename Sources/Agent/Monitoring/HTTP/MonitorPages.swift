// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// What is to be seen at which path.
public struct MonitorPages: Sendable {
  private let board: MonitorBoard
  /// /healthz fails when the loop has not turned for so long, seconds.
  private let stallS: Double

  public init(_ board: MonitorBoard, stallS: Double) {
    self.board = board
    self.stallS = stallS
  }

  func respond(to request: HTTPRequest) -> HTTPResponse {
    let alive = Health.alive(board, limitS: stallS)
    switch request.path {
    case "/healthz": return answer(alive)
    case "/readyz": return answer(Health.ready(board))
    case "/metrics":
      guard let metrics = board.metrics else { return answer(Health.ready(board)) }
      let text = metrics.prometheus(ProcessUsage.own(), health: (alive, Health.ready(board)))
      return HTTPResponse(status: .ok, contentType: PrometheusText.contentType, body: text)
    case "/status":
      guard let status = board.status else { return answer(Health(isGood: false, reason: "no status yet")) }
      var writer = JSONWriter()
      writer.write(status)
      return HTTPResponse(
        status: .ok, contentType: "application/json", body: String(decoding: writer.bytes, as: UTF8.self) + "\n")
    default:
      return HTTPResponse(status: .notFound, body: "there are /metrics, /healthz, /readyz and /status\n")
    }
  }

  private func answer(_ health: Health) -> HTTPResponse {
    HTTPResponse(status: health.isGood ? .ok : .unavailable, body: health.reason + "\n")
  }
}
