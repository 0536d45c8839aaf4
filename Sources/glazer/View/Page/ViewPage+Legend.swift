// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Script: the range of the colours, the scale bar, and the histogram over the colour bar.
  static let legend = #"""
    let heldLimit = {};
    // The range follows the 98th percentile in steps, and only leaves a step when it must: colours keep their meaning.
    function niceLimit(v) {
      const sizes = Array.from(v).filter(Number.isFinite).map(Math.abs).sort((p, q) => p - q);
      const wanted = sizes.length ? sizes[Math.floor(0.98 * (sizes.length - 1))] : 1;
      const steps = [1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 30, 45, 90];
      const held = heldLimit[choice];
      if (held && wanted <= held && wanted > 0.45 * held) return held;
      return heldLimit[choice] = steps.find(s => s >= wanted) ?? 90;
    }
    function scaleBar(head, width, height) {
      const nm = head.image.pixel_size_nm;
      if (!nm) return;
      const length = [0.5, 1, 2, 5, 10, 20, 50, 100].find(l => l / nm > width / 9) ?? 100, px = length / nm;
      const unit = Math.max(width, height) / 140, x = 3 * unit, y = height - 4 * unit;
      context.fillStyle = "#000a";
      context.fillRect(x - unit, y - 4 * unit, px + 2 * unit, 6 * unit);
      context.fillStyle = "#fff";
      context.fillRect(x, y, px, 0.7 * unit);
      context.font = `600 ${2.6 * unit}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.fillText(`${length} nm`, x + px / 2, y - unit);
    }
    function bar(v, limit, scale, signed, flags) {
      const element = $("bar"), ratio = window.devicePixelRatio || 1, w = element.clientWidth, h = element.clientHeight;
      element.width = w * ratio;
      element.height = h * ratio;
      const c = element.getContext("2d");
      c.scale(ratio, ratio);
      const bins = new Array(60).fill(0);
      for (let n = 0; n < v.length; n++) {
        if (!Number.isFinite(v[n]) || flags[n]) continue;
        bins[Math.min(59, Math.max(0, Math.floor(60 * place(v[n], limit, signed))))]++;
      }
      const top = Math.max(1, ...bins);
      bins.forEach((count, k) => {
        c.fillStyle = `rgb(${colour(scale, (k + 0.5) / 60)})`;
        const tall = 36 * count / top;
        c.fillRect(w * k / 60, 38 - tall, w / 60 - 1, tall);
      });
      for (let x = 0; x < w; x++) {
        c.fillStyle = `rgb(${colour(scale, x / w)})`;
        c.fillRect(x, 40, 1, 13);
      }
      c.fillStyle = "#8a97a6";
      c.font = "12px system-ui, sans-serif";
      const ticks = signed ? [-limit, -limit / 2, 0, limit / 2, limit] : [0, limit / 2, limit];
      ticks.forEach((tick, k) => {
        c.textAlign = k === 0 ? "left" : k === ticks.length - 1 ? "right" : "center";
        c.fillText(`${tick > 0 && signed ? "+" : ""}${tick}°`.replace("-", "−"), w * k / (ticks.length - 1), 68);
      });
    }
    """#
}
