#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Positions of B columns and CPU time: Atomap against glazer, on one core, interleaved, on the same images.

    python3 -m venv /tmp/atomap && /tmp/atomap/bin/pip install atomap==0.4.2
    swift build -c release --product glazer
    /tmp/atomap/bin/python tools/compare/atomap.py --glazer .build/release/glazer

Simulated images: `glazer synthesize`, SrTiO3 of 10 nm, 352 x 352 pixels of 0.02 nm, drift and line jitter, at three doses. The truth
is where the columns stand, drift within the frame included, jitter of lines not. The real image: an ABF micrograph of
SrTiO3 along [110] (`--real`; by default ../shared/realdata/images/test_ABF_cropped.u16.tif, left out where it is not there). It
has no truth.

Atomap, as its documentation proceeds: the image inverted (columns are dark), `get_atom_positions`, the columns nearest to the B
columns as a `Sublattice` (which they are it is told: from the truth, on the real image from glazer), `find_nearest_neighbors`,
refinement by centre of mass, then by 2-D Gaussians. The separation is the best of a few, chosen by the error at each dose, or
on the real image by the scatter; only the chosen one is timed.
glazer: `glazer register`; the B columns of its lattice.

Compared are
- rms distance of the B columns from the truth, pixels;
- `affine`: Atomap's positions replaced by the lattice that fits them best (least squares), so that a lattice is held against a
  lattice;
- `scatter`: rms distance of single columns from the best lattice of the same program (glazer's `residual_px`);
- CPU seconds: of Atomap's steps from the array in memory to the last position, imports and reading not counted; of glazer's
  whole process, reading and writing counted. Atomap's imports take seconds; the start of glazer (`glazer --version`, `start`) is
  taken off before the ratio is formed.

Exits 69 when Atomap or glazer is missing, 1 when glazer's positions are farther from the truth or less than 50 times as fast.
"""
import argparse
import contextlib
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

for name in ["OMP", "OPENBLAS", "MKL", "NUMBA"]:
    os.environ[f"{name}_NUM_THREADS"] = "1"
os.environ.setdefault("MPLBACKEND", "Agg")
# Python looks beside the script first, where "atomap" is this file.
sys.path = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]

DOSES = ["1e4", "1e5", "1e6"]
MARGIN_PX = 20
REQUIRED_RATIO = 50


def lattice_positions(lattice, shape, margin=MARGIN_PX):
    """B columns of a lattice (origin, a, b as [x, y]) at least `margin` pixels inside an image."""
    import numpy
    origin, a, b = (numpy.array(lattice[key]) for key in ("origin", "a", "b"))
    height, width = shape
    corners = numpy.array([[0, 0], [width, 0], [0, height], [width, height]]) - origin
    indices = numpy.linalg.solve(numpy.array([a, b]).T, corners.T)
    low, high = numpy.floor(indices.min(1)).astype(int), numpy.ceil(indices.max(1)).astype(int)
    i, j = numpy.meshgrid(numpy.arange(low[0], high[0] + 1), numpy.arange(low[1], high[1] + 1))
    points = origin + i.reshape(-1, 1) * a + j.reshape(-1, 1) * b
    inside = ((points >= margin) & (points <= numpy.array([width, height]) - 1 - margin)).all(1)
    return points[inside], numpy.stack([i.reshape(-1), j.reshape(-1)], 1)[inside]


def rms(vectors):
    import numpy
    return float(numpy.sqrt((numpy.asarray(vectors) ** 2).sum(1).mean()))


def run_atomap(image, expected, separation):
    """CPU seconds, found positions of the expected columns (NaN where there is none)."""
    import atomap.api as am
    import hyperspy.api as hs
    import numpy
    from scipy.spatial import cKDTree

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        start = time.process_time()
        signal = hs.signals.Signal2D(image.max() - image)
        peaks = numpy.asarray(am.get_atom_positions(signal, separation=separation))
        found = numpy.full(expected.shape, numpy.nan)
        distance, nearest = cKDTree(peaks).query(expected)
        taken = distance < 4
        if taken.sum() < 20:
            return time.process_time() - start, found
        sublattice = am.Sublattice(peaks[nearest[taken]].tolist(), image=signal.data)
        sublattice.find_nearest_neighbors()
        sublattice.refine_atom_positions_using_center_of_mass(show_progressbar=False)
        sublattice.refine_atom_positions_using_2d_gaussian(show_progressbar=False)
        found[taken] = numpy.stack([sublattice.x_position, sublattice.y_position], 1)
        return time.process_time() - start, found


def timed(command, core):
    """CPU seconds of a process."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with code {process.returncode}: {errors.read()[-500:]}")
    return usage.ru_utime + usage.ru_stime


def run_glazer(program, path, output, core):
    """CPU seconds of the whole process, its lattice and the scatter of its columns."""
    cpu = timed([program, "register", path, "--page", "0", "--json", output], core)
    with open(output) as file:
        report = json.load(file)["lattice"]
    lattice = {"origin": report["origin_px"], "a": report["a_px"], "b": report["b_px"]}
    return cpu, lattice, report["residual_px"]


def best_lattice(points, indices):
    """Fitted positions of the least-squares lattice through the found points."""
    import numpy
    found = ~numpy.isnan(points[:, 0])
    basis = numpy.concatenate([numpy.ones((len(indices), 1)), indices], 1)
    solution, *_ = numpy.linalg.lstsq(basis[found], points[found], rcond=None)
    return basis @ solution, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    parser.add_argument("--glazer", default=".build/release/glazer", help="the program to time")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of Atomap, then glazer, for each image")
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)), help="processor to run on")
    parser.add_argument(
        "--real", default=os.path.join(root, "..", "shared/realdata/images/test_ABF_cropped.u16.tif"),
        help="an ABF micrograph of a perovskite along [110], TIFF")
    parser.add_argument("--separations", default="5,6,7,8,9,10", help="separations of Atomap to choose from, pixels")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds takes 1 or more")
    try:
        import atomap
        import numpy
        import tifffile
        import warnings
        warnings.simplefilter("ignore")
    except ImportError as error:
        print(f"Atomap is not installed for {sys.executable} ({error}): pip install atomap==0.4.2", file=sys.stderr)
        return 69
    if not os.access(arguments.glazer, os.X_OK):
        print(f"{arguments.glazer}: no such program: swift build -c release --product glazer", file=sys.stderr)
        return 69
    os.sched_setaffinity(0, {arguments.core})
    separations = [int(text) for text in arguments.separations.split(",")]

    with tempfile.TemporaryDirectory() as folder:
        images = []
        for dose in DOSES:
            path = os.path.join(folder, f"simulated-{dose}.tif")
            subprocess.run(
                [arguments.glazer, "synthesize", "--output", path, "--frames", "1", "--dose", dose, "--mesh", "3,2",
                 "--threads", "1"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(path.replace(".tif", ".truth.json")) as file:
                truth = json.load(file)["frames"][0]["lattice"]
            images.append((f"simulated, {dose} e/A2", path, {key: [truth[key]["x"], truth[key]["y"]] for key in truth}))
        if os.path.exists(arguments.real):
            images.append(("real ABF", arguments.real, None))
        print(f"Atomap {importlib.metadata.version('atomap')}, processor {arguments.core}, median of {arguments.rounds} rounds; lengths in pixels, rms")
        print(f"{'image':<22}{'columns':>8} | {'Atomap':>8}{'affine':>8}{'scatter':>8}{'CPU s':>8} | "
              f"{'glazer':>8}{'scatter':>8}{'CPU s':>8}{'start':>8} | {'ratio':>7}", flush=True)
        passed = True
        for name, path, truth in images:
            image = tifffile.imread(path).astype("float64")
            output = os.path.join(folder, "lattice.json")
            _, lattice, _ = run_glazer(arguments.glazer, path, output, arguments.core)
            expected, indices = lattice_positions(truth or lattice, image.shape)

            def quality(found):
                fitted, seen = best_lattice(found, indices)
                missing = 1 - seen.mean()
                return missing > 0.05, rms(found[seen] - (expected if truth else fitted)[seen]) if seen.any() else 1e9

            chosen = min(separations, key=lambda separation: quality(run_atomap(image, expected, separation)[1]))
            theirs, ours, starts = [], [], []
            for _ in range(arguments.rounds):
                cpu, found = run_atomap(image, expected, chosen)
                theirs.append(cpu)
                cpu, lattice, residual = run_glazer(arguments.glazer, path, output, arguments.core)
                ours.append(cpu)
                starts.append(timed([arguments.glazer, "--version"], arguments.core))
            fitted, seen = best_lattice(found, indices)
            # Which of our columns is which of the expected ones: the nearest.
            from scipy.spatial import cKDTree
            own, _ = lattice_positions(lattice, image.shape, margin=0)
            distance, _ = cKDTree(own).query(expected)
            start = statistics.median(starts)
            ratio = statistics.median(a / max(b - start, 1e-3) for a, b in zip(theirs, ours))
            error = rms(found[seen] - expected[seen]) if truth else float("nan")
            affine = rms(fitted - expected) if truth else float("nan")
            mine = float(numpy.sqrt((distance**2).mean())) if truth else float("nan")
            print(f"{name:<22}{seen.sum():>8} | {error:>8.3f}{affine:>8.3f}{rms((found - fitted)[seen]):>8.3f}"
                  f"{statistics.median(theirs):>8.2f} | {mine:>8.3f}{residual:>8.3f}{statistics.median(ours):>8.3f}{start:>8.3f} | "
                  f"{ratio:>7.0f}", flush=True)
            passed = passed and ratio >= REQUIRED_RATIO and (truth is None or mine <= error)
        return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
