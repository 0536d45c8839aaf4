#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published network, for comparison: ten 4x4 convolutions of 64 and 128 channels with batch norm, two average pools,
512 tanh, 3 linear; squared error on the raw signed alpha, beta, gamma.

    glazer emulate patches tools/weights/srtio3-compact.safetensors --count 60000 --output samples.npy
    paper.py train samples.npy paper.pt --shrink 2 --cpu-seconds 900
    glazer emulate patches tools/weights/srtio3-compact.safetensors --part validation --count 4000 --output validation.npy
    paper.py predict paper.pt validation.npy paper.npy
    glazer evaluate model.safetensors --published paper.npy

What the text leaves open is chosen here: five convolutions of each width, a pool after each five, "same" padding. It takes the
patch that glazer's network takes, or (--shrink 2) the means of 2 x 2 of its pixels, four times as fast. Stops after
--cpu-seconds or all samples of --epochs, and prints what it costs: multiply-adds of a patch, samples per second, and hours
for the paper's 700,000 images an epoch. With --shrink 2 (29 x 37 pixels) that is 584 MMAC, 5.6 million weights, 51 samples per CPU second of one core with AVX-512: 3.8 hours an epoch. After
900 CPU seconds, 46,000 samples, its q is 0.7 degrees off (5.3 for a constant), and p and r are the mean of both solutions.
"""
import argparse
import json
import math
import sys
import time

import numpy
import torch
from torch import nn

import model_file
from samples import FileSamples

PAPER_IMAGES = 700_000


def network(height, width):
    def block(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 4, padding="same", bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    layers = block(1, 64)
    for _ in range(4):
        layers += block(64, 64)
    layers += [nn.AvgPool2d(2)] + block(64, 128)
    for _ in range(4):
        layers += block(128, 128)
    layers += [nn.AvgPool2d(2), nn.Flatten(), nn.Linear(128 * (height // 4) * (width // 4), 512), nn.Tanh(),
               nn.Linear(512, 3)]
    return nn.Sequential(*layers)


def macs(height, width):
    convolutions = 16 * height * width * (64 + 4 * 64 * 64) + 16 * (height // 2) * (width // 2) * 128 * (64 + 4 * 128)
    return convolutions + 512 * (128 * (height // 4) * (width // 4) + 3)


def load(path, shrink):
    patches, tilts = FileSamples(path).all()
    if shrink > 1:
        patches = nn.functional.avg_pool2d(patches.unsqueeze(1), shrink).squeeze(1)
    return patches, tilts


def train(options):
    patches, tilts = load(options.samples, options.shrink)
    height, width = patches.shape[1:]
    torch.manual_seed(options.seed)
    model = network(height, width).to(options.device, memory_format=torch.channels_last)
    scale = 10.0
    optimizer = torch.optim.Adam(model.parameters(), lr=options.rate)
    count, batch = len(patches), options.batch
    planned = options.epochs * (count // batch)
    begin, done, total = time.process_time(), 0, 0.0
    for step in range(planned):
        spent = time.process_time() - begin
        # Half a cosine over what is used up first: the samples or the time.
        used = max(step / planned, spent / options.cpu_seconds if options.cpu_seconds else 0)
        if used >= 1:
            break
        optimizer.param_groups[0]["lr"] = options.rate * 0.5 * (1 + math.cos(math.pi * used))
        index = torch.arange(step * batch, (step + 1) * batch) % count
        outputs = model(patches[index].unsqueeze(1).to(options.device, memory_format=torch.channels_last))
        loss = (outputs - tilts[index].to(options.device) / scale).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        done, total = done + batch, total + float(loss.detach())
        if (step + 1) % 50 == 0:
            print(f"{done} samples, rms of the angles {scale * math.sqrt(total / 50):.2f} deg", file=sys.stderr)
            total = 0.0
    seconds = time.process_time() - begin
    rate = done / seconds
    note = {"macs": macs(height, width), "weights": sum(p.numel() for p in model.parameters()), "samples": done,
            "cpu_seconds": round(seconds), "samples_per_cpu_s": round(rate, 1),
            "hours_per_epoch_of_the_paper": round(PAPER_IMAGES / rate / 3600, 1)}
    torch.save({"state": model.cpu().state_dict(), "height": height, "width": width, "shrink": options.shrink,
                "scale": scale, "note": note}, options.output)
    print(json.dumps(note))


def predict(options):
    saved = torch.load(options.model, weights_only=True)
    model = network(saved["height"], saved["width"])
    model.load_state_dict(saved["state"])
    model.eval().to(memory_format=torch.channels_last)
    patches, tilts = load(options.samples, saved["shrink"])
    if tuple(patches.shape[1:]) != (saved["height"], saved["width"]):
        raise model_file.BadFile(f"{options.samples}: expected patches of {saved['height']} x {saved['width']}")
    parts = []
    with torch.no_grad():
        for part in patches.split(256):
            parts.append(model(part.unsqueeze(1).to(memory_format=torch.channels_last)) * saved["scale"])
    # The labels go along: errors can be taken from this file alone.
    numpy.save(options.output, torch.cat([torch.cat(parts), tilts], 1).numpy().astype("<f4"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.add_argument("samples", help="file of 'glazer emulate patches'")
    training.add_argument("output", help="where to write the network")
    training.add_argument("--shrink", type=int, default=1, help="side of the squares of pixels that are averaged")
    training.add_argument("--cpu-seconds", type=float, default=0, help="stop after so much CPU time; 0: never")
    training.add_argument("--epochs", type=int, default=1)
    training.add_argument("--batch", type=int, default=32)
    training.add_argument("--rate", type=float, default=1e-3)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    training.set_defaults(run=train)
    prediction = commands.add_parser("predict")
    prediction.add_argument("model")
    prediction.add_argument("samples", help="file of 'glazer emulate patches'")
    prediction.add_argument("output", help="where to write rows of alpha, beta, gamma, and the labels (.npy)")
    prediction.set_defaults(run=predict)
    options = parser.parse_args()
    try:
        options.run(options)
    except model_file.BadFile as error:
        sys.exit(f"paper.py: {error}")


if __name__ == "__main__":
    main()
