# SPDX-License-Identifier: GPL-3.0-or-later
"""The network that an architecture's JSON describes, with the tensor names and layouts of glazer's model files."""
import numpy
import torch
from torch import nn
from torch.nn import functional

from model_file import BadFile

EPSILON = 1e-5  # Added to the variance in batch norm.


class ShardNorm(nn.Module):
    """Batch norm and ReLU. In training each shard of `shard` samples is normalised by its own statistics, as in
    `glazer train`; the running ones are followed outside (`Network.follow`), in the order of the shards."""

    def __init__(self, channels, shard):
        super().__init__()
        self.shard = shard
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.seen = None

    def forward(self, x):
        if not self.training:
            x = functional.batch_norm(x, self.mean, self.variance, self.gamma, self.beta, False, 0, EPSILON)
            return functional.relu(x)
        parts, seen = [], []
        for part in x.split(self.shard):
            mean, variance = torch.zeros_like(self.mean), torch.zeros_like(self.variance)
            parts.append(functional.batch_norm(part, mean, variance, self.gamma, self.beta, True, 1, EPSILON))
            # A momentum of 1 leaves the shard's own statistics in the buffers, the variance divided by n - 1.
            count = part.numel() // part.shape[1]
            seen.append(torch.stack([mean, variance * ((count - 1) / count)]))
        self.seen = torch.stack(seen)
        return functional.relu(parts[0] if len(parts) == 1 else torch.cat(parts))


class Network(nn.Module):
    """Convolutions (each followed by batch norm and ReLU), average pools, one tanh and one linear layer."""

    def __init__(self, architecture, shard):
        super().__init__()
        self.architecture = architecture
        trunk, head = [], []
        for layer in architecture["layers"]:
            if layer["kind"] == "conv":
                kernel = layer["kernel"]
                padding = layer.get("padding", (kernel - 1) // 2)
                trunk.append(nn.Conv2d(layer["in"], layer["out"], kernel, layer["stride"], padding, bias=False))
                trunk.append(ShardNorm(layer["out"], shard))
            elif layer["kind"] == "avgpool2":
                trunk.append(nn.AvgPool2d(2))
            elif layer["kind"] == "dense":
                head.append(nn.Linear(layer["in"], layer["out"]))
                if layer["activation"] == "tanh":
                    head.append(nn.Tanh())
            else:
                raise BadFile(f"architecture: expected conv, avgpool2 or dense, found {layer['kind']}")
        self.trunk, self.head = nn.Sequential(*trunk), nn.Sequential(*head)

    def forward(self, patches):
        """[sample, y, x], normalised, to [sample, (q, c, s, ln sigma q, ln sigma c, ln sigma s)] in units."""
        return self.head(self.trunk(patches.unsqueeze(1)).flatten(1))

    @property
    def norms(self):
        return [m for m in self.trunk if isinstance(m, ShardNorm)]

    def places(self):
        """(name in the file, tensor, where it counts as a statistic), in the order of glazer's parameters."""
        convolutions = [m for m in self.trunk if isinstance(m, nn.Conv2d)]
        for n, (convolution, norm) in enumerate(zip(convolutions, self.norms), 1):
            yield f"conv{n}.weight", convolution.weight, False
            yield f"conv{n}.bn.gamma", norm.gamma, False
            yield f"conv{n}.bn.beta", norm.beta, False
            yield f"conv{n}.bn.mean", norm.mean, True
            yield f"conv{n}.bn.variance", norm.variance, True
        for n, layer in enumerate([m for m in self.head if isinstance(m, nn.Linear)], 1):
            yield f"dense{n}.weight", layer.weight, False
            yield f"dense{n}.bias", layer.bias, False

    def load(self, tensors, path):
        for name, target, _ in self.places():
            if name not in tensors or tuple(tensors[name].shape) != tuple(target.shape):
                found = tensors[name].shape if name in tensors else "none"
                raise BadFile(f"{path}: tensor {name}: expected {tuple(target.shape)}, found {found}")
            with torch.no_grad():
                target.copy_(torch.from_numpy(tensors[name].copy()))

    def tensors(self):
        return {name: tensor.detach().cpu().numpy() for name, tensor, _ in self.places()}

    def seen(self):
        """Statistics of each shard of the last forward pass: [shard, all layers' (mean, variance)]."""
        return torch.cat([norm.seen.flatten(1) for norm in self.norms], 1).detach()

    def follow(self, seen, rate):
        """Moves the running statistics towards those of shards, one after the other."""
        start = 0
        for norm in self.norms:
            size = norm.mean.numel()
            for shard in seen:
                norm.mean += rate * (shard[start:start + size] - norm.mean)
                norm.variance += rate * (shard[start + size:start + 2 * size] - norm.variance)
            start += 2 * size

    # glazer keeps the optimiser's moments in one array in the order of its memory: convolutions as [ky][kx][in][out], the
    # first fully connected layer's inputs as [y][x][channel].

    def flatten(self, value_of):
        """One array in that order; `value_of(tensor)` says what stands for a parameter."""
        parts = []
        for name, tensor, is_statistic in self.places():
            if not is_statistic:
                parts.append(self._reorder(name, value_of(tensor).detach().cpu().numpy()).ravel())
        return numpy.concatenate(parts)

    def unflatten(self, values):
        """(parameter, its values) for each, from one array in that order."""
        start = 0
        for name, tensor, is_statistic in self.places():
            if is_statistic:
                continue
            place = self._reorder(name, numpy.arange(tensor.numel()).reshape(tensor.shape)).ravel()
            result = numpy.empty(tensor.numel(), "<f4")
            result[place] = values[start:start + tensor.numel()]
            start += tensor.numel()
            yield tensor, torch.from_numpy(result.reshape(tensor.shape))

    def _reorder(self, name, values):
        if name.startswith("conv") and name.endswith(".weight"):
            return values.transpose(2, 3, 1, 0)
        if name == "dense1.weight":
            channels = next(m for m in reversed(self.trunk) if isinstance(m, nn.Conv2d)).out_channels
            outputs, inputs = values.shape
            return values.reshape(outputs, channels, inputs // channels).transpose(0, 2, 1)
        return values
