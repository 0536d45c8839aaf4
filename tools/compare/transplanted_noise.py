#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far q spreads by a micrograph's own noise, and what a model states: over many frames instead of one.

Cells of one frame share what they are read from, so that the spread of a hundred rests on some ten independent values. Here the micrograph is
taken apart into its crystal, whose cells are alike (its reflections, without those of a superlattice: q is zero), and the rest; the rest is
shifted by a random distance, every second time turned by 180 degrees as well, and laid over the crystal again. Every such frame has the noise
of the micrograph at other places of its cells. A superlattice that the micrograph has by itself stays in the rest and counts as noise.

Prints, for the micrograph, the crystal alone and the frames together: q's rms and the deviation that is stated for it (rms), and the alternating mean of q,
which a real tilt would have; for the frames its rms. And the range of rms over stated that nine frames of ten lie in.

  python3 tools/compare/transplanted_noise.py micrograph.tif --pixel-size 0.00932627 --model firmware-config/models/20mrad.safetensors

Needs numpy and Pillow. A quarter of a minute.
"""
import pathlib
import subprocess
import sys
import tempfile
import types

import numpy
from PIL import Image

import micrograph
import noise_spectrum

BORDER = 1  # the flag of cells that the edge of the image cuts


def more_options(parser):
    parser.add_argument("--model", help="as for `glazer infer`")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)


def reading(given, image, folder):
    """q, its stated deviation and the sign with which a tilt would alternate: of the cells inside the border."""
    path = pathlib.Path(folder) / "frame.tif"
    Image.fromarray(numpy.clip(image.round(), 0, 65535).astype("u2")).save(path)
    cells = micrograph.cells(types.SimpleNamespace(
        image=str(path), pixel_size=given.pixel_size, glazer=given.glazer, model=given.model))
    inside = [c for c in cells if not int(c["flags"]) & BORDER]
    q, sigma = (numpy.array([float(c[key]) for c in inside]) for key in ("q", "q_sigma"))
    return q, sigma, numpy.array([(-1) ** (int(c["i"]) + int(c["j"])) for c in inside])


def rms(values):
    return float(numpy.sqrt(numpy.mean(numpy.square(values))))


def main():
    given = micrograph.options(__doc__, more_options)
    image = numpy.array(Image.open(given.image)).astype(float)
    rest = noise_spectrum.without_crystal(image, noise_spectrum.lattice(micrograph.cells(given)))
    crystal = image - rest
    random = numpy.random.default_rng(given.seed)
    print("                       rms of q   stated   rms / stated   alternating mean")

    def line(name, q, sigma, mean):
        print(f"{name:20} {q:10.2f}° {sigma:7.2f}° {q / sigma:14.2f} {mean:17.2f}°")

    with tempfile.TemporaryDirectory() as folder:
        for name, frame in [("micrograph", image), ("crystal alone", crystal)]:
            q, sigma, sign = reading(given, frame, folder)
            line(name, rms(q), rms(sigma), float(numpy.mean(sign * q)))
        found = []
        for n in range(given.frames):
            shift = random.integers(rest.shape)
            laid = numpy.roll(rest[::-1, ::-1] if n % 2 else rest, shift, (0, 1))
            try:
                q, sigma, sign = reading(given, crystal + laid, folder)
            except subprocess.CalledProcessError:
                continue  # no lattice was found in it
            found.append((rms(q), rms(sigma), float(numpy.mean(sign * q))))
    if not found:
        sys.exit("no frame could be read")
    q, sigma, mean = map(numpy.array, zip(*found))
    line(f"{len(found)} frames", rms(q), rms(sigma), rms(mean))
    low, high = numpy.percentile(q / sigma, [5, 95])
    print(f"rms / stated of nine frames of ten: {low:.2f} to {high:.2f}; alternating means up to {abs(mean).max():.2f}°")


if __name__ == "__main__":
    main()
