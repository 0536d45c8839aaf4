// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Script: ask, draw, ask again; runs when all else is there.
  static let connection = #"""
    function connect() {
      const socket = new WebSocket(`ws://${location.host}/stream`);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send("next");
      socket.onmessage = event => {
        try { take(unpack(event.data)); } catch (error) { text("event", "cannot draw: " + error.message); }
        requestAnimationFrame(() => socket.readyState === 1 && socket.send("next"));
      };
      socket.onclose = () => {
        text("state", "offline");
        $("state").className = "pill offline";
        setTimeout(connect, 1000);
      };
    }
    showChoice();
    connect();
    """#
}
