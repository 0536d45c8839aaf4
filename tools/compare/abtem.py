#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of one converged ABF image: abTEM against glazer, on one core, interleaved.

    python3 -m venv /tmp/abtem && /tmp/abtem/bin/pip install abtem==1.0.11
    swift build -c release --product glazer
    /tmp/abtem/bin/python tools/compare/abtem.py --glazer .build/release/glazer

The image: SrTiO3, octahedra turned by (5, 3, -4) degrees, pattern ---, atoms at rest, 9.94 nm, 200 kV, 30 mrad,
ABF 11-30 mrad, one projected cell at 20 x 28 points. Both programs read the same cell.

Each program runs with the cheapest settings that were found to be within 1 % of contrast (rms difference over standard
deviation) of its own finer result; the script computes both finer results and shows the two differences.
abTEM: probe multislice, float32, FFTW (planned by measurement), one thread, soft aperture. Against its finer result
  tiling 3 x 2, 64 x 96 points a cell   6.8 %       tiling 4 x 3, 64 x 96    1.7 %      tiling 6 x 4, 64 x 96  3.0 %
  tiling 4 x 3, 54 x 80                 3.8 %       tiling 4 x 3, 72 x 108   1.0 %      (the choice)
A hard aperture is worse at the same tiling. Its scattering matrix (PRISM) takes longer for an image of a single cell,
which has fewer points than the probe has beams: 128 s of CPU at 4 x 3 and 64 x 96, where probes take 34 s; with
interpolation 2 at 4 x 4, 55 s and 4.7 % off. `--smatrix` measures it.
glazer's own convergence is what `glazer simulate --converge` reports.

What is compared: user + system seconds of whole processes, by the operating system's accounting; from abTEM's the time to
import it is taken off, from glazer's nothing. Exits 69 when abTEM or glazer is missing, 1 when an image is not converged.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

# Python looks beside the script first, where "abtem" is this file.
sys.path = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]

TILT_DEGREES, A = (5.0, 3.0, -4.0), 3.905
PERIODS, SLICES = 18, 4
ABTEM = {"tiling": (4, 3), "gpts": (72, 108)}
ABTEM_FINER = {"tiling": (6, 5), "gpts": (96, 144)}
GLAZER = ["--sampling", "0.0576"]
GLAZER_FINER = ["--sampling", "0.0432", "--mesh", "6,4"]
SCAN = (20, 28)


def write_cell(path):
    """The cell sqrt2 a x 2a x sqrt2 a, layers in the middle of four slices, as extended XYZ."""
    root2 = 2**0.5
    size = (root2 * A, 2 * A, root2 * A)
    w = [t * 3.141592653589793 / 180 for t in TILT_DEGREES]
    atoms = []
    for i, j, k in [(0, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 1)]:
        sign = (-1) ** (i + j + k)
        places = [("Ti", (0, 0, 0)), ("Sr", (0.5, 0.5, 0.5))]
        for axis in range(3):
            r = [0.5 if n == axis else 0.0 for n in range(3)]
            d = (w[1] * r[2] - w[2] * r[1], w[2] * r[0] - w[0] * r[2], w[0] * r[1] - w[1] * r[0])
            places.append(("O", [r[n] + sign * d[n] for n in range(3)]))
        for element, r in places:
            x, y, z = i + r[0], j + r[1], k + r[2]
            position = ((x + y) / root2 * A, z * A, (x - y) / root2 * A + size[2] / 8)
            atoms.append((element, [p % s for p, s in zip(position, size)]))
    with open(path, "w") as file:
        lattice = f'{size[0]:.9f} 0 0 0 {size[1]:.9f} 0 0 0 {size[2]:.9f}'
        file.write(f'{len(atoms)}\nLattice="{lattice}" Properties=species:S:1:pos:R:3 pbc="T T T"\n')
        for element, p in atoms:
            file.write(f"{element} {p[0]:.9f} {p[1]:.9f} {p[2]:.9f}\n")
    return size


def run_abtem(job):
    """In a process of its own: computes the image, writes it, prints the CPU seconds since the imports ended."""
    import time

    import abtem
    import ase.io
    import numpy

    start = time.process_time()
    abtem.config.set({
        "fft": "fftw", "fftw.threads": 1, "precision": "float32", "device": "cpu", "diagnostics.progress_bar": False})
    atoms = ase.io.read(job["cell"])
    size = atoms.cell.lengths()
    unit = abtem.Potential(
        atoms, gpts=job["gpts"], slice_thickness=size[2] / SLICES, parametrization="kirkland", projection="infinite")
    potential = abtem.CrystalPotential(unit, repetitions=(*job["tiling"], PERIODS))
    scan = abtem.GridScan(start=(0, 0), end=(size[0], size[1]), gpts=job["scan"], endpoint=False)
    detector = abtem.AnnularDetector(inner=11, outer=30)
    if job.get("smatrix"):
        waves = abtem.SMatrix(potential=potential, energy=200e3, semiangle_cutoff=30)
        measurement = waves.scan(scan=scan, detectors=detector)
    else:
        waves = abtem.Probe(energy=200e3, semiangle_cutoff=30, soft=True)
        waves.grid.match(potential)
        measurement = waves.scan(potential, scan=scan, detectors=detector)
    image = numpy.asarray(measurement.compute(scheduler="single-threaded").array)
    numpy.save(job["output"], image)
    print(json.dumps({"cpu": time.process_time() - start}))


def timed(command, core):
    """Runs a command on one core with one thread; (CPU seconds, standard output)."""
    environment = dict(os.environ)
    for name in ["OMP", "OPENBLAS", "MKL", "NUMBA"]:
        environment[f"{name}_NUM_THREADS"] = "1"
    with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=errors, env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (output, errors):
            file.seek(0)
        if process.returncode != 0:
            sys.exit(f"{command[0]} ended with code {process.returncode}:\n{errors.read()[-2000:]}")
        return usage.ru_utime + usage.ru_stime, output.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glazer", default=".build/release/glazer", help="the program to time")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of abTEM, then glazer (abTEM takes a minute each)")
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)), help="processor to run on")
    parser.add_argument("--no-convergence", action="store_true", help="do not compute the finer results")
    parser.add_argument("--smatrix", action="store_true", help="also time abTEM's scattering matrix (minutes)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return run_abtem(json.loads(arguments.worker))
    if arguments.rounds < 1:
        parser.error("--rounds takes 1 or more")
    try:
        import abtem
        import numpy
    except ImportError as error:
        print(f"abTEM is not installed for {sys.executable} ({error}): pip install abtem==1.0.11", file=sys.stderr)
        return 69
    if not os.access(arguments.glazer, os.X_OK):
        print(f"{arguments.glazer}: no such program: swift build -c release --product glazer", file=sys.stderr)
        return 69

    def difference(image, reference):
        """rms difference, per cent of the contrast of `reference`."""
        return 100 * numpy.sqrt(numpy.mean((image - reference) ** 2)) / numpy.std(reference)

    with tempfile.TemporaryDirectory() as folder:
        cell = os.path.join(folder, "cell.xyz")
        size = write_cell(cell)

        def abtem_image(settings, scan=SCAN):
            output = os.path.join(folder, "abtem.npy")
            job = json.dumps({**settings, "cell": cell, "scan": scan, "output": output})
            whole, text = timed([sys.executable, os.path.abspath(__file__), "--worker", job], arguments.core)
            return numpy.load(output), json.loads(text.splitlines()[-1])["cpu"], whole

        def glazer_image(settings):
            output = os.path.join(folder, "glazer.npy")
            thickness = f"{PERIODS * size[2] / 10:.6f}"
            command = [arguments.glazer, "simulate", "--structure", cell, "--detector", "11,30", "--thickness", thickness]
            command += ["--scan", f"{SCAN[0]},{SCAN[1]}", "--threads", "1", "--output", output] + settings
            cpu, _ = timed(command, arguments.core)
            return numpy.load(output)[0], cpu

        print(f"abTEM {abtem.__version__}: tiling {ABTEM['tiling']}, {ABTEM['gpts']} points a cell; "
              f"glazer: {' '.join(GLAZER)}; processor {arguments.core}", flush=True)
        print(f"{'round':>5} {'abTEM, s':>9} {'with imports':>13} {'glazer, s':>10} {'ratio':>7}")
        ratios = []
        for number in range(1, arguments.rounds + 1):
            theirs, cpu, whole = abtem_image(ABTEM)
            ours, own = glazer_image(GLAZER)
            ratios.append(cpu / own)
            print(f"{number:>5} {cpu:>9.1f} {whole:>13.1f} {own:>10.2f} {ratios[-1]:>7.1f}", flush=True)
        print(f"median ratio of CPU time: {statistics.median(ratios):.1f}")
        if arguments.smatrix:
            print(f"abTEM, scattering matrix: {abtem_image({**ABTEM, 'smatrix': True})[1]:.1f} s", flush=True)
        print(f"the two images differ by {difference(ours, theirs):.2f} % of contrast", flush=True)
        if arguments.no_convergence:
            return 0
        # Every second point along both axes is enough to compare, and spares three quarters of abTEM's time.
        finer, *_ = abtem_image(ABTEM_FINER, scan=(SCAN[0] // 2, SCAN[1] // 2))
        finest, *_ = glazer_image(GLAZER_FINER)
        errors = {"abTEM": difference(theirs[::2, ::2], finer), "glazer": difference(ours, finest)}
        for name, error in errors.items():
            print(f"{name}: {error:.2f} % of contrast from its own finer result")
        print(f"the finer results differ by {difference(finest[::2, ::2], finer):.2f} % of contrast")
        return 0 if all(error <= 1 for error in errors.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
