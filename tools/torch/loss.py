# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss of `glazer train` (Sources/Training/Optimizer/TiltLoss.swift), its weighting and its schedule."""
import math

import torch

LOG_SIGMA = (-5.8, 1.0)


def weighting(samples_done, warm_up_samples, final):
    """1 (squared error) through the warm-up, then linearly to `final` over another one."""
    fraction = samples_done / max(1, warm_up_samples)
    return final + (1 - final) * min(max(2 - fraction, 0), 1)


def rate(step, peak, warm_up_steps, total_steps, final_fraction):
    """Learning rate of step `step`, from 1: linear warm-up, then half a cosine."""
    if step <= warm_up_steps:
        return peak * step / warm_up_steps
    t = min(1, (step - warm_up_steps) / max(1, total_steps - warm_up_steps))
    return peak * (final_fraction + (1 - final_fraction) * 0.5 * (1 + math.cos(math.pi * t)))


def tilt_loss(outputs, targets, exponent):
    """Two sums over samples and targets: the one to differentiate, weighted by sigma^(2 exponent), and the plain
    likelihood, which is reported. Beyond the limits of ln sigma a parabola leads back."""
    raw = outputs[:, 3:]
    log_sigma = raw.clamp(*LOG_SIGMA)
    error = outputs[:, :3] - targets
    likelihood = 0.5 * error * error * torch.exp(-2 * log_sigma) + log_sigma
    beyond = 0.5 * (raw - log_sigma.detach()) ** 2
    weight = torch.exp(2 * exponent * log_sigma).detach()
    return (weight * likelihood + beyond).sum(), (likelihood + beyond).sum().detach()


def validation_scores(outputs, tilts, unit, minimum_rho=4.0):
    """Rms errors of q, |p|, |r| in degrees where rho >= 4 degrees; `tilts` are rows of alpha, beta, gamma."""
    p, q, r = pqr(tilts)
    c, s = outputs[:, 1] * unit, outputs[:, 2] * unit
    rho = torch.hypot(c, s)
    stated_p, stated_r = ((rho + c) / 2).clamp(min=0).sqrt(), ((rho - c) / 2).clamp(min=0).sqrt()
    chosen = torch.hypot(p, r) >= minimum_rho
    errors = [outputs[:, 0] * unit - q, stated_p - p.abs(), stated_r - r.abs()]
    return [float(e[chosen].square().mean().sqrt()) for e in errors]


def pqr(tilts):
    half = math.sqrt(0.5)
    return (tilts[:, 0] + tilts[:, 1]) * half, (tilts[:, 0] - tilts[:, 1]) * half, tilts[:, 2]


def targets(tilts, unit):
    """Rows of q, rho cos 2t, rho sin 2t in units, with p = rho cos t, r = rho sin t."""
    p, q, r = pqr(tilts)
    rho = torch.hypot(p, r)
    safe = rho.clamp(min=1e-12)
    return torch.stack([q, (p * p - r * r) / safe, 2 * p * r / safe], 1) / unit
