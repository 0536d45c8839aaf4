// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Script: what the WebSocket brings, u32 messages, each u32 parts, each u32 length and bytes padded to 8 (`ViewBundle`).
  static let wire = #"""
    const decoder = new TextDecoder();
    const types = { "<i4": Int32Array, "<f4": Float32Array, "<u2": Uint16Array };
    function unpack(buffer) {
      const data = new DataView(buffer);
      let at = 0;
      const u32 = () => { at += 4; return data.getUint32(at - 4, true); };
      const messages = [];
      for (let m = u32(); m > 0; m--) {
        const parts = [];
        for (let p = u32(); p > 0; p--) {
          const length = u32();
          at = Math.ceil(at / 8) * 8;
          parts.push([at, length]);
          at = Math.ceil((at + length) / 8) * 8;
        }
        const bytes = parts.map(([offset, length]) => new Uint8Array(buffer, offset, length));
        messages.push({ topic: decoder.decode(bytes[0]), head: JSON.parse(decoder.decode(bytes[1])), parts, bytes, buffer });
      }
      return messages;
    }
    function cellsOf(message) {
      const cells = {};
      message.head.columns.forEach((column, k) => {
        const type = types[column.dtype], [offset] = message.parts[k + 2];
        if (type) cells[column.name] = new type(message.buffer, offset, message.head.n);
      });
      return cells;
    }
    """#
}
