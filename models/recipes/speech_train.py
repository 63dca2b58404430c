"""Training of the compact speech network, one fold over the speaker groups at a time; `speech.py` measures and exports.

A fold trains on three groups and never looks at the fourth: the number of epochs is fixed beforehand, nothing is chosen
on the held-out speakers."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

import ravdess
from common import check_disjoint
from features import LOG_MEL, log_mel, speech_span
from speech_networks import Compact

LONGEST = 300  # frames that a training example keeps
SEGMENT = 250  # frames of 2.5 s
EMA = 0.99


def prepare(data: Path, cache: Path) -> list[dict]:
    """Log-mels of all clips and of their augmented copies, kept in `cache` since they take minutes."""
    stored = cache / "logmel.npy"
    if stored.exists():
        return list(np.load(stored, allow_pickle=True))
    out = []
    for at, clip in enumerate(ravdess.read(data / "ravdess")):
        random = np.random.default_rng([11, at])
        mels = [log_mel(sound).astype(np.float16) for sound in ravdess.copies(clip.sound, random)]
        spans = [speech_span(mel) for mel in mels]
        out.append({"mels": mels, "spans": spans, "emotion": clip.emotion, "actor": clip.actor, "male": clip.male})
    cache.mkdir(parents=True, exist_ok=True)
    np.save(stored, np.array(out, dtype=object), allow_pickle=True)
    return out


def segment(mel: np.ndarray, span: tuple[int, int], start: int, length: int) -> np.ndarray:
    """Frames `start` to `start + length`, floor and trimming as if they were all that was recorded."""
    cut = mel[:, max(0, start) : start + length].astype(np.float32)
    cut = np.maximum(cut, cut.max() - LOG_MEL.topDb)
    first, end = speech_span(cut)
    return cut[:, first:end]


def example(clip: dict, random: np.random.Generator) -> np.ndarray:
    """One training input: a random copy, whole or a random 2.5 s of it, with warped and masked bands."""
    version = random.integers(len(clip["mels"]))
    mel, (first, end) = clip["mels"][version], clip["spans"][version]
    if random.random() < 0.4:
        inside = min(80, end - first)
        start = random.integers(first + inside - SEGMENT, end - inside + 1)
        start = int(np.clip(start, 0, max(0, mel.shape[1] - SEGMENT)))
        mel = segment(mel, (first, end), start, SEGMENT)
    else:
        mel = mel[:, first:end].astype(np.float32)
    if mel.shape[1] > LONGEST:
        start = random.integers(mel.shape[1] - LONGEST + 1)
        mel = mel[:, start : start + LONGEST]
    # Another length of the vocal tract: the bands are read at stretched positions.
    bands = np.clip(np.arange(64) * random.uniform(0.92, 1.08) + random.uniform(-1, 1), 0, 62.999)
    low = bands.astype(int)
    part = (bands - low).astype(np.float32)[:, None]
    mel = mel[low] * (1 - part) + mel[low + 1] * part
    mel = mel + (np.linspace(-1, 1, 64) * random.uniform(-4, 4)).astype(np.float32)[:, None]
    mean = mel.mean()
    for _ in range(2):
        size = random.integers(0, 9)
        at = random.integers(0, 64 - size)
        mel[at : at + size] = mean
        size = random.integers(0, max(1, min(25, mel.shape[1] // 4)))
        at = random.integers(0, mel.shape[1] - size)
        mel[:, at : at + size] = mean
    return mel


def batch_of(mels: list[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Pads to the longest: ([n, 64, t], mask [n, t]); t is a multiple of 8, so that strides fall alike."""
    longest = -(-max(mel.shape[1] for mel in mels) // 8) * 8
    out, mask = np.zeros((len(mels), 64, longest), np.float32), np.zeros((len(mels), longest), np.float32)
    for at, mel in enumerate(mels):
        out[at, :, : mel.shape[1]] = mel
        mask[at, : mel.shape[1]] = 1
    return torch.from_numpy(out), torch.from_numpy(mask)


@torch.no_grad()
def logits_of(network: Compact, mels: list[np.ndarray]) -> np.ndarray:
    """One by one, as the product does."""
    network.eval()
    return np.concatenate([network(torch.from_numpy(mel.astype(np.float32))[None])[0].numpy() for mel in mels])


def whole(clip: dict) -> np.ndarray:
    first, end = clip["spans"][0]
    return clip["mels"][0][:, first:end]


def uar(predicted: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean([(predicted[truth == k] == k).mean() for k in np.unique(truth)]))


def train_fold(clips: list[dict], held_out: list[int], options: argparse.Namespace, name: str) -> None:
    inside = [clip for clip in clips if clip["actor"] not in held_out]
    outside = [clip for clip in clips if clip["actor"] in held_out]
    if outside:
        check_disjoint(train=[clip["actor"] for clip in inside], test=[clip["actor"] for clip in outside])
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    network, average = Compact(), Compact()
    network = network.to(memory_format=torch.channels_last)
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=0.03)
    steps = len(inside) // options.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.rate, total_steps=steps * options.epochs, pct_start=0.1, cycle_momentum=False
    )
    truth = np.array([clip["emotion"] for clip in outside])
    curves = []
    for epoch in range(options.epochs):
        network.train()
        started, total = time.time(), 0.0
        order = random.permutation(len(inside))
        for step in range(steps):
            chosen = [inside[i] for i in order[step * options.batch : (step + 1) * options.batch]]
            mel, mask = batch_of([example(clip, random) for clip in chosen])
            target = F.one_hot(torch.tensor([clip["emotion"] for clip in chosen]), 8).float() * 0.95 + 0.05 / 8
            male = torch.tensor([float(clip["male"]) for clip in chosen])
            if random.random() < 0.5:
                share = float(random.beta(0.3, 0.3))
                other = torch.from_numpy(random.permutation(len(chosen)))
                mel, mask = mix(mel, mel[other], mask, mask[other], share)
                target, male = share * target + (1 - share) * target[other], share * male + (1 - share) * male[other]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits, sex = network(mel, mask)
            loss = F.cross_entropy(logits.float(), target)
            loss = loss + 0.1 * F.binary_cross_entropy_with_logits(sex.float(), male)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5)
            optimiser.step()
            schedule.step()
            total += loss.item()
            with torch.no_grad():
                keep = min(EMA, (1 + epoch * steps + step) / (10 + epoch * steps + step))
                for mean, now in zip(average.state_dict().values(), network.state_dict().values()):
                    if mean.dtype.is_floating_point:
                        mean.lerp_(now, 1 - keep)
        line = {"epoch": epoch + 1, "loss": total / steps, "seconds": time.time() - started}
        if outside and (epoch % 5 == 4 or epoch == options.epochs - 1):
            line["uar"] = uar(logits_of(average, [whole(clip) for clip in outside]).argmax(1), truth)
        curves.append(line)
        print(json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)
    options.work.mkdir(parents=True, exist_ok=True)
    torch.save({"state": average.state_dict(), "held_out": held_out}, options.work / f"{name}.pt")
    (options.work / f"{name}.json").write_text(json.dumps(curves))


def mix(mel: Tensor, other: Tensor, mask: Tensor, other_mask: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Mixup of two voices, each first brought to its own mean and deviation."""

    def level(x: Tensor, m: Tensor) -> Tensor:
        m = m[:, None]
        count = m.sum((1, 2), keepdim=True) * 64
        centred = (x - (x * m).sum((1, 2), keepdim=True) / count) * m
        return centred / ((centred * centred).sum((1, 2), keepdim=True) / count + 1e-3).sqrt()

    return share * level(mel, mask) + (1 - share) * level(other, other_mask), torch.maximum(mask, other_mask)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder that holds ravdess/")
    parser.add_argument("--work", type=Path, required=True, help="where features, checkpoints and curves go")
    parser.add_argument("--fold", type=int, nargs="*", default=[3, 0, 1, 2], help="speaker groups to hold out in turn")
    parser.add_argument("--final", action="store_true", help="then train on all speakers: the weights that are committed")
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse()
    everything = prepare(arguments.data, arguments.work)
    for fold in arguments.fold:
        print(f"fold {fold}: held out {ravdess.GROUPS[fold]}", flush=True)
        train_fold(everything, ravdess.GROUPS[fold], arguments, f"fold{fold}")
    if arguments.final:
        train_fold(everything, [], arguments, "final")
