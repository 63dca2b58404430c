"""Joint training on FER+ (votes as soft labels) and RAF-DB (one label a face): one trunk, one answer for both.

Each step draws faces of both sets. A label set without contempt cannot teach against it: RAF-DB's loss is over its seven
labels. The first weights may be those of an exported network (`--start-onnx`, unfold.py).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import ferplus
import rafdb
from expression_networks import Compact, Standardise, Vgg16
from expression_train import augment, plain, scores
from measures import class_scores, confusion_matrix
from unfold import start_from_onnx

BATCH = 128
RAF_SIDE = 88
EMA = 0.999


def grey_of(pixels: np.ndarray, side: int = RAF_SIDE) -> np.ndarray:
    """Colour faces as grey ones [n, side, side]."""
    return np.stack([cv2.resize(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), (side, side), interpolation=cv2.INTER_AREA) for p in pixels])


@torch.no_grad()
def logits_of(network: nn.Module, faces: np.ndarray, mirrored: bool = False) -> np.ndarray:
    """Grey faces of any side [n, s, s] -> logits [n, 8]; `mirrored` averages those of the mirror image in."""
    network.eval()
    standardise = Standardise()
    out = []
    for start in range(0, len(faces), 256):
        x = torch.from_numpy(faces[start : start + 256]).float()[:, None]
        grey = standardise(plain(x, network.side).expand(-1, 3, -1, -1))
        logits = network(grey)
        out.append(((logits + network(grey.flip(3))) / 2 if mirrored else logits).numpy())
    return np.concatenate(out)


def raf_scores(logits: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    found = class_scores(confusion_matrix(truth, logits[:, :7].argmax(1), 7))
    return {"raf": found["accuracy"], "rafMacroF1": found["macroF1"], "rafUar": found["uar"]}


def draws(weights: np.ndarray, power: float) -> Tensor:
    """Chance of each face to be drawn, given its label weights [n, classes]: rare labels more often."""
    frequency = weights.sum(0) / weights.sum()
    chance = (weights * np.maximum(frequency, 1e-6) ** -power).sum(1)
    return torch.from_numpy(chance / chance.sum())


def train(options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    random = torch.Generator().manual_seed(options.seed)
    fer, fer_validation, _, _ = ferplus.splits(options.data / "ferplus")
    raf, raf_validation, _ = rafdb.splits(options.raf)
    fer_faces, raf_faces = torch.from_numpy(fer.pixels), torch.from_numpy(grey_of(raf.pixels))
    held = grey_of(raf_validation.pixels)
    fer_soft = torch.from_numpy(fer.soft)
    raf_soft = F.one_hot(torch.from_numpy(raf.label), 7).float() * (1 - options.smooth) + options.smooth / 7
    chances = [draws(fer.soft, options.balance), draws(np.eye(7)[raf.label], options.balance)]
    shares = [BATCH - int(BATCH * options.raf_share), int(BATCH * options.raf_share)]

    def build() -> nn.Module:
        return Compact(deep=True, side=64) if options.network == "compact" else Vgg16(options.width, norm=True)

    network = build().to(memory_format=torch.channels_last)
    standardise = Standardise()

    def batch() -> tuple[Tensor, Tensor, Tensor]:
        index = [torch.multinomial(chance, n, replacement=True, generator=random) for chance, n in zip(chances, shares)]
        faces = [augment(part[i].float()[:, None], network.side, random) for part, i in zip((fer_faces, raf_faces), index)]
        grey = standardise(torch.cat(faces).expand(-1, 3, -1, -1)).contiguous(memory_format=torch.channels_last)
        return grey, fer_soft[index[0]], raf_soft[index[1]]

    if options.start_onnx:
        start_from_onnx(network, options.start_onnx, torch.cat([batch()[0] for _ in range(4)]), prefix="network.")
    if options.start:
        network.load_state_dict(torch.load(options.start)["state"])
    teacher = None
    if options.teacher:
        teacher = Compact(deep=True, side=64).eval().to(memory_format=torch.channels_last)
        teacher.load_state_dict(torch.load(options.teacher)["state"])
    average = build()
    average.load_state_dict(network.state_dict())
    decayed = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": options.decay}, {"params": rest, "weight_decay": 0}], lr=options.rate)
    steps_an_epoch = len(fer) // shares[0]
    options.work.mkdir(parents=True, exist_ok=True)
    curves: list[dict[str, float]] = []
    begun, done, epoch = time.time(), 0, 0

    def measure() -> dict[str, float]:
        line = scores(logits_of(average, fer_validation.pixels), fer_validation.majority)
        return line | raf_scores(logits_of(average, held), raf_validation.label)

    if options.start_onnx or options.start:
        print(json.dumps({"before": {k: round(v, 4) for k, v in measure().items()}}), flush=True)
    now = 0.0
    while now < 1:
        epoch += 1
        started, total, step = time.time(), 0.0, 0
        network.train()
        while step < steps_an_epoch and now < 1:
            now = max(done / (steps_an_epoch * options.epochs), (time.time() - begun) / 60 / options.minutes)
            for group in optimiser.param_groups:
                group["lr"] = options.rate * min(1, (now + 1e-3) / 0.08) * max(0.004, 0.5 + 0.5 * np.cos(np.pi * min(1, now)))
            grey, soft, hard = batch()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network(grey)
                if teacher is not None:
                    with torch.no_grad():
                        wanted = teacher(grey).float().softmax(1)
            logits = logits.float()
            a, b = logits[: shares[0]], logits[shares[0] :, :7]
            loss = (F.cross_entropy(a, soft) * shares[0] + F.cross_entropy(b, hard) * shares[1]) / BATCH
            if teacher is not None:
                loss = 0.5 * loss + 0.5 * F.cross_entropy(logits, wanted)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5)
            optimiser.step()
            total += loss.item()
            done += 1
            step += 1
            with torch.no_grad():
                keep = min(EMA, (1 + done) / (10 + done))
                for mean, value in zip(average.state_dict().values(), network.state_dict().values()):
                    if mean.dtype.is_floating_point:
                        mean.lerp_(value, 1 - keep)
        line = {"epoch": epoch, "share": min(1, now), "loss": total / max(1, step), "seconds": time.time() - started} | measure()
        torch.save({"state": average.state_dict(), "epoch": epoch}, options.work / "last.pt")
        curves.append(line)
        print(json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)
        (options.work / "curves.json").write_text(json.dumps(curves))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder that holds ferplus/")
    parser.add_argument("--raf", type=Path, required=True, help="the unpacked rafdb_train.zip")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--network", choices=["compact", "vgg16"], default="compact")
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--start-onnx", type=Path)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--balance", type=float, default=0.3)
    parser.add_argument("--raf-share", type=float, default=0.4)
    parser.add_argument("--smooth", type=float, default=0.08)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
