#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left of a micrograph without its crystal, by spatial frequency: is its noise that of electrons alone?

Takes off the crystal (its reflections on the lattice that `glazer infer` found, each with an amplitude that varies slowly over the image)
and prints the power of the rest. Shot noise has the same power at every frequency, one over the dose; films have more where grains are
coarse, a slow detector less along the scan.

  python3 tools/compare/noise_spectrum.py micrograph.tif --pixel-size 0.00932627 --glazer .build/release/glazer

Needs numpy and Pillow. Seconds.
"""
import itertools

import numpy
from PIL import Image

import micrograph

REFLECTIONS = 3, 4  # largest orders along [110] and [001]
BANDS = [0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0]  # 1/Å


def lattice(cells):
    """Reciprocal vectors [2][x, y], cycles a pixel, of the straight lattice through the B columns."""
    i, j, x, y = (numpy.array([float(c[key]) for c in cells]) for key in ("i", "j", "x", "y"))
    design = numpy.stack([numpy.ones_like(i), i, j], -1)
    steps = numpy.stack([numpy.linalg.lstsq(design, v, rcond=None)[0][1:] for v in (x, y)], -1)
    return numpy.linalg.inv(steps).T


def without_crystal(image, reciprocal):
    height, width = image.shape
    y, x = numpy.mgrid[:height, :width]
    u, v = (x / width - 0.5).ravel(), (y / height - 0.5).ravel()
    slow = [u**0, u, v, u * u, u * v, v * v]
    waves = [numpy.ones(image.size)]
    largest = [range(-n, n + 1) for n in REFLECTIONS]
    for order in itertools.product(*largest):
        if order > (0, 0):
            phase = 2 * numpy.pi * (numpy.array(order) @ reciprocal @ numpy.stack([x.ravel(), y.ravel()]))
            waves += [numpy.cos(phase), numpy.sin(phase)]
    design = numpy.stack([w * s for w in waves for s in slow], -1).astype("f4")
    pixels = image.ravel().astype("f4")
    factors = numpy.linalg.lstsq(design.T @ design, design.T @ pixels, rcond=None)[0]
    return (pixels - design @ factors).reshape(image.shape)


def main():
    options = micrograph.options(__doc__)
    reciprocal = lattice(micrograph.cells(options))
    image = numpy.array(Image.open(options.image)).astype(float)
    rest = without_crystal(image, reciprocal)
    print(f"left without the crystal: {100 * rest.std() / image.std():.1f} % of the image's standard deviation")

    window = numpy.outer(numpy.hanning(image.shape[0]), numpy.hanning(image.shape[1]))
    pixel = 10 * float(options.pixel_size)
    power = abs(numpy.fft.fft2(rest * window)) ** 2 / (window**2).sum() * (pixel / image.mean()) ** 2
    ky, kx = (numpy.fft.fftfreq(n, pixel) for n in image.shape)
    k = numpy.hypot(ky[:, None], kx)
    print("  frequency, 1/Å   power, Å²   dose of such noise, e/Å²   along + and - diagonal")
    for low, high in itertools.pairwise(BANDS):
        band = (k >= low) & (k < high)
        rising = kx * ky[:, None] > 0
        mean = power[band].mean()
        print(f"     {low:.1f} to {high:.1f}      {mean:.1e}     {1 / mean:20.1e}       "
              f"{power[band & rising].mean():.1e}, {power[band & ~rising].mean():.1e}")


if __name__ == "__main__":
    main()
