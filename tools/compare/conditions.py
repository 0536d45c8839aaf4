#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which imaging conditions explain the mean cell of a micrograph of a crystal without tilts, and which tilt would under others.

Averages the cells of an image on the lattice that `glazer infer` found and fits simulated images of SrTiO3 to it: any blur, wider along
one direction or not, any shift, scale and offset, several thicknesses and defoci. What is left, in per cent of the contrast, is printed for
crystals without tilts and with 8 degrees about c, for several semi-angles with their detectors, and mistilts along x.

  python3 tools/compare/conditions.py micrograph.tif --pixel-size 0.00932627 --glazer .build/release/glazer

Needs numpy, scipy and Pillow. About ten minutes on one core.
"""
import itertools
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.optimize import least_squares

import micrograph

A_PC = 3.905  # Å, SrTiO3
CELL_A = (A_PC / 2**0.5, A_PC)
COLUMNS, ROWS = 16, 24  # samples of a cell along x = [110] and y = [001]
THICKNESSES_NM = [4, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30]
DEFOCUS_A = [-20, 0, 20]
# Semi-angle and detector, mrad.
CONDITIONS = [(20, (12, 20)), (25, (15, 25)), (30, (11, 30)), (30, (7.5, 30))]
MISTILTS_MRAD = [0, 2, 4, 6]
TILTS_DEG = [0, 8]


def mean_cell(path, cells):
    """The mean cell [y][x] on a smooth (quadratic) lattice through the B columns."""
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
    return pixels.reshape(-1, ROWS, pixels.shape[1] // COLUMNS, COLUMNS).mean((0, 2))


class Target:
    """A mean cell that images are fitted to."""

    def __init__(self, cell):
        k, h = numpy.meshgrid(numpy.fft.fftfreq(ROWS) * ROWS, numpy.fft.fftfreq(COLUMNS) * COLUMNS, indexing="ij")
        self.used = (k != 0) | (h != 0)
        self.h, self.k = h[self.used] / CELL_A[0], k[self.used] / CELL_A[1]
        self.wanted = numpy.fft.fft2(cell)[self.used]

    def misfit(self, image):
        """What is left after the best blur, shift and scale of `image` [y][x], as a share; infinite for inverted contrast."""
        given = numpy.fft.fft2(image)[self.used]

        def moved(p):
            (xx, yy, xy), (x, y) = p[:3], p[3:]
            blur = abs(xx) * self.h**2 + abs(yy) * self.k**2 + 2 * xy * self.h * self.k
            model = given * numpy.exp(-2 * numpy.pi**2 * blur - 2j * numpy.pi * (self.h * x + self.k * y))
            return model, (model.conj() * self.wanted).sum().real / (abs(model) ** 2).sum()

        def residual(p):
            model, scale = moved(p)
            rest = (scale * model - self.wanted) / numpy.linalg.norm(self.wanted)
            return numpy.concatenate([rest.real, rest.imag])

        # From the shift of the largest correlation.
        product = numpy.zeros((ROWS, COLUMNS), complex)
        product[self.used] = self.wanted * given.conj()
        correlation = numpy.fft.ifft2(product).real
        y, x = numpy.unravel_index(correlation.argmax(), correlation.shape)
        y, x = (y + ROWS // 2) % ROWS - ROWS // 2, (x + COLUMNS // 2) % COLUMNS - COLUMNS // 2
        best = least_squares(residual, [0.1, 0.1, 0, x * CELL_A[0] / COLUMNS, y * CELL_A[1] / ROWS])
        return numpy.linalg.norm(best.fun) if moved(best.x)[1] > 0 else numpy.inf


def simulate(glazer, folder, tilt, semiangle, defocus, detector, mistilt):
    """Mean cells [thickness][y][x] of SrTiO3 with atoms in motion at 293 K."""
    output = pathlib.Path(folder) / "images.npy"
    subprocess.run(
        [glazer, "simulate", "--material", "SrTiO3", "--temperature", "293", "--configurations", "2", "--tilt", f"0,0,{tilt}",
         "--semiangle", str(semiangle), f"--defocus={defocus}", "--detector", f"{detector[0]},{detector[1]}",
         f"--mistilt={mistilt},0", "--thickness", ",".join(map(str, THICKNESSES_NM)), "--scan",
         f"{2 * COLUMNS},{2 * ROWS}", "--output", str(output)], check=True, capture_output=True)
    images = numpy.load(output).reshape(len(THICKNESSES_NM), 2, COLUMNS, 2, ROWS)
    return images.mean((1, 3)).swapaxes(1, 2)


def best(glazer, folder, target, tilt, semiangle, detector, mistilt):
    """The least misfit over defocus and thickness, and where it is."""
    return min(
        (target.misfit(image), defocus, nm) for defocus in DEFOCUS_A
        for image, nm in zip(simulate(glazer, folder, tilt, semiangle, defocus, detector, mistilt), THICKNESSES_NM))


def main():
    options = micrograph.options(__doc__)
    target = Target(mean_cell(options.image, micrograph.cells(options)))
    with tempfile.TemporaryDirectory() as folder:
        print("semi-angle       detector  mistilt  tilt about c  defocus  thickness  left of the contrast")
        for (semiangle, detector), mistilt, tilt in itertools.product(CONDITIONS, MISTILTS_MRAD, TILTS_DEG):
            share, defocus, nm = best(options.glazer, folder, target, tilt, semiangle, detector, mistilt)
            print(f"{semiangle:5.1f} mrad  {detector[0]:4.1f}-{detector[1]:4.1f} mrad  {mistilt:2d} mrad  {tilt:10d} °"
                  f"  {defocus:5d} Å  {nm:6d} nm  {100 * share:6.1f} %", flush=True)


if __name__ == "__main__":
    main()
