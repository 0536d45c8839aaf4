#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of the integer engine against OpenVINO, ONNX Runtime and ncnn: the same networks, one core, interleaved.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install --no-deps flatbuffers ml_dtypes numpy onnx onnxruntime \\
        openvino packaging protobuf typing_extensions ncnn
    swift build -c release --product glazer
    /tmp/peers/bin/python tools/compare/peers.py --rounds 7

Networks: `shipped`, the float weights of the model in the repository, and two of other sizes with random weights:
  M  32 x 48 patch, 5x5 stride 2 to 32 channels, 3x3: 3 of 32, pool, 3 of 64, pool, 3 of 64, 128 tanh, 6     22.6 MMAC
  S  64 x 96 patch, 3x3 of 64 channels: 3, pool, 4, pool, 3, 512 tanh, 6                                     728.6 MMAC
They are written as ONNX (float; 8 bits by ONNX Runtime's static quantizer, weights per channel, reduced range, which no
processor saturates on) and as glazer's model files. `--export FOLDER` writes them and ends. ncnn runs float weights: its
quantizer is not on PyPI.

Every measurement is a process of its own on one core, all peers in turn, round after round. Rates are patches per second
of CPU time; what is quoted is the median over the rounds of the ratio to glazer in the same round. Exits 69 when a
runtime is missing, 1 when glazer is slower than OpenVINO's 8 bits at any size of batch.

`--frame` compares what the agent does instead: glazer reads the thousand cells of a frame of 1024 x 1024 pixels, resampling
included, the trunk once over the whole frame; the others get the same cells as patches that are cut already. "Network
alone" leaves resampling, normalising and the table of cells out on both sides.
"""
import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from peer_networks import OUTPUTS, export

for name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{name}_NUM_THREADS"] = "1"
PEERS = ["openvino-int8", "onnxruntime-int8", "openvino", "onnxruntime", "ncnn"]


# Workers: one runtime in a process of its own.

def runner(peer, folder, batch, shape):
    """A function from a batch to its outputs."""
    path = os.path.join(folder, "int8.onnx" if peer.endswith("int8") else "float.onnx")
    if peer.startswith("onnxruntime"):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return lambda x: session.run(None, {"input": x})[0]
    if peer.startswith("openvino"):
        import openvino
        core = openvino.Core()
        model = core.read_model(path)
        model.reshape([batch, *shape])
        request = core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()
        return lambda x: list(request.infer({0: x}, share_inputs=True, share_outputs=True).values())[0]
    import ncnn
    network = ncnn.Net()
    network.opt.num_threads = 1
    network.load_param(os.path.join(folder, "ncnn.param"))
    network.load_model(os.path.join(folder, "ncnn.bin"))

    def run(x):
        outputs = []
        for patch in x:
            extractor = network.create_extractor()
            extractor.input("input", ncnn.Mat(patch))
            outputs.append(extractor.extract("output")[1].numpy().copy())
        return outputs
    return run


def worker(job):
    import numpy
    with open(os.path.join(job["folder"], "patch.json")) as file:
        patch = json.load(file)
    shape = (1, patch["height"], patch["width"])
    x = numpy.random.default_rng(1).standard_normal((job["batch"], *shape)).astype("f4")
    run = runner(job["peer"], job["folder"], job["batch"], shape)
    y = numpy.asarray(run(x), "f4").reshape(job["batch"], OUTPUTS)
    print(json.dumps({"first_result": True}), flush=True)
    if job.get("outputs"):
        numpy.save(job["outputs"], y)

    def cpu(repeats):
        start = time.process_time()
        for _ in range(repeats):
            run(x)
        return time.process_time() - start
    repeats = max(1, int(0.04 / max(cpu(2) / 2, 1e-6)))
    rounds, end = [], time.process_time() + job["seconds"]
    while time.process_time() < end or len(rounds) < 3:
        rounds.append(cpu(repeats) / repeats)
    with open("/proc/self/statm") as file:
        rss = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
    print(json.dumps({"cells_s": job["batch"] / statistics.median(rounds), "rss_mib": rss}))


def measured(command, core):
    """(milliseconds to the first result, what the last line says)."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    process.stdout.readline()
    first = (time.monotonic() - start) * 1e3
    output, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command[:2])} ended with code {process.returncode}:\n{errors[-2000:]}")
    return first, json.loads(output.splitlines()[-1])


def compare(key, folder, arguments):
    """Prints a table; the smallest ratio of glazer's rate to OpenVINO's 8 bits."""
    model = arguments.model if key == "shipped" else os.path.join(folder, "glazer.safetensors")
    least = float("inf")
    unit, rate_unit = ("cells", "") if arguments.frame else ("patches", " (GMAC/s)")
    print(f"\n{key}: {unit} per second of CPU time{rate_unit}, median of {arguments.rounds} rounds; "
          f"glazer over peer, median [least, most] of the rounds")
    for batch in arguments.batch:
        rates, first, rss, alone = {}, {}, {}, []
        for _ in range(arguments.rounds):
            for peer in ["glazer"] + arguments.peers:
                if peer == "glazer":
                    what = ["--frame"] if arguments.frame else ["--batch", str(batch)]
                    command = [arguments.glazer, "bench-network", model, *what, "--seconds", str(arguments.seconds)]
                else:
                    job = {"peer": peer, "folder": folder, "batch": batch, "seconds": arguments.seconds}
                    command = [sys.executable, os.path.abspath(__file__), "--worker", json.dumps(job)]
                ms, line = measured(command, arguments.core)
                rates.setdefault(peer, []).append(line["cells_s"])
                if "network_cells_s" in line:
                    alone.append(line["network_cells_s"])
                first.setdefault(peer, []).append(ms)
                rss[peer] = line["rss_mib"]
                if peer == "glazer":
                    macs, limit = line["macs_per_cell"], line.get("limit_gmac_s", 0)
        for peer, values in rates.items():
            rate = statistics.median(values)
            text = f"  batch {batch:>3}  {peer:<17} {rate:>9.0f}"
            text += "" if arguments.frame else f" ({rate * macs * 1e-9:5.1f})"
            text += f"  start {statistics.median(first[peer]):6.0f} ms  {rss[peer]:6.1f} MiB"
            if peer == "glazer" and limit > 0:
                text += f"  {rate * macs * 1e-7 / limit:.0f} % of the core's limit of {limit:.0f}"
            if peer != "glazer":
                ratios = [own / other for own, other in zip(rates["glazer"], values)]
                text += f"  x {statistics.median(ratios):5.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"
                if alone:
                    ratio = statistics.median(own / other for own, other in zip(alone, values))
                    text += f", network alone x {ratio:.2f}"
                if peer == "openvino-int8":
                    least = min(least, statistics.median(ratios))
            print(text, flush=True)
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glazer", default=".build/release/glazer", help="the program to time")
    parser.add_argument("--model", default="firmware-config/models/default.safetensors", help="the shipped model")
    parser.add_argument("--weights", default="tools/weights/srtio3-compact.safetensors", help="its float weights")
    parser.add_argument("--frame", action="store_true", help="whole frames against patches, with the shipped network")
    parser.add_argument("--networks", default="shipped,M,S")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--batch", default="1,16,64")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU seconds of one measurement")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="processor to run on")
    parser.add_argument("--export", metavar="FOLDER", help="only write the networks there")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(json.loads(arguments.worker))
    arguments.batch = [int(text) for text in arguments.batch.split(",")]
    arguments.peers = arguments.peers.split(",")
    networks = ["shipped"] if arguments.frame else arguments.networks.split(",")
    for values, known, what in [(arguments.peers, PEERS, "peers"), (networks, ["shipped", "M", "S"], "networks")]:
        if unknown := set(values) - set(known):
            parser.error(f"--{what}: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    for module in {"onnx", "onnxruntime"} | {peer.split("-")[0] for peer in arguments.peers}:
        try:
            importlib.import_module(module)
        except ImportError as error:
            print(f"{module} is not installed for {sys.executable} ({error}); --help tells how", file=sys.stderr)
            return 69
    if arguments.export:
        for key in networks:
            export(key, os.path.join(arguments.export, key), arguments)
        return 0
    if not os.access(arguments.glazer, os.X_OK):
        print(f"{arguments.glazer}: no such program: swift build -c release --product glazer", file=sys.stderr)
        return 69
    least = float("inf")
    with tempfile.TemporaryDirectory() as root:
        for key in networks:
            folder = os.path.join(root, key)
            export(key, folder, arguments)
            least = min(least, compare(key, folder, arguments))
    if "openvino-int8" in arguments.peers:
        print(f"\nleast ratio to OpenVINO's 8 bits: {least:.2f}")
    return 0 if least >= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
