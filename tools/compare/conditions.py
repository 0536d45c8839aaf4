#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which imaging conditions explain the mean cell of a micrograph of a crystal without tilts, and which tilt would under others.

Averages the cells of an image on the lattice that `glazer infer` found, takes the part that is symmetric in x and y (mistilt and coma make
the rest), and fits simulated images to it: any blur along x and along y, any scale and offset. What is left, in per cent of the
contrast, is printed for SrTiO3 without tilts under several semi-angles and detectors, and for tilts about c under 30 mrad.

  python3 tools/compare/conditions.py micrograph.tif --pixel-size 0.00932627 --glazer .build/release/glazer

Needs numpy, scipy and Pillow. About five minutes on one core.
"""
import argparse
import csv
import itertools
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.optimize import least_squares

A_PC = 3.905  # Å, SrTiO3
COLUMNS, ROWS = 16, 24  # samples of a cell along x = [110] and y = [001]
THICKNESSES_NM = [4, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30]
DEFOCUS_A = [-40, -20, 0, 20, 40]
# In units of the semi-angle.
DETECTORS = [(0.367, 1), (0.5, 1), (0.367, 0.8), (0.5, 1.2), (0.25, 1), (0.6, 1)]


def mean_cell(path, cells):
    """The mean cell [y][x] on a smooth (quadratic) lattice through the B columns, symmetric in x and y."""
    image = gaussian_filter(numpy.array(Image.open(path)).astype(float), 0.6)
    i, j, x, y = (numpy.array([float(c[key]) for c in cells]) for key in ("i", "j", "x", "y"))

    def powers(i, j):
        return numpy.stack([numpy.ones_like(i), i, j, i * i, i * j, j * j], -1)

    fits = [numpy.linalg.lstsq(powers(i, j), v, rcond=None)[0] for v in (y, x)]
    u = numpy.arange(int(i.max() - i.min()) * COLUMNS) / COLUMNS + i.min()
    v = numpy.arange(int(j.max() - j.min()) * ROWS) / ROWS + j.min()
    v, u = numpy.meshgrid(v, u, indexing="ij")
    places = [powers(u, v) @ fit for fit in fits]
    pixels = map_coordinates(image, places, order=1, mode="nearest")
    pixels /= gaussian_filter(pixels, (ROWS, COLUMNS))
    cell = pixels.reshape(-1, ROWS, pixels.shape[1] // COLUMNS, COLUMNS).mean((0, 2))
    mirrored = numpy.roll(cell[:, ::-1], 1, 1)
    cell = (cell + mirrored) / 2
    return (cell + numpy.roll(cell[::-1], 1, 0)) / 2


def misfit(target, image):
    """What is left of `target` after the best blurs, scale and offset of `image` (both [y][x]), as a share; infinite for inverted contrast."""
    k, h = numpy.meshgrid(numpy.fft.fftfreq(ROWS) * ROWS / A_PC, numpy.fft.fftfreq(COLUMNS) * COLUMNS / A_PC * 2**0.5,
                          indexing="ij")
    used = (k != 0) | (h != 0)
    wanted, given = (numpy.fft.fft2(values)[used] for values in (target, image))
    square = (k[used] ** 2, h[used] ** 2)

    def blurred(p):
        model = given * numpy.exp(-2 * numpy.pi**2 * (abs(p[0]) * square[0] + abs(p[1]) * square[1]))
        return model, (model.conj() * wanted).sum().real / (abs(model) ** 2).sum()

    def residual(p):
        model, scale = blurred(p)
        rest = (scale * model - wanted) / numpy.linalg.norm(wanted)
        return numpy.concatenate([rest.real, rest.imag])

    best = least_squares(residual, [0.1, 0.1])
    return numpy.linalg.norm(best.fun) if blurred(best.x)[1] > 0 else numpy.inf


def simulate(glazer, folder, tilt, semiangle, defocus, detectors):
    """Mean cells [detector][thickness][y][x] of SrTiO3 with atoms in motion at 293 K."""
    output = pathlib.Path(folder) / "images.npy"
    command = [glazer, "simulate", "--material", "SrTiO3", "--temperature", "293", "--configurations", "3",
               "--tilt", f"0,0,{tilt}", "--semiangle", str(semiangle), f"--defocus={defocus}",
               "--thickness", ",".join(map(str, THICKNESSES_NM)), "--scan", f"{2 * COLUMNS},{2 * ROWS}",
               "--output", str(output)]
    for inner, outer in detectors:
        command += ["--detector", f"{inner * semiangle:.1f},{outer * semiangle:.1f}"]
    subprocess.run(command, check=True, capture_output=True)
    images = numpy.load(output).reshape(len(detectors), len(THICKNESSES_NM), 2, COLUMNS, 2, ROWS)
    return images.mean((2, 4)).swapaxes(2, 3)


def best(glazer, folder, target, tilt, semiangle, detectors):
    """The least misfit over defocus, detector and thickness, and where it is."""
    found = []
    for defocus in DEFOCUS_A:
        images = simulate(glazer, folder, tilt, semiangle, defocus, detectors)
        for (d, detector), (t, nm) in itertools.product(enumerate(detectors), enumerate(THICKNESSES_NM)):
            found.append((misfit(target, images[d, t]), defocus, detector, nm))
    return min(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image")
    parser.add_argument("--pixel-size", required=True, help="nm")
    parser.add_argument("--glazer", default=".build/release/glazer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "cells.csv"
        subprocess.run([options.glazer, "infer", options.image, "--pixel-size", options.pixel_size, "--csv", str(table)],
                       check=True, capture_output=True)
        with open(table, newline="") as file:
            target = mean_cell(options.image, list(csv.DictReader(file)))
        runs = [(0, semiangle, DETECTORS) for semiangle in (20, 22.5, 25, 27.5, 30)]
        runs += [(tilt, 30, DETECTORS[:1]) for tilt in (0, 3, 6, 9)]
        print("tilt about c  semi-angle      detector  defocus  thickness  left of the contrast")
        for tilt, semiangle, detectors in runs:
            share, defocus, (inner, outer), nm = best(options.glazer, folder, target, tilt, semiangle, detectors)
            print(f"{tilt:10d} °  {semiangle:5.1f} mrad  {inner * semiangle:4.1f}-{outer * semiangle:4.1f}"
                  f" mrad  {defocus:5d} Å  {nm:6d} nm  {100 * share:6.1f} %", flush=True)


if __name__ == "__main__":
    main()
