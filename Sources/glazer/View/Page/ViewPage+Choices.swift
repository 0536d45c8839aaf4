// SPDX-License-Identifier: GPL-3.0-or-later

extension ViewPage {
  /// Script: what can be shown, with colours and words.
  static let choices = #"""
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
    """#
}
