// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Script: the cell under the pointer.
  static let pointer = #"""
    canvas.onmousemove = event => {
      if (!shown) return;
      const box = canvas.getBoundingClientRect(), [height, width] = shown.head.image.shape, { cells, head } = shown;
      const x = (event.clientX - box.left) / box.width * width - 0.5, y = (event.clientY - box.top) / box.height * height - 0.5;
      let best = Infinity;
      hovered = null;
      for (let n = 0; n < head.n; n++) {
        const d = Math.hypot(cells.x[n] - x, cells.y[n] - y);
        if (d < best) { best = d; hovered = n; }
      }
      if (best > Math.hypot(...head.lattice.b_px)) hovered = null;
      const tip = $("tip");
      tip.style.display = hovered === null ? "none" : "block";
      if (hovered !== null) {
        const k = hovered, pm = (name) => `${number(cells[name][k]).padStart(6)} ± ${number(cells[name + "_sigma"][k])}°`;
        const names = ["border", "ρ below limit", "poor lattice", "unfamiliar", "bad pixels"];
        const flags = names.filter((_, bit) => cells.flags[k] >> bit & 1).join(", ");
        tip.textContent = `column (${cells.i[k]}, ${cells.j[k]})\nq ${pm("q")}\nρ ${pm("rho")}\nα ${pm("alpha")}\n` +
          `β ${pm("beta")}\nγ ${pm("gamma")}\nscore ${number(cells.score[k])}${flags ? "\n" + flags : ""}`;
        tip.style.left = Math.min(event.clientX + 16, innerWidth - 190) + "px";
        tip.style.top = Math.min(event.clientY + 12, innerHeight - 160) + "px";
      }
      draw();
    };
    canvas.onmouseleave = () => { hovered = null; $("tip").style.display = "none"; draw(); };
    $("opacity").oninput = draw;
    window.onresize = draw;
    """#
}
