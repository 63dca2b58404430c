"""Training of the expression networks on FER+ soft labels. `expression.py` exports and measures what this leaves."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import ferplus
from expression_networks import Compact, Resnet50, Standardise, Vgg16
from runner import Average, adamw

BATCH = 128
EMA = 0.998


def build(network: str, width: float) -> nn.Module:
    if network == "compact":
        return Compact()
    return Vgg16(width) if network == "vgg16" else Resnet50(width)


def augment(faces: Tensor, side: int, random: torch.Generator) -> Tensor:
    """Grey faces 0..255 [n, 1, 48, 48] -> [n, 1, side, side]: mirror, roll, shift, scale, gamma, light from one side,
    loss of resolution, noise, cutout. Wide, since detectors frame faces less evenly than the data set does."""
    n = len(faces)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(n, *shape, generator=random) * (high - low) + low

    angle = uniform(-0.26, 0.26)
    scale = torch.exp(uniform(-0.18, 0.18))
    stretch = torch.exp(uniform(-0.06, 0.06))
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = torch.cos(angle) * scale * stretch * mirror
    theta[:, 0, 1] = -torch.sin(angle) * scale
    theta[:, 1, 0] = torch.sin(angle) * scale * stretch * mirror
    theta[:, 1, 1] = torch.cos(angle) * scale
    theta[:, :, 2] = uniform(-0.16, 0.16, 2)
    grid = F.affine_grid(theta, [n, 1, side, side], align_corners=False)
    out = F.grid_sample(faces, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if torch.rand(1, generator=random) < 0.3:
        small = int(side * float(torch.rand(1, generator=random) * 0.5 + 0.4))
        blurred = F.interpolate(out, size=(small, small), mode="area")
        blurred = F.interpolate(blurred, size=(side, side), mode="bilinear", align_corners=False)
        out = torch.where(uniform(0, 1, 1, 1, 1) < 0.5, blurred, out)
    out = (out / 255).clamp(0, 1) ** torch.exp(uniform(-0.5, 0.5, 1, 1, 1))
    ramp = torch.linspace(-1, 1, side)
    out = out + uniform(-0.15, 0.15, 1, 1, 1) * ramp.view(1, 1, 1, side) + uniform(-0.1, 0.1, 1, 1, 1) * ramp.view(1, 1, side, 1)
    out = out + torch.randn(out.shape, generator=random) * uniform(0, 0.04, 1, 1, 1)
    y, x = torch.arange(side).view(1, side, 1), torch.arange(side).view(1, 1, side)
    half = side * uniform(0.08, 0.2, 1, 1)
    hole = ((y - side * uniform(0, 1, 1, 1)).abs() < half) & ((x - side * uniform(0, 1, 1, 1)).abs() < half)
    hole &= uniform(0, 1, 1, 1) < 0.25
    return out.masked_fill(hole[:, None], 0.5) * 255


def plain(faces: Tensor, side: int) -> Tensor:
    return faces if side == faces.shape[-1] else F.interpolate(faces, size=(side, side), mode="bilinear", align_corners=False)


def sampling(soft: np.ndarray, power: float) -> Tensor:
    """Chance of a face to be drawn: rare classes more often, by frequency ** -power."""
    frequency = soft.sum(0) / soft.sum()
    return torch.from_numpy((soft * frequency**-power).sum(1))


@torch.no_grad()
def logits_of(network: nn.Module, pixels: np.ndarray, side: int) -> np.ndarray:
    network.eval()
    standardise = Standardise()
    out = []
    for start in range(0, len(pixels), 256):
        faces = torch.from_numpy(pixels[start : start + 256]).float()[:, None]
        grey = standardise(plain(faces, side).expand(-1, 3, -1, -1))
        out.append(network(grey).numpy())
    return np.concatenate(out)


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


def train(options: argparse.Namespace, tell: Callable[[dict[str, float], float], None] | None = None) -> None:
    """`tell` is given each epoch's line of the curves, and the share of the training that is done."""
    torch.manual_seed(options.seed)
    random = torch.Generator().manual_seed(options.seed)
    train_set, validation, _, counts = ferplus.splits(options.data / "ferplus")
    if not tell:
        print(json.dumps(counts), flush=True)
    network = build(options.network, options.width).to(memory_format=torch.channels_last)
    if options.start:
        network.load_state_dict(torch.load(options.start)["state"])
    averaged = Average(network, EMA, ramp=0.01 if options.start else 9)
    average = averaged.network
    faces = torch.from_numpy(train_set.pixels)
    soft = torch.from_numpy(train_set.soft)
    chances = sampling(train_set.soft, options.balance)
    optimiser = adamw(network, options.rate, options.decay)
    batch = min(BATCH, len(train_set))
    steps = len(train_set) // batch
    begun = time.time()

    def progress(done: int) -> float:
        """0 to 1, by steps or by the clock, whichever is further: the schedule ends in time on a busy machine."""
        return max(done / (steps * options.epochs), (time.time() - begun) / 60 / options.minutes)

    standardise = Standardise()
    curves: list[dict[str, float]] = []
    best = -1.0
    options.work.mkdir(parents=True, exist_ok=True)
    for epoch in range(options.epochs):
        # The first part of the training runs on smaller pictures: it costs half and loses nothing in the end.
        side = network.side * 3 // 4 if progress(epoch * steps) < options.small else network.side
        if options.network == "vgg16":
            side = network.side
        started, total = time.time(), 0.0
        network.train()
        order = torch.multinomial(chances, steps * batch, replacement=True, generator=random)
        step = 0
        while step < steps and progress(epoch * steps + step) < 1:
            warm = 0.03 if options.start else 0.15
            now = progress(epoch * steps + step)
            for group in optimiser.param_groups:
                group["lr"] = options.rate * min(1, (now + 1e-3) / warm) * (0.5 + 0.5 * np.cos(np.pi * now))
            index = order[step * batch : (step + 1) * batch]
            grey = standardise(augment(faces[index].float()[:, None], side, random).expand(-1, 3, -1, -1))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network(grey.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), soft[index])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5)
            optimiser.step()
            total += loss.item()
            step += 1
            averaged.follow(network)
        line = {"epoch": epoch + 1, "loss": total / max(1, step), "seconds": time.time() - started, "side": side}
        if side == network.side or epoch % 4 == 3 or step < steps:
            line |= scores(logits_of(average, validation.pixels, network.side), validation.majority)
            value = line["accuracy"] + 0.25 * line["macroF17"]
            if value >= best:
                best = value
                torch.save({"state": average.state_dict(), "epoch": epoch + 1}, options.work / "best.pt")
        curves.append(line)
        if tell:
            tell(line, progress((epoch + 1) * steps))
        else:
            print(json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)
        (options.work / "curves.json").write_text(json.dumps(curves))
        if step < steps:
            break


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder that holds ferplus/")
    parser.add_argument("--work", type=Path, required=True, help="where checkpoints and curves go")
    parser.add_argument("--network", choices=["compact", "vgg16", "resnet50"], default="compact")
    parser.add_argument("--width", type=float, default=0.25, help="share of the full channels (vgg16, resnet50)")
    parser.add_argument("--epochs", type=int, default=36)
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--small", type=float, default=0.6, help="share of the epochs on pictures of 3/4 the side")
    parser.add_argument("--minutes", type=float, default=1e9, help="end in this time, with fewer epochs if need be")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=0.03)
    parser.add_argument("--balance", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
