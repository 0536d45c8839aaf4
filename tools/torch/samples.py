# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples as `glazer emulate patches` writes them: from a file, or from programs that draw them meanwhile."""
import queue
import subprocess
import threading

import numpy
import torch

from model_file import BadFile

TILT = ("alpha_deg", "beta_deg", "gamma_deg")


def tensors(records):
    """(patches [sample, y, x], tilts [sample, (alpha, beta, gamma)])."""
    tilts = numpy.stack([records[name] for name in TILT], 1)
    return torch.from_numpy(numpy.array(records["patch"])), torch.from_numpy(tilts)


class FileSamples:
    """Records of a file; a training that asks for more goes through them again."""

    def __init__(self, path):
        try:
            self.records = numpy.load(path, mmap_mode="r")
            self.records["patch"]
        except (OSError, ValueError, IndexError) as error:
            raise BadFile(f"{path}: expected an array of 'glazer emulate patches': {error}") from None

    def __len__(self):
        return len(self.records)

    def all(self):
        return tensors(self.records)

    def blocks(self, first, count, every, size):
        """`count` blocks of `size` samples, every `every` samples, from number `first` on."""
        for block in range(count):
            index = (first + block * every + numpy.arange(size)) % len(self.records)
            yield tensors(self.records[index])


class DrawnSamples:
    """The samples that `glazer train` draws, by their numbers: `processes` programs draw a block each in turn."""

    def __init__(self, glazer, weights, emulator, processes):
        self.command = [glazer, "emulate", "patches", weights, "--output", "-"]
        if emulator:
            self.command += ["--emulator", emulator]
        self.processes = processes

    def validation(self, count):
        program = subprocess.Popen(
            self.command + ["--part", "validation", "--count", str(count)], stdout=subprocess.PIPE)
        result = tensors(read_array(program.stdout, read_type(program.stdout), count))
        program.wait()
        return result

    def blocks(self, first, count, every, size):
        """As `FileSamples.blocks`. The programs end with the generator."""
        queues, programs = [], []
        try:
            for worker in range(min(self.processes, count)):
                mine = len(range(worker, count, self.processes))
                program = subprocess.Popen(
                    self.command + [
                        "--first", str(first + worker * every), "--count", str(mine * size), "--block", str(size),
                        "--every", str(self.processes * every)], stdout=subprocess.PIPE)
                programs.append(program)
                queues.append(queue.Queue(maxsize=4))
                threading.Thread(target=feed, args=(program.stdout, queues[-1], mine, size), daemon=True).start()
            for block in range(count):
                records = queues[block % len(queues)].get()
                if isinstance(records, Exception):
                    raise records
                yield tensors(records)
        finally:
            for program in programs:
                program.kill()
                program.wait()


def feed(stream, into, count, size):
    try:
        kind = read_type(stream)
        for _ in range(count):
            into.put(read_array(stream, kind, size))
    except Exception as error:  # Handed to the thread that waits.
        into.put(error)


def read_type(stream):
    version = numpy.lib.format.read_magic(stream)
    if version != (1, 0):
        raise BadFile(f"expected an array of version 1.0, found {version}")
    return numpy.lib.format.read_array_header_1_0(stream)[2]


def read_array(stream, kind, count):
    data = stream.read(count * kind.itemsize)
    if len(data) != count * kind.itemsize:
        raise BadFile(f"'glazer emulate patches' ended after {len(data) // kind.itemsize} of {count} samples")
    return numpy.frombuffer(data, kind)
