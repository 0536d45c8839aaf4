#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The training of `glazer train` on PyTorch, for GPUs and many nodes. See README.md.

    glazer train --config tools/train-perovskites.toml --initialize --output initial.safetensors
    torchrun --nproc-per-node 8 tools/torch/train.py initial.safetensors --output weights.safetensors
"""
import argparse
import json
import math
import os
import sys
import time

import torch
import torch.distributed as distributed

import loss as losses
import model_file
from network import Network
from samples import DrawnSamples, FileSamples

# What files say of a training besides its weights and how far it is: all that glazer train writes.
KEPT_METADATA = ("name", "architecture", "training", "targets", "imaging", "emulator_sha256", "began_with_sha256")
# What decides the weights of a training: a checkpoint goes on with the samples that INITIAL says, so these have to be the same.
DECISIVE = ("families", "seed", "samples", "batch", "shard", "learning_rate", "final_fraction", "warm_up_samples",
            "weight_decay", "gradient_clip", "loss_weighting", "statistics_rate", "ranges")
LOG_HEADER = ("samples,epoch,loss,validation_loss,validation_q_deg,validation_p_deg,validation_r_deg,learning_rate,"
              "samples_per_s")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("initial", help="float weights to start from, of 'glazer train --initialize'")
    parser.add_argument("--output", required=True, help="where to write the float weights")
    parser.add_argument("--samples", help="file of 'glazer emulate patches'; by default they are drawn meanwhile")
    parser.add_argument("--validation", help="file of samples to validate on; by default glazer train's own")
    parser.add_argument("--glazer", default="glazer", help="the program that draws samples")
    parser.add_argument("--emulator", help="emulator; by default the one that the training names")
    parser.add_argument("--processes", type=int, default=4, help="programs that draw, for each process of torchrun")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint beside the output")
    parser.add_argument("--steps", type=int, help="stop after so many steps, with a checkpoint")
    parser.add_argument("--tf32", action="store_true", help="let a GPU multiply in TF32: faster, 3 digits")
    return parser.parse_args()


class Training:
    def __init__(self, options):
        self.options = options
        stem = options.output.removesuffix(".safetensors")
        self.checkpoint_path, self.log_path = f"{stem}.checkpoint.safetensors", f"{stem}.csv"
        if not options.resume and os.path.exists(self.checkpoint_path):
            raise model_file.BadFile(
                f"{self.checkpoint_path}: an interrupted training is here; go on with --resume, or remove it")
        self.rank, self.world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        local = int(os.environ.get("LOCAL_RANK", 0))
        self.device = torch.device(f"cuda:{local}" if options.device == "cuda" else options.device)
        if self.world > 1:
            distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo")
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.tf32

        source = self.checkpoint_path if options.resume else options.initial
        self.metadata, tensors = model_file.read(source)
        try:
            self.architecture = json.loads(self.metadata["architecture"])
            self.config = json.loads(self.metadata["training"])
        except (KeyError, ValueError):
            raise model_file.BadFile(f"{source}: expected metadata 'architecture' and 'training' of glazer train")
        if options.resume:
            self.check_same(*model_file.read(options.initial))
        c = self.config
        self.unit = self.architecture["degrees_per_unit"]
        self.batch, self.shard = c["batch"], c["shard"]
        if self.batch % (self.shard * self.world):
            raise model_file.BadFile(
                f"a batch of {self.batch} cannot be shared among {self.world} processes in shards of {self.shard}")
        self.total_steps = c["samples"] // self.batch
        self.warm_up_steps = max(1, c["warm_up_samples"] // self.batch)

        self.network = Network(self.architecture, self.shard)
        self.network.load(tensors, source)
        self.network.to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=c["learning_rate"], betas=(0.9, 0.999), eps=1e-8,
            weight_decay=c["weight_decay"])
        self.step = 0
        if options.resume:
            self.restore(tensors)
        drawn = DrawnSamples(options.glazer, options.initial, options.emulator, options.processes)
        self.samples = FileSamples(options.samples) if options.samples else drawn
        self.held_out = None
        if self.rank == 0:
            self.held_out = (FileSamples(options.validation).all() if options.validation
                             else drawn.validation(c["validation_samples"]))

    def check_same(self, metadata, _):
        """The checkpoint is one of the training that INITIAL begins."""
        begun, path = json.loads(metadata.get("training", "{}")), self.checkpoint_path
        for key in DECISIVE:
            if begun.get(key) != self.config.get(key):
                raise model_file.BadFile(f"{path}: {key} is {self.config.get(key)}, in {self.options.initial} {begun.get(key)}")
        for key in ("architecture", "emulator_sha256"):
            here, there = self.metadata.get(key), metadata.get(key)
            if here and there and (json.loads(here) != json.loads(there) if key == "architecture" else here != there):
                raise model_file.BadFile(f"{path}: {key} is another than in {self.options.initial}")

    # Checkpoints are those of glazer train: either goes on with the other's.

    def restore(self, tensors):
        self.step = int(self.metadata.pop("training_step"))
        moments = zip(self.network.unflatten(tensors["optimizer.first"]),
                      self.network.unflatten(tensors["optimizer.second"]))
        for (parameter, first), (_, second) in moments:
            self.optimizer.state[parameter] = {
                "step": torch.tensor(float(self.step)), "exp_avg": first.to(self.device),
                "exp_avg_sq": second.to(self.device)}

    def write(self, path, with_moments):
        metadata = {key: self.metadata[key] for key in KEPT_METADATA if key in self.metadata}
        metadata["sigma_scale"] = "[1,1,1]"
        metadata["training_samples"] = str(self.step * self.batch)
        tensors = self.network.tensors()
        if with_moments:
            metadata["training_step"] = str(self.step)
            state = self.optimizer.state
            zero = torch.zeros_like
            tensors["optimizer.first"] = self.network.flatten(lambda p: state[p]["exp_avg"] if p in state else zero(p))
            tensors["optimizer.second"] = self.network.flatten(
                lambda p: state[p]["exp_avg_sq"] if p in state else zero(p))
        return model_file.write(path, metadata, tensors)

    def advance(self, patches, tilts):
        """One step on this process' part of the batch; returns the mean loss of that part."""
        c, done = self.config, self.step * self.batch
        exponent = losses.weighting(done, c["warm_up_samples"], c["loss_weighting"])
        rate = losses.rate(
            self.step + 1, c["learning_rate"], self.warm_up_steps, self.total_steps, c["final_fraction"])
        patches, tilts = patches.to(self.device), tilts.to(self.device)
        self.network.train()
        outputs = self.network(patches)
        total, likelihood = losses.tilt_loss(outputs, losses.targets(tilts, self.unit), exponent)
        self.optimizer.zero_grad(set_to_none=True)
        (total / self.batch).backward()
        # One sum over the processes for all gradients: they are a few megabytes.
        gradient = torch.cat([p.grad.ravel() for p in self.network.parameters()])
        if self.world > 1:
            distributed.all_reduce(gradient)
        gradient *= torch.clamp(c["gradient_clip"] / torch.linalg.vector_norm(gradient), max=1)
        torch.nn.utils.vector_to_parameters(gradient, self.gradients())
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        with torch.no_grad():
            seen = self.network.seen()
            if self.world > 1:
                everyone = [torch.empty_like(seen) for _ in range(self.world)]
                distributed.all_gather(everyone, seen)
                seen = torch.cat(everyone)
            self.network.follow(seen, c["statistics_rate"])
        self.step += 1
        return likelihood / len(patches), rate

    def gradients(self):
        return [p.grad for p in self.network.parameters()]

    def validate(self):
        patches, tilts = self.held_out
        self.network.eval()
        with torch.no_grad():
            outputs = torch.cat([self.network(part.to(self.device)).cpu() for part in patches.split(256)])
        _, likelihood = losses.tilt_loss(outputs, losses.targets(tilts, self.unit), 0)
        return [float(likelihood) / len(outputs)] + losses.validation_scores(outputs, tilts, self.unit)

    def run(self):
        c = self.config
        last = min(self.total_steps, self.options.steps or self.total_steps)
        mine = self.batch // self.world
        blocks = self.samples.blocks(
            self.step * self.batch + self.rank * mine, max(0, last - self.step), self.batch, mine)
        mark, since, total = time.monotonic(), 0, 0.0
        log = self.open_log() if self.rank == 0 else None
        for patches, tilts in blocks:
            before = self.step * self.batch
            value, rate = self.advance(patches, tilts)
            total, since = total + value, since + 1
            done = self.step * self.batch
            is_last = self.step == last
            if before // c["validation_interval"] != done // c["validation_interval"] or is_last:
                mean = self.mean(total / since)
                if not math.isfinite(mean):
                    raise model_file.BadFile(f"the loss is {mean} after {done} samples; lower learning_rate")
                if self.rank == 0:
                    speed = since * self.batch / (time.monotonic() - mark)
                    self.tell(log, [done, done / c["epoch_samples"], mean, *self.validate(), rate, speed])
                mark, since, total = time.monotonic(), 0, 0.0
            if self.rank == 0 and before // c["checkpoint_interval"] != done // c["checkpoint_interval"]:
                self.write(self.checkpoint_path, True)
        if self.rank == 0:
            if self.step < self.total_steps:
                self.write(self.checkpoint_path, True)
                print(f"stopped at {self.step * self.batch} samples; go on with --resume from {self.checkpoint_path}")
            else:
                digest = self.write(self.options.output, False)
                if os.path.exists(self.checkpoint_path):
                    os.remove(self.checkpoint_path)
                print(f"{self.options.output}: {self.step * self.batch} samples, sha256 {digest}")
        if self.world > 1:
            distributed.barrier()
            distributed.destroy_process_group()

    def mean(self, value):
        """Over the processes."""
        if self.world > 1:
            distributed.all_reduce(value)
        return float(value) / self.world

    def tell(self, log, row):
        print("%9d samples  epoch %6.2f  loss %7.3f  validation %7.3f  rms q %5.2f |p| %5.2f |r| %5.2f deg  "
              "rate %.1e  %.0f samples/s" % tuple(row), flush=True)
        log.write(f"{row[0]}," + ",".join(f"{x:.5g}" for x in row[1:]) + "\n")
        log.flush()

    def open_log(self):
        kept = [LOG_HEADER]
        if self.options.resume and os.path.exists(self.log_path):
            with open(self.log_path) as file:
                kept += [line.rstrip("\n") for line in list(file)[1:]
                         if int(line.split(",")[0]) <= self.step * self.batch]
        log = open(self.log_path, "w")
        log.write("\n".join(kept) + "\n")
        return log


def main():
    try:
        Training(arguments()).run()
    except model_file.BadFile as error:
        sys.exit(f"train.py: {error}")
    except FileNotFoundError as error:
        sys.exit(f"train.py: {error.filename}: not found; name glazer with --glazer")


if __name__ == "__main__":
    main()
