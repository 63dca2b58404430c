"""Training of the compact speech network, one fold over the speaker groups at a time; speech.py measures and exports.

A fold trains on three groups and never looks at the fourth: the number of epochs is fixed beforehand, nothing is chosen
on the held-out speakers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import ravdess
from common import check_disjoint
from features import LOG_MEL, log_mel, speech_span
from runner import Run
from speech_networks import Compact
from training import start_from

LONGEST = 300  # frames that a training example keeps
SEGMENT = 250  # frames of 2.5 s


def prepare(folder: Path) -> dict[str, np.ndarray]:
    """Log-mels of all clips and of their augmented copies, end to end: `mels` [64, frames]; of each copy its `clip`, first and last
    frame in `mels` and the span of its speech; of each clip `emotion`, `actor`, `male`."""
    mels, at, rows, clips = [], 0, [], ravdess.read(folder)
    for number, clip in enumerate(clips):
        for sound in ravdess.copies(clip.sound, np.random.default_rng([11, number])):
            mel = log_mel(sound).astype(np.float16)
            mels.append(mel)
            rows.append((number, at, at + mel.shape[1], *speech_span(mel)))
            at += mel.shape[1]
    return {
        "mels": np.concatenate(mels, 1), "copies": np.array(rows), "emotion": np.array([clip.emotion for clip in clips]),
        "actor": np.array([clip.actor for clip in clips]), "male": np.array([clip.male for clip in clips]),
    }  # fmt: skip


def clips_of(prepared: dict[str, np.ndarray]) -> list[dict]:
    """One dictionary a clip: `mels` and `spans` of its copies, the clean one first, `emotion`, `actor`, `male`."""
    keys = ("emotion", "actor", "male")
    out = [{"mels": [], "spans": [], **{key: prepared[key][at].item() for key in keys}} for at in range(len(prepared["actor"]))]
    for clip, start, end, first, last in prepared["copies"].tolist():
        out[clip]["mels"].append(prepared["mels"][:, start:end])
        out[clip]["spans"].append((first, last))
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
def logits_of(network: nn.Module, mels: list[np.ndarray]) -> np.ndarray:
    """One by one, as the product does."""
    network.eval()
    device = next(network.parameters()).device
    return np.concatenate([network(torch.from_numpy(mel.astype(np.float32)).to(device)[None])[0].cpu().numpy() for mel in mels])


def whole(clip: dict) -> np.ndarray:
    first, end = clip["spans"][0]
    return clip["mels"][0][:, first:end]


def uar(predicted: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean([(predicted[truth == k] == k).mean() for k in np.unique(truth)]))


def train_fold(run: Run, clips: list[dict], held_out: list[int], part: tuple[str, int, int]) -> nn.Module:
    options = run.options
    inside = [clip for clip in clips if clip["actor"] not in held_out]
    outside = [clip for clip in clips if clip["actor"] in held_out]
    if outside:
        check_disjoint(train=[clip["actor"] for clip in inside], test=[clip["actor"] for clip in outside])
    truth = np.array([clip["emotion"] for clip in outside])
    batch = min(options.batch, len(inside))
    steps = options.steps or len(inside) // batch

    def batches(epoch: int) -> Iterator[tuple[Tensor, ...]]:
        random = run.random
        order = np.concatenate([random.permutation(len(inside)) for _ in range(-(-steps * batch // len(inside)))])
        for at in range(0, steps * batch, batch):
            chosen = [inside[i] for i in order[at : at + batch]]
            mel, mask = batch_of([example(clip, random) for clip in chosen])
            target = F.one_hot(torch.tensor([clip["emotion"] for clip in chosen]), 8).float() * 0.95 + 0.05 / 8
            male = torch.tensor([float(clip["male"]) for clip in chosen])
            if random.random() < 0.5:
                share = float(random.beta(0.3, 0.3))
                other = torch.from_numpy(random.permutation(len(chosen)))
                mel, mask = mix(mel, mel[other], mask, mask[other], share)
                target, male = share * target + (1 - share) * target[other], share * male + (1 - share) * male[other]
            yield tuple(array.to(run.device) for array in (mel, mask, target, male))

    def loss(network: nn.Module, given: tuple[Tensor, ...]) -> Mapping[str, Tensor]:
        mel, mask, target, male = given
        with run.autocast():
            logits, sex = network(mel, mask)
        return {"emotion": F.cross_entropy(logits.float(), target), "sex": 0.1 * F.binary_cross_entropy_with_logits(sex.float(), male)}

    def measure(network: nn.Module) -> dict[str, float]:
        return {"uar": uar(logits_of(network, [whole(clip) for clip in outside]).argmax(1), truth)} if outside else {}

    torch.manual_seed(options.seed)
    network = Compact()
    start_from(network, options.start, part=part[0])
    return run.fit(network, batches=batches, steps=steps, loss=loss, measure=measure, keep=0.99, ramp=9, channels_last=True, part=part)


def mix(mel: Tensor, other: Tensor, mask: Tensor, other_mask: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Mixup of two voices, each first brought to its own mean and deviation."""

    def level(x: Tensor, m: Tensor) -> Tensor:
        m = m[:, None]
        count = m.sum((1, 2), keepdim=True) * 64
        centred = (x - (x * m).sum((1, 2), keepdim=True) / count) * m
        return centred / ((centred * centred).sum((1, 2), keepdim=True) / count + 1e-3).sqrt()

    return share * level(mel, mask) + (1 - share) * level(other, other_mask), torch.maximum(mask, other_mask)
