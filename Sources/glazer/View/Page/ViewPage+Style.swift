// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Dark, one column of panels at the right; one column in all on narrow screens.
  static let style = #"""
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
    """#
}
