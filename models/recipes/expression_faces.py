"""Faces as expression networks are trained on them: the changes that they are put through, and scores."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def augment(faces: Tensor, side: int, random: torch.Generator) -> Tensor:
    """Faces 0..255 [n, 1 or 3, any, any] -> [n, 1 or 3, side, side]: mirror, roll, shift, scale, gamma, light from one side,
    loss of resolution, noise, cutout; of colours, another tint or none. Wide, since detectors frame faces less evenly than the
    data sets do."""
    n, device = len(faces), random.device

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(n, *shape, generator=random, device=device) * (high - low) + low

    angle = uniform(-0.26, 0.26)
    scale = torch.exp(uniform(-0.18, 0.18))
    stretch = torch.exp(uniform(-0.06, 0.06))
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0] = torch.cos(angle) * scale * stretch * mirror
    theta[:, 0, 1] = -torch.sin(angle) * scale
    theta[:, 1, 0] = torch.sin(angle) * scale * stretch * mirror
    theta[:, 1, 1] = torch.cos(angle) * scale
    theta[:, :, 2] = uniform(-0.16, 0.16, 2)
    grid = F.affine_grid(theta, [n, 1, side, side], align_corners=False)
    out = F.grid_sample(faces, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if float(torch.rand(1, generator=random, device=device)) < 0.3:
        small = int(side * float(torch.rand(1, generator=random, device=device) * 0.5 + 0.4))
        blurred = F.interpolate(out, size=(small, small), mode="area")
        blurred = F.interpolate(blurred, size=(side, side), mode="bilinear", align_corners=False)
        out = torch.where(uniform(0, 1, 1, 1, 1) < 0.5, blurred, out)
    if out.shape[1] == 3:
        out = out * torch.exp(uniform(-0.12, 0.12, 3, 1, 1))
        out = torch.where(uniform(0, 1, 1, 1, 1) < 0.2, out.mean(1, keepdim=True), out)
    out = (out / 255).clamp(0, 1) ** torch.exp(uniform(-0.5, 0.5, 1, 1, 1))
    ramp = torch.linspace(-1, 1, side, device=device)
    out = out + uniform(-0.15, 0.15, 1, 1, 1) * ramp.view(1, 1, 1, side) + uniform(-0.1, 0.1, 1, 1, 1) * ramp.view(1, 1, side, 1)
    out = out + torch.randn(out.shape, generator=random, device=device) * uniform(0, 0.04, 1, 1, 1)
    y, x = torch.arange(side, device=device).view(1, side, 1), torch.arange(side, device=device).view(1, 1, side)
    half = side * uniform(0.08, 0.2, 1, 1)
    hole = ((y - side * uniform(0, 1, 1, 1)).abs() < half) & ((x - side * uniform(0, 1, 1, 1)).abs() < half)
    hole &= uniform(0, 1, 1, 1) < 0.25
    return out.masked_fill(hole[:, None], 0.5) * 255


def plain(faces: Tensor, side: int) -> Tensor:
    here = faces.shape[-1]
    return faces if side == here else F.interpolate(faces, size=(side, side), mode="bilinear", align_corners=False, antialias=side < here)


def planes(faces: Tensor) -> Tensor:
    """uint8 [n, h, w] or [n, h, w, 3] -> float [n, 1 or 3, h, w]."""
    return (faces[:, None] if faces.ndim == 3 else faces.permute(0, 3, 1, 2)).float()


def scores(logits: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Accuracy, macro-F1 over eight classes, and both over the seven without contempt."""

    def of(predicted: np.ndarray, label: np.ndarray, classes: int) -> tuple[float, float]:
        f1 = []
        for k in range(classes):
            hit = ((predicted == k) & (label == k)).sum()
            f1.append(2 * hit / max(1, (predicted == k).sum() + (label == k).sum()))
        return float((predicted == label).mean()), float(np.mean(f1))

    accuracy, macro = of(logits.argmax(1), truth, 8)
    seven = truth < 7
    accuracy7, macro7 = of(logits[seven, :7].argmax(1), truth[seven], 7)
    shifted = logits - logits.max(1, keepdims=True)
    nll = -(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))[np.arange(len(truth)), truth].mean()
    return {"accuracy": accuracy, "macroF1": macro, "accuracy7": accuracy7, "macroF17": macro7, "nll": float(nll)}
