// SPDX-License-Identifier: GPL-3.0-or-later

/// The one page that `glazer view` serves. A string and not a resource, so that an installed binary needs no files beside
/// it; it loads nothing from anywhere.
///
/// The page asks for the newest state by sending any text over the WebSocket and draws what comes: a slow browser sees
/// fewer frames, never late ones. A reply packs wire messages as they are (`ViewBundle`).
enum ViewPage {
  static let html = #"""
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>glazer</title>
    <link rel="icon" href="data:,">
    <style>
      :root { --ground: #11151a; --panel: #191f26; --line: #2a323c; --text: #dfe6ee; --dim: #8a97a6; --accent: #6fb7ff; }
      * { box-sizing: border-box; }
      html, body { margin: 0; height: 100%; background: var(--ground); color: var(--text);
        font: 14px/1.45 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
      body { display: grid; grid-template-columns: minmax(0, 1fr) 340px; }
      main { position: relative; min-width: 0; display: flex; align-items: center; justify-content: center; padding: 16px; }
      canvas#view { max-width: 100%; max-height: calc(100vh - 32px); border-radius: 6px; background: #000;
        box-shadow: 0 0 0 1px var(--line); }
      #hint { position: absolute; color: var(--dim); font-size: 16px; }
      aside { background: var(--panel); border-left: 1px solid var(--line); padding: 18px 20px; overflow-y: auto;
        display: flex; flex-direction: column; gap: 18px; }
      header { display: flex; align-items: baseline; justify-content: space-between; }
      h1 { font-size: 20px; font-weight: 650; letter-spacing: .02em; margin: 0; }
      h2 { font-size: 11px; font-weight: 600; letter-spacing: .09em; text-transform: uppercase; color: var(--dim);
        margin: 0 0 7px; }
      .pill { font-size: 12px; font-weight: 600; padding: 2px 10px; border-radius: 20px; background: #39424d; }
      .pill.locked { background: #1d5c3a; color: #a6f0c6; }
      .pill.lost, .pill.offline { background: #6b2a2a; color: #ffc4c4; }
      .pill.searching, .pill.waiting { background: #63501c; color: #ffe6a3; }
      .choices { display: grid; grid-template-columns: repeat(6, 1fr); gap: 4px; }
      .choices button { all: unset; cursor: pointer; text-align: center; padding: 5px 0; border-radius: 5px;
        background: #242c35; color: var(--text); font-size: 15px; }
      .choices button:focus-visible { outline: 2px solid var(--accent); }
      .choices button.on { background: var(--accent); color: #08111c; font-weight: 650; }
      #explain { color: var(--dim); font-size: 12px; margin-top: 7px; min-height: 3em; }
      canvas#bar { width: 100%; height: 74px; display: block; }
      dl { margin: 0; display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; }
      dt { color: var(--dim); }
      dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
      .big { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
      .big div { background: #20272f; border-radius: 7px; padding: 9px 12px; }
      .big b { display: block; font-size: 23px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.2; }
      .big span { color: var(--dim); font-size: 12px; }
      #stages { display: flex; height: 9px; border-radius: 5px; overflow: hidden; background: #20272f; margin: 8px 0 6px; }
      #stages i { display: block; height: 100%; }
      #stagekey { color: var(--dim); font-size: 12px; display: flex; flex-wrap: wrap; gap: 2px 12px; }
      #stagekey em { font-style: normal; display: inline-block; width: 9px; height: 9px; border-radius: 2px;
        margin-right: 5px; }
      #tip { position: fixed; pointer-events: none; display: none; background: #0b0e12ee; border: 1px solid var(--line);
        border-radius: 6px; padding: 8px 11px; font-size: 12px; font-variant-numeric: tabular-nums; white-space: pre; }
      label { color: var(--dim); font-size: 12px; display: flex; align-items: center; gap: 8px; margin-top: 8px; }
      input[type=range] { flex: 1; accent-color: var(--accent); }
      #event { color: #ffd9a0; font-size: 12px; overflow-wrap: anywhere; }
      @media (max-width: 760px) { body { grid-template-columns: 1fr; } aside { border: 0; } }
    </style>
    <main><canvas id="view" width="16" height="16" hidden></canvas><div id="hint">waiting for frames…</div></main>
    <aside>
      <header><h1>glazer</h1><span id="state" class="pill waiting">waiting</span></header>
      <section>
        <h2>Colour</h2>
        <div class="choices" id="choices"></div>
        <div id="explain"></div>
        <canvas id="bar"></canvas>
        <label>opacity <input id="opacity" type="range" min="0" max="100" value="62"></label>
      </section>
      <section class="big">
        <div><b id="rate">–</b><span>overlays / s</span></div>
        <div><b id="latency">–</b><span>ms latency</span></div>
      </section>
      <section><h2>Where the time goes</h2><div id="stages"></div><div id="stagekey"></div></section>
      <section><h2>Cells</h2><dl>
        <dt>B columns</dt><dd id="n">–</dd><dt>flagged</dt><dd id="flagged">–</dd>
        <dt>mean |q|</dt><dd id="meanq">–</dd><dt>median ρ</dt><dd id="medrho">–</dd></dl></section>
      <section><h2>Regions</h2><dl id="regions"></dl></section>
      <section><h2>Frame</h2><dl>
        <dt>source</dt><dd id="source">–</dd><dt>series</dt><dd id="series">–</dd><dt>frame</dt><dd id="frame">–</dd>
        <dt>image</dt><dd id="image">–</dd><dt>lattice</dt><dd id="lattice">–</dd><dt>model</dt><dd id="model">–</dd>
        </dl></section>
      <section><h2>Input</h2><dl>
        <dt>received</dt><dd id="received">–</dd><dt>lost on the way (gap)</dt><dd id="gap">–</dd>
        <dt>skipped, newer came</dt><dd id="skipped">–</dd><dt>rejected</dt><dd id="rejected">–</dd></dl></section>
      <section id="event"></section>
    </aside>
    <div id="tip"></div>
    <script>
    "use strict";
    const $ = id => document.getElementById(id);
    const text = (id, value) => { $(id).textContent = value; };
    const number = (v, digits = 2) => Number.isFinite(v) ? v.toFixed(digits) : "–";

    // ---- what can be shown
    const diverging = [[33,71,140],[74,133,196],[168,205,229],[240,240,236],[241,186,150],[207,96,74],[133,22,40]];
    const sequential = [[20,14,54],[75,12,107],[131,38,103],[187,55,84],[229,92,48],[251,155,6],[247,209,61],[252,255,164]];
    const choices = {
      q: { label: "q", scale: diverging, limit: 10, signed: true,
        explain: "Turn about the beam; positive is clockwise. It alternates between neighbours: a checkerboard. Hollow: flagged." },
      stagger: { label: "±q", scale: diverging, limit: 10, signed: true,
        explain: "q times (−1)^(i+j): the alternation taken out, so that domains show as areas. Hollow: flagged." },
      rho: { label: "ρ", scale: sequential, limit: 12, signed: false,
        explain: "Size of the tilt that splits the oxygen columns. Hollow where it is below the detection limit." },
      alpha: { label: "α", scale: diverging, limit: 10, signed: true,
        explain: "Turn about pseudo-cubic a. (−β, −α, −γ) fits the image equally well." },
      beta: { label: "β", scale: diverging, limit: 10, signed: true,
        explain: "Turn about pseudo-cubic b. (−β, −α, −γ) fits the image equally well." },
      gamma: { label: "γ", scale: diverging, limit: 10, signed: true,
        explain: "Turn about pseudo-cubic c. (−β, −α, −γ) fits the image equally well." },
    };
    let choice = choices[location.hash.slice(1)] ? location.hash.slice(1) : "stagger";
    for (const key in choices) {
      const button = document.createElement("button");
      button.textContent = choices[key].label;
      button.dataset.key = key;
      button.onclick = () => { choice = key; history.replaceState(null, "", "#" + key); showChoice(); draw(); };
      $("choices").append(button);
    }
    function showChoice() {
      for (const b of $("choices").children) b.classList.toggle("on", b.dataset.key === choice);
      text("explain", choices[choice].explain);
    }
    function values(cells) {
      if (choice !== "stagger") return cells[choice];
      return cells.q.map((q, n) => (cells.i[n] + cells.j[n]) & 1 ? -q : q);
    }
    function colour(scale, t) {
      t = Math.min(1, Math.max(0, t)) * (scale.length - 1);
      const k = Math.min(scale.length - 2, Math.floor(t)), f = t - k;
      return scale[k].map((c, m) => Math.round(c + f * (scale[k + 1][m] - c)));
    }
    const place = (value, limit, signed) => signed ? 0.5 + value / (2 * limit) : value / limit;

    // ---- wire: u32 messages, each u32 parts, each u32 length and bytes padded to 8
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

    // ---- state
    let shown = null, hovered = null, rateFrom = null;
    function take(messages) {
      let overlay = null, drawn = null, preview = null, now = performance.now();
      for (const m of messages) {
        if (m.topic === "status") showStatus(m.head);
        if (m.topic === "event") text("event", m.head.message + (m.head.count > 1 ? ` (${m.head.count} times)` : ""));
        if (m.topic === "overlay") { drawn = overlay ?? m; overlay = m; }
        if (m.topic === "preview") preview = m;
      }
      if (!overlay) return;
      showOverlay(overlay.head, cellsOf(overlay));
      // With a preview, the first overlay is the one of the same frame and the last the newest. Where previews do not come,
      // cells are drawn alone.
      if (!preview && shown?.preview && now - shown.at < 2000) return;
      shown = { head: drawn.head, cells: cellsOf(drawn), preview, at: now };
      draw();
    }
    function showOverlay(head, cells) {
      // By the agent's clock: a page that is drawn seldom still tells the agent's rate.
      const at = head.time_ns.published / 1e9;
      if (!rateFrom || rateFrom.run !== head.run || at - rateFrom.at > 5 || at < rateFrom.at) rateFrom = { run: head.run, seq: head.seq, at };
      if (at - rateFrom.at > 1) {
        text("rate", number((head.seq - rateFrom.seq) / (at - rateFrom.at), 1));
        rateFrom = { run: head.run, seq: head.seq, at };
      }
      const t = head.time_ns;
      text("latency", number((t.published - t.received) / 1e6, 1));
      showStages([["wait", t.started - t.received, "#6b7684"], ["register", t.registered - t.started, "#6fb7ff"],
        ["infer", t.inferred - t.registered, "#ffb454"], ["publish", t.published - t.inferred, "#9be28f"]]);
      const flagged = cells.flags.reduce((sum, f) => sum + (f ? 1 : 0), 0);
      const rho = Array.from(cells.rho).filter(Number.isFinite).sort((a, b) => a - b);
      const q = Array.from(cells.q).filter(Number.isFinite);
      text("n", head.n);
      text("flagged", `${flagged} (${number(100 * flagged / Math.max(1, head.n), 0)} %)`);
      text("meanq", number(q.reduce((s, v) => s + Math.abs(v), 0) / Math.max(1, q.length)) + "°");
      text("medrho", number(rho[rho.length >> 1]) + "°");
      showRegions(head.regions);
      text("source", head.source);
      text("series", head.series ?? "–");
      text("frame", head.frame);
      const image = head.image;
      text("image", `${image.shape[1]} × ${image.shape[0]}` + (image.pixel_size_nm ? `, ${number(image.pixel_size_nm * 1000, 2)} pm/px` : ""));
      const l = head.lattice, length = v => Math.hypot(v[0], v[1]);
      text("lattice", `${number(length(l.a_px))} × ${number(length(l.b_px))} px, ±${number(l.residual_px)}`);
      text("model", head.model.name);
      $("model").title = head.model.sha256;
    }
    function showRegions(regions) {
      $("regions").replaceChildren(...(regions ?? []).slice(0, 8).flatMap((r, n) => {
        const name = document.createElement("dt"), value = document.createElement("dd");
        name.textContent = `${String.fromCharCode(65 + n)}, ${r.cells} cells`;
        value.textContent = r.told ? `${r.senses} ${r.symbol}` : `${r.senses} or ${r.senses_runner_up}`;
        value.title = `senses ${number(r.senses_probability, 3)}, symbol ${number(r.probability)}, next ${r.runner_up}\n` +
          `α ${number(r.alpha, 1)} ± ${number(r.alpha_sigma, 1)}°, β ${number(r.beta, 1)}°, γ ${number(r.gamma, 1)} ± ${number(r.gamma_sigma, 1)}°`;
        return [name, value];
      }));
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
    function showStages(stages) {
      const total = stages.reduce((s, [, v]) => s + Math.max(0, v), 0) || 1;
      $("stages").replaceChildren(...stages.map(([, v, c]) => {
        const bar = document.createElement("i");
        bar.style.cssText = `width:${100 * Math.max(0, v) / total}%;background:${c}`;
        return bar;
      }));
      $("stagekey").replaceChildren(...stages.map(([name, v, c]) => {
        const key = document.createElement("span"), dot = document.createElement("em");
        dot.style.background = c;
        key.append(dot, `${name} ${number(v / 1e6, 1)}`);
        return key;
      }));
    }
    function showStatus(s) {
      text("state", s.state);
      $("state").className = "pill " + s.state;
      // Until two overlays have told the rate themselves.
      if ($("rate").textContent === "–" && s.frames_per_s > 0) text("rate", number(s.frames_per_s, 1));
      text("received", s.input.received);
      text("gap", s.input.gap);
      text("skipped", s.input.skipped);
      const reasons = Object.entries(s.input.rejected).filter(([, n]) => n > 0);
      text("rejected", reasons.length ? reasons.map(([r, n]) => `${n} ${r.replaceAll("_", " ")}`).join(", ") : "0");
    }

    // ---- drawing
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
    function ring(x, y, radius) {
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.lineWidth = 1.5;
      context.strokeStyle = "#fff";
      context.stroke();
    }
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

    // ---- the cell under the pointer
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

    // ---- connection: ask, draw, ask again
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
    </script>
    """#
}
