#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it takes to start: wall time from exec to the first result, and the memory then, on one core.

    swift build -c release
    tools/compare/start.py --starts 41

glazer-infer reads its model, checks its sum, tries it and answers one cell that lies ready in its pipe. Beside it stand
`glazer bench-network` up to its first batch of one patch, and `glazer-agent --check-config`, which reads configuration and
model, to its end. Starts take turns; the first of each only fills the page cache. "Free core" is the wall time without what
the kernel counts as waiting for the processor because others had it (schedstat), which is none on an idle machine. CPU time is that of the whole process. Memory is the process's own peak (VmHWM) while it waits for a second cell,
and what of it is its own and no pages of files (anonymous).

Exits 1 when glazer-infer takes more than 10 MB above its model's file or, in the median and on a free core, 20 ms; 69 when a
program is missing.
"""
import argparse
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import time

ASKED_MB, ASKED_MS = 10, 20


def memory_mb(pid):
    """(peak of the resident memory, anonymous resident memory), MB of 10^6 bytes."""
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return [int(fields[name].split()[0]) * 1024e-6 for name in ("VmHWM", "RssAnon")]


def waited_ms(pid):
    """How long a process has waited for a processor that others had."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) * 1e-6
    except OSError:
        return 0


def start(command, given=b"", lines=0):
    """Until `lines` lines have come or, with 0, until it ends: milliseconds, the same on a free core; CPU milliseconds;
    memory at that moment."""
    before = time.monotonic()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    process.stdin.write(given)
    output = b""
    while (output.count(b"\n") < lines if lines else True) and (part := process.stdout.read(65536)):
        output += part
    ms = (time.monotonic() - before) * 1e3
    free = ms - waited_ms(process.pid)
    memory = memory_mb(process.pid) if lines and output.count(b"\n") >= lines else None
    process.stdin.close()
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or output.count(b"\n") < max(lines, 1):
        sys.exit(f"{' '.join(command)} ended with code {process.returncode} and {output.count(bytes([10]))} lines")
    return ms, free, (usage.ru_utime + usage.ru_stime) * 1e3, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", default=".build/release", help="the folder that holds the programs")
    parser.add_argument("--model", default="firmware-config/models/default.safetensors")
    parser.add_argument("--starts", type=int, default=41)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="processor to run on")
    arguments = parser.parse_args()
    infer, glazer, agent = (
        os.path.join(arguments.programs, name) for name in ("glazer-infer", "glazer", "glazer-agent"))
    for program in (infer, glazer, agent):
        if not os.access(program, os.X_OK):
            print(f"{program}: no such program: swift build -c release", file=sys.stderr)
            return 69
    os.sched_setaffinity(0, {arguments.core})
    shape = json.loads(subprocess.run([infer, arguments.model, "--describe"], capture_output=True, check=True).stdout)
    noise = random.Random(1)
    cell = b"".join(struct.pack("<f", noise.gauss(100, 10)) for _ in range(shape["rows"] * shape["columns"]))
    jobs = {
        "glazer-infer": ([infer, arguments.model], cell, 2),
        "glazer bench-network": ([glazer, "bench-network", arguments.model, "--batch", "1", "--seconds", "0.05"], b"", 1),
        "glazer-agent --check-config": ([agent, "--config", "firmware-config/agent.toml", "--check-config"], b"", 0),
    }
    found = {name: [] for name in jobs}
    for turn in range(arguments.starts + 1):
        for name, job in jobs.items():
            result = start(*job)
            if turn:
                found[name].append(result)
    model_mb = os.path.getsize(arguments.model) * 1e-6
    print(f"{arguments.starts} starts in turn, kernels {shape['kernels']}, model {model_mb:.2f} MB\n")
    print(f"{'milliseconds':<28} {'first result':>25} {'free core, least':>17} {'median':>7} {'CPU':>6}")
    for name, results in found.items():
        ms, free, cpu = ([result[k] for result in results] for k in range(3))
        print(f"{name:<28} {min(ms):6.1f} least {statistics.median(ms):6.1f} median {min(free):15.1f} "
              f"{statistics.median(free):7.1f} {statistics.median(cpu):6.1f}")
    print(f"\n{'MB':<28} {'memory':>8} {'anonymous':>10} {'above the model':>16}")
    for name, results in found.items():
        if results[0][3]:
            peak, anonymous = (statistics.median(result[3][k] for result in results) for k in (0, 1))
            print(f"{name:<28} {peak:8.2f} {anonymous:10.2f} {peak - model_mb:16.2f}")
    own = found["glazer-infer"]
    holds = statistics.median(result[1] for result in own) <= ASKED_MS
    holds = holds and statistics.median(result[3][0] for result in own) - model_mb <= ASKED_MB
    print("\nglazer-infer: at most 10 MB above its model and 20 ms: " + ("holds" if holds else "does not hold"))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
