#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reading is worth that sees less: errors of q and of the split, and the blur of a domain wall, against the context.

Simulated scans over two tilt domains with a sharp wall (`glazer synthesize`, 0.7 A source, 1e5 e/A2) are cut into B columns with their
surroundings; what lies farther from a column than the context is taken out as missing, and `glazer-infer` reads what is left. The network was
trained with patches that an edge cuts along x, along y or both, not with windows: one that was trained for a small context may do better.

  python3 tools/compare/context.py --glazer .build/release/glazer --model firmware-config/models/default.safetensors

Needs numpy and Pillow. A quarter of a minute.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image

TILTS = [((6, 1, -5), (-5, 2, 4)), ((8, 2, -4), (1, 6, 3)), ((-7, 3, 5), (4, -2, -6)), ((2, 7, 4), (7, -1, 5)), ((-3, 6, -6), (6, 4, 3))]
CONTEXTS = [(1.5, 1.5), (2.0, 2.0), (2.5, 2.5), (3.0, 3.0), (3.7, 3.1)]  # columns along [110] and [001]; the last is all the network sees
CLEAR = 12.0  # Å from the wall: no reading sees the other side


def simulate(given, folder, number):
    path = folder / f"{number}.tif"
    one, two = (",".join(map(str, tilt)) for tilt in TILTS[number])
    subprocess.run([given.glazer, "synthesize", "--output", str(path), "--frames", "1", "--dose", "1e5", "--jitter", "0", "--wall-width", "0",
                    "--wall-angle", "0", "--rotation", "0", "--seed", str(number), f"--tilt={one}", f"--tilt2={two}"],
                   check=True, capture_output=True)
    return numpy.array(Image.open(path)).astype("f4"), json.loads((folder / f"{number}.truth.json").read_text())


def cut(image, lattice, column, shape):
    """The surroundings of a column [rows][columns], resampled along the lattice; NaN beyond the image."""
    origin, a, b = (numpy.array([lattice[key]["x"], lattice[key]["y"]]) for key in ("origin", "a", "b"))
    u = (numpy.arange(shape["columns"]) - shape["column_x"]) / shape["pixels_per_a"]
    v = (numpy.arange(shape["rows"]) - shape["column_y"]) / shape["pixels_per_b"]
    centre = origin + column[0] * a + column[1] * b
    place = centre + u[None, :, None] * a + v[:, None, None] * b
    x, y = place[..., 0], place[..., 1]
    left, top = numpy.floor(x).astype(int), numpy.floor(y).astype(int)
    inside = (left >= 0) & (top >= 0) & (left < image.shape[1] - 1) & (top < image.shape[0] - 1)
    left, top = numpy.where(inside, left, 0), numpy.where(inside, top, 0)
    f, g = x - left, y - top
    value = ((1 - g) * ((1 - f) * image[top, left] + f * image[top, left + 1])
             + g * ((1 - f) * image[top + 1, left] + f * image[top + 1, left + 1]))
    return numpy.where(inside, value, numpy.nan).astype("f4"), u, v, centre


def read(given, cells, folder):
    path = folder / "cells.npy"
    numpy.save(path, cells)
    text = subprocess.run([given.infer, given.model, str(path)], check=True, capture_output=True, text=True).stdout
    rows = list(csv.DictReader(text.splitlines()))
    return {key: numpy.array([float(row[key]) for row in rows]) for key in ("q", "c", "s")}


def blur(q, truth):
    """Å between 16 and 84 % of the step of q at a wall: from means over columns by their distance from it, made to rise."""
    share = (q - truth["one"]) / (truth["two"] - truth["one"])
    edges = numpy.arange(-CLEAR, CLEAR + 0.1, 0.8)
    middles = (edges[1:] + edges[:-1]) / 2
    own = [(truth["distance"] >= low) & (truth["distance"] < high) for low, high in zip(edges, edges[1:])]
    middles = middles[[mask.any() for mask in own]]
    rising = numpy.maximum.accumulate([share[mask].mean() for mask in own if mask.any()])
    return float(numpy.interp(0.84, rising, middles) - numpy.interp(0.16, rising, middles))


def columns_of(given, folder, number, shape):
    """The columns of a scan whose surroundings are whole: cells [n][rows][columns], and what is true of them."""
    image, report = simulate(given, folder, number)
    lattice, pixel = report["frames"][0]["lattice"], 10 * report["scan"]["pixelSizeNm"]
    side = [(alpha - beta) / 2 ** 0.5 for alpha, beta, _ in TILTS[number]]
    cells, rows = [], []
    for column in report["columns"]:
        cell, u, v, centre = cut(image, lattice, (column["i"], column["j"]), shape)
        if numpy.isnan(cell).any():
            continue
        alpha, beta, gamma = column["tilt_deg"]
        p, sign = (alpha + beta) / 2 ** 0.5, (-1) ** (column["i"] + column["j"])
        rho = numpy.hypot(p, gamma)
        cells.append(cell)
        rows.append(dict(q=(alpha - beta) / 2 ** 0.5, c=(p * p - gamma * gamma) / rho, s=2 * p * gamma / rho,
                         one=sign * side[0], two=sign * side[1], second=column["second_share"] > 0.5, x=centre[0] * pixel))
    truth = {key: numpy.array([row[key] for row in rows]) for key in rows[0]}
    # The wall stands upright between the sides.
    wall = (truth["x"][truth["second"]].min() + truth["x"][~truth["second"]].max()) / 2
    truth["distance"] = truth["x"] - wall
    return cells, truth, u, v


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glazer", default=".build/release/glazer")
    parser.add_argument("--model", default="firmware-config/models/default.safetensors")
    given = parser.parse_args()
    given.infer = str(pathlib.Path(given.glazer).with_name("glazer-infer"))
    shape = json.loads(subprocess.run([given.infer, given.model, "--describe"], check=True, capture_output=True, text=True).stdout)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        scans = [columns_of(given, folder, number, shape) for number in range(len(TILTS))]
        cells = numpy.array([cell for scan in scans for cell in scan[0]])
        truth = {key: numpy.concatenate([scan[1][key] for scan in scans]) for key in scans[0][1]}
        u, v = scans[0][2:]
        clear = numpy.abs(truth["distance"]) > CLEAR
        print(f"{len(cells)} columns, {clear.sum()} of them more than {CLEAR:g} Å from a wall")
        print("context, columns    rms error of q     c     s, degrees    16 to 84 % of a step of q")
        for across, along in CONTEXTS:
            seen = (numpy.abs(u) <= across / 2)[None, :] & (numpy.abs(v) <= along / 2)[:, None]
            left = cells if (across, along) == CONTEXTS[-1] else numpy.where(seen, cells, numpy.nan).astype("f4")
            got = read(given, left, folder)
            q, c, s = (numpy.sqrt(numpy.mean((got[key] - truth[key])[clear] ** 2)) for key in ("q", "c", "s"))
            print(f"{across:10.1f} × {along:.1f} {q:19.2f}° {c:5.2f}° {s:5.2f}° {blur(got['q'], truth):22.1f} Å")


if __name__ == "__main__":
    main()
