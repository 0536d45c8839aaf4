// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Script: the picture with its cells and walls.
  static let drawing = #"""
    const canvas = $("view"), context = canvas.getContext("2d");
    const picture = document.createElement("canvas");
    function draw() {
      if (!shown) return;
      const { head, cells, preview } = shown;
      const [height, width] = head.image.shape;
      const zoom = Math.max(1, Math.min(4, 1000 / Math.max(width, height)));
      if (canvas.width !== Math.round(width * zoom) || canvas.height !== Math.round(height * zoom)) {
        canvas.width = Math.round(width * zoom);
        canvas.height = Math.round(height * zoom);
      }
      canvas.hidden = false;
      $("hint").hidden = true;
      context.setTransform(zoom, 0, 0, zoom, 0, 0);
      context.fillStyle = "#000";
      context.fillRect(0, 0, width, height);
      if (preview) {
        const [ph, pw] = preview.head.shape, grey = preview.bytes[2], binning = preview.head.binning;
        picture.width = pw;
        picture.height = ph;
        const target = picture.getContext("2d"), data = target.createImageData(pw, ph);
        for (let k = 0; k < grey.length; k++) {
          data.data[4 * k] = data.data[4 * k + 1] = data.data[4 * k + 2] = grey[k];
          data.data[4 * k + 3] = 255;
        }
        target.putImageData(data, 0, 0);
        context.imageSmoothingEnabled = binning > 1;
        context.drawImage(picture, 0, 0, pw * binning, ph * binning);
      }
      const { scale, signed } = choices[choice], v = values(cells), limit = niceLimit(v);
      // q stays good where only ρ is below its detection limit (flag 2).
      const doubt = choice === "q" || choice === "stagger" ? ~2 : ~0;
      const a = head.lattice.a_px, b = head.lattice.b_px, opacity = $("opacity").value / 100;
      for (let n = 0; n < head.n; n++) {
        // Pixel (0, 0) has its centre at the origin; the canvas has its corner there.
        const x = cells.x[n] + 0.5, y = cells.y[n] + 0.5;
        const known = Number.isFinite(v[n]), hollow = cells.flags[n] & doubt || !known, half = hollow ? 0.38 : 0.46;
        context.beginPath();
        for (const [s, t] of [[-1, -1], [1, -1], [1, 1], [-1, 1]])
          context.lineTo(x + half * (s * a[0] + t * b[0]), y + half * (s * a[1] + t * b[1]));
        context.closePath();
        const [r, g, u] = known ? colour(scale, place(v[n], limit, signed)) : [150, 160, 170];
        if (hollow) {
          context.lineWidth = 0.8;
          context.strokeStyle = `rgba(${r},${g},${u},${Math.min(1, opacity + 0.25)})`;
          context.stroke();
        } else {
          context.fillStyle = `rgba(${r},${g},${u},${opacity})`;
          context.fill();
        }
      }
      if (cells.region && cells.wall) walls(cells, a, b, head.n);
      if (hovered !== null && hovered < head.n) ring(cells.x[hovered] + 0.5, cells.y[hovered] + 0.5, Math.hypot(a[0], a[1]) / 2);
      scaleBar(head, width, height);
      bar(v, limit, scale, signed, cells.flags.map(f => f & doubt));
    }
    // Where a cell has a neighbour of another region.
    function walls(cells, a, b, n) {
      const at = new Map(), label = (i, j) => cells.region[at.get(`${i},${j}`)] ?? -1;
      for (let k = 0; k < n; k++) if (cells.wall[k]) at.set(`${cells.i[k]},${cells.j[k]}`, k);
      context.beginPath();
      for (const k of at.values()) {
        const x = cells.x[k] + 0.5, y = cells.y[k] + 0.5, i = cells.i[k], j = cells.j[k];
        for (const [di, dj, s, t] of [[1, 0, b, a], [0, 1, a, b]]) {
          const other = label(i + di, j + dj);
          if (other < 0 || other === cells.region[k]) continue;
          context.moveTo(x + (t[0] - s[0]) / 2, y + (t[1] - s[1]) / 2);
          context.lineTo(x + (t[0] + s[0]) / 2, y + (t[1] + s[1]) / 2);
        }
      }
      context.lineWidth = 2;
      context.strokeStyle = "#ffd600";
      context.stroke();
    }
    function ring(x, y, radius) {
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.lineWidth = 1.5;
      context.strokeStyle = "#fff";
      context.stroke();
    }
    """#
}
