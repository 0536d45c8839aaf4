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
    \#(style)
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
    \#(choices)
    \#(wire)
    \#(panel)
    \#(drawing)
    \#(legend)
    \#(pointer)
    \#(connection)
    </script>
    """#
}
