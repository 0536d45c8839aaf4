#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples per second of training, glazer against PyTorch: one core, the same network, batch and shards, interleaved.

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install numpy torch
    swift build -c release --product glazer
    /tmp/torch/bin/python tools/compare/torch_training.py --glazer .build/release/glazer --rounds 7

Both take steps of the optimiser on one batch of noise (forward, loss, backward, clipping, Adam, running statistics);
samples are drawn in neither. PyTorch runs the network and the step of tools/torch as they are, with its tensors as
[channel][y][x] and as [y][x][channel] (channels last), and compiled (torch.compile) where --compile asks for it; the
fastest of them in a round counts.

Every measurement is a process of its own on one core, all in turn, round after round. Rates are per second of CPU time
after a warm-up; what is quoted is the median over the rounds of the ratio glazer / PyTorch in the same round. Exits 69
without PyTorch, 1 when glazer is slower.
"""
import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

for name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{name}_NUM_THREADS"] = "1"
HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
WEIGHTS = os.path.join(REPOSITORY, "tools/weights/srtio3-compact.safetensors")


def torch_rate(weights, layout, seconds):
    """Samples per second of CPU time, in this process."""
    sys.path.insert(0, os.path.join(REPOSITORY, "tools/torch"))
    import torch
    import loss as losses
    import model_file
    from network import Network
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    metadata, tensors = model_file.read(weights)
    config, architecture = json.loads(metadata["training"]), json.loads(metadata["architecture"])
    network = Network(architecture, config["shard"])
    network.load(tensors, weights)
    network.train()
    step = network
    if layout == "channels-last":
        network.to(memory_format=torch.channels_last)
    elif layout == "compiled":
        step = torch.compile(network)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"], foreach=True)
    torch.manual_seed(1)
    patch = architecture["patch"]
    patches = torch.randn(config["batch"], patch["height"], patch["width"])
    targets = 2 * torch.rand(config["batch"], 3) - 1

    def advance():
        total, _ = losses.tilt_loss(step(patches), targets, config["loss_weighting"])
        optimizer.zero_grad(set_to_none=True)
        (total / config["batch"]).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), config["gradient_clip"])
        optimizer.step()
        with torch.no_grad():
            network.follow(network.seen(), config["statistics_rate"])

    for _ in range(3):
        advance()
    rounds, end = [], time.process_time() + seconds
    while time.process_time() < end:
        start = time.process_time()
        for _ in range(3):
            advance()
        rounds.append((time.process_time() - start) / 3)
    return config["batch"] / statistics.median(rounds)


def measure(command, core):
    result = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    return json.loads(result.stdout.splitlines()[-1])["samples_s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glazer", default=".build/release/glazer")
    parser.add_argument("--weights", default=WEIGHTS, help="network, batch and shard are those of these float weights")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3, help="CPU seconds of each measurement")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--compile", action="store_true", help="torch.compile too: needs a C++ compiler, takes minutes")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if importlib.util.find_spec("torch") is None:
        print("torch_training.py: PyTorch is not here", file=sys.stderr)
        sys.exit(69)
    if arguments.peer:
        print(json.dumps({"samples_s": torch_rate(arguments.weights, arguments.peer, arguments.seconds)}))
        return
    layouts = ["channels-first", "channels-last"] + (["compiled"] if arguments.compile else [])
    commands = {"glazer": [arguments.glazer, "bench-training", arguments.weights, "--seconds", str(arguments.seconds)]}
    for layout in layouts:
        commands[layout] = [sys.executable, os.path.abspath(__file__), "--weights", arguments.weights, "--seconds",
                            str(arguments.seconds), "--peer", layout]
    rates = {name: [] for name in commands}
    for number in range(arguments.rounds):
        for name, command in commands.items():
            rates[name].append(measure(command, arguments.core))
        print(f"round {number + 1}: " + ", ".join(f"{name} {values[-1]:.0f}" for name, values in rates.items()),
              file=sys.stderr, flush=True)
    ratios = [mine / max(rates[layout][k] for layout in layouts) for k, mine in enumerate(rates["glazer"])]
    print("samples per second of CPU time, median of", arguments.rounds, "rounds")
    for name, values in rates.items():
        print(f"  {name:16s} {statistics.median(values):7.0f}   ({min(values):.0f} to {max(values):.0f})")
    print(f"glazer / fastest PyTorch of the round: {statistics.median(ratios):.2f}   "
          f"({min(ratios):.2f} to {max(ratios):.2f})")
    sys.exit(0 if statistics.median(ratios) >= 1 else 1)


if __name__ == "__main__":
    main()
