// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Script: the newest overlay, and the figures beside the picture.
  static let panel = #"""
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
    """#
}
