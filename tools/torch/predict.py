#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw outputs of a float network for a file of samples, as float32 [sample, 6] (.npy).

    predict.py weights.safetensors patches.npy outputs.npy
"""
import argparse
import json
import sys

import numpy
import torch

import model_file
from network import Network
from samples import FileSamples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", help="float weights of glazer train or train.py")
    parser.add_argument("samples", help="file of 'glazer emulate patches'")
    parser.add_argument("output", help="where to write the outputs (.npy)")
    options = parser.parse_args()
    try:
        metadata, tensors = model_file.read(options.weights)
        network = Network(json.loads(metadata["architecture"]), shard=1)
        network.load(tensors, options.weights)
        patches, _ = FileSamples(options.samples).all()
    except model_file.BadFile as error:
        sys.exit(f"predict.py: {error}")
    network.eval()
    with torch.no_grad():
        outputs = torch.cat([network(part) for part in patches.split(256)])
    numpy.save(options.output, outputs.numpy())


if __name__ == "__main__":
    main()
