"""A head that weighs the moments of a clip: attention over the states of Whisper's front, 25 a second.

It hears what a mean over the clip hides, and learns from many speakers (CREMA-D's too, speech_cremad.py); the linear head of
speech_whisper.py is better with few. The mean of both is better than either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

CLASSES = 8
BASIS, WIDTH, PARTS = 256, 128, 4  # directions of the states that are kept; what is pooled; attentions
STEPS, BATCH, RATE, DECAY = 1500, 48, 2e-3, 0.05
LEAST, MOST = 40, 90  # states of a training example: 1.6 to 3.6 s that are heard
SHARES = {"RAVDESS": 3.0, "CREMA-D": 1.5}  # how much more a set counts than by the root of its size


def halved(states: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
    """States [n, t, width] and which are heard [n, t], 50 a second -> the same, 25 a second."""
    return F.avg_pool1d(states.transpose(1, 2), 2).transpose(1, 2), F.max_pool1d(heard[:, None], 2)[:, 0]


class FrameHead(nn.Module):
    """States [n, t, inside] and heard [n, t] -> logits: four attentions, each over its share of the features, mean and deviation."""

    def __init__(self, inside: int, dropout: float = 0.4) -> None:
        super().__init__()
        self.first, self.attention = nn.Linear(inside, WIDTH), nn.Linear(WIDTH, PARTS)
        self.noise, self.dropout = nn.Dropout(0.15), nn.Dropout(dropout)
        self.last = nn.Linear(2 * WIDTH, CLASSES)

    def pool(self, states: Tensor, heard: Tensor) -> Tensor:
        x = F.gelu(self.first(self.noise(states)))
        weight = self.attention(x.tanh()).masked_fill(heard[:, :, None] == 0, -1e4).softmax(1)[..., None]
        parts = x.view(x.shape[0], x.shape[1], PARTS, WIDTH // PARTS)
        mean = (parts * weight).sum(1)
        deviation = ((parts * parts * weight).sum(1) - mean * mean).clamp(min=1e-4).sqrt()
        return torch.cat([mean.flatten(1), deviation.flatten(1)], 1)

    def forward(self, states: Tensor, heard: Tensor) -> Tensor:
        return self.last(self.dropout(self.pool(states, heard)))


def whole(head: FrameHead, basis: tuple[np.ndarray, np.ndarray]) -> FrameHead:
    """The head with the basis multiplied into its first layer: it takes the states as they are."""
    mean, directions = (torch.from_numpy(part) for part in basis)
    out = FrameHead(len(mean))
    out.load_state_dict({name: value for name, value in head.state_dict().items() if not name.startswith("first")}, strict=False)
    with torch.no_grad():
        out.first.weight.copy_(head.first.weight @ directions.T)
        out.first.bias.copy_(head.first.bias - out.first.weight @ mean)
    return out.eval()


@dataclass
class Frames:
    """Heard states of clips and of their changed copies, [n, width] float16, and where each one's lie."""

    states: np.ndarray
    clip: np.ndarray  # [sequences], row of the list of clips
    copy: np.ndarray  # 0 is the clip itself, 1 the copy whose pooled features stand beside it
    count: np.ndarray

    def __post_init__(self) -> None:
        self.start = np.concatenate([[0], np.cumsum(self.count)[:-1]])
        self.of: dict[int, dict[int, int]] = {}
        for at, (clip, copy, count) in enumerate(zip(self.clip, self.copy, self.count)):
            if count > 3:
                self.of.setdefault(int(clip), {})[int(copy)] = at


def basis_of(frames: Frames, clips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean [width] and principal directions [width, 256], weak ones lifted a little, of some states of each of `clips`. No labels."""
    random = np.random.default_rng(0)
    rows = [frames.start[at] + random.integers(0, frames.count[at], min(12, frames.count[at]))
            for at in (frames.of[int(clip)][0] for clip in clips if 0 in frames.of.get(int(clip), {}))]  # fmt: skip
    some = frames.states[np.sort(np.concatenate(rows))].astype(np.float32)
    mean, deviation = some.mean(0), some.std(0) + 1e-2
    some = (some - mean) / deviation
    values, directions = np.linalg.eigh(some.T @ some / len(some))
    kept = directions[:, ::-1][:, :BASIS] / np.sqrt(values[::-1][:BASIS] + 0.3)
    return mean, (kept / deviation[:, None]).astype(np.float32)


def projected(frames: Frames, basis: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    out = np.empty((len(frames.states), basis[1].shape[1]), np.float16)
    for start in range(0, len(out), 40000):
        out[start : start + 40000] = (frames.states[start : start + 40000].astype(np.float32) - basis[0]) @ basis[1]
    return out


def batch_of(frames: Frames, values: np.ndarray, sequences: list[int], most: int, random: np.random.Generator | None) -> tuple[Tensor, Tensor]:
    """Sequences padded to one length [n, t, k], and what is heard [n, t]; longer ones are cut, at random or at the end."""
    lengths = [min(most, frames.count[at]) for at in sequences]
    states, heard = np.zeros((len(sequences), max(lengths), values.shape[1]), np.float32), np.zeros((len(sequences), max(lengths)), np.float32)
    for row, (at, length) in enumerate(zip(sequences, lengths)):
        first = frames.start[at] + (random.integers(0, frames.count[at] - length + 1) if random is not None else 0)
        states[row, :length] = values[first : first + length]
        heard[row, :length] = 1
    return torch.from_numpy(states), torch.from_numpy(heard)


def shares_of(sets: np.ndarray, label: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """How often each of the chosen clips is drawn: each set by the root of its size and SHARES, each label of a set alike."""
    weight = np.zeros(len(chosen))
    for name in np.unique(sets[chosen]):
        of_set = sets[chosen] == name
        for k in range(CLASSES):
            cell = of_set & (label[chosen] == k)
            if cell.any():
                weight[cell] = of_set.sum() ** 0.5 / cell.sum() * SHARES.get(name, 1.0)
    return weight / weight.sum()


def fit(frames: Frames, values: np.ndarray, sets: np.ndarray, label: np.ndarray, mask: np.ndarray, chosen: np.ndarray,
        seed: int, steps: int = STEPS) -> FrameHead:  # fmt: skip
    """`values`: projected(frames); `mask` [clips, 8]: labels that a clip's set has. Pooled features of clips of one mask are mixed."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    chosen = chosen[np.isin(chosen, list(frames.of))]
    shares = shares_of(sets, label, chosen)
    head, average = FrameHead(values.shape[1]), FrameHead(values.shape[1])
    average.load_state_dict(head.state_dict())
    optimiser = torch.optim.AdamW(head.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    known = torch.from_numpy(mask)
    head.train()
    for step in range(steps):
        clips = random.choice(chosen, BATCH, p=shares)
        sequences = [frames.of[int(clip)][random.choice(list(frames.of[int(clip)]))] for clip in clips]
        states, heard = batch_of(frames, values, sequences, int(random.integers(LEAST, MOST + 1)), random)
        has = known[clips]
        wanted = F.one_hot(torch.from_numpy(label[clips]), CLASSES).float() * 0.95 + 0.05 * has.float() / has.sum(1, keepdim=True)
        other = torch.from_numpy(random.permutation(BATCH))
        mixed = (has == has[other]).all(1) & torch.from_numpy(random.random(BATCH) < 0.6)
        share = torch.from_numpy(np.where(mixed, 1 - random.beta(0.4, 0.4, BATCH) / 2, 1.0)).float()[:, None]
        features = head.pool(states, heard)
        logits = head.last(head.dropout(share * features + (1 - share) * features[other])).masked_fill(~has, -1e4)
        wanted = share * wanted + (1 - share) * wanted[other]
        loss = -(wanted * logits.log_softmax(1)).masked_fill(~has, 0).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            keep = min(0.99, (1 + step) / (10 + step))
            for mean, value in zip(average.parameters(), head.parameters()):
                mean.lerp_(value, 1 - keep)
    return average.eval()


@torch.no_grad()
def logits_of(heads: list[FrameHead], frames: Frames, values: np.ndarray, clips: np.ndarray, copy: int = 0) -> np.ndarray:
    """Mean of the heads' logits [clips, 8]."""
    out = []
    for start in range(0, len(clips), 64):
        states, heard = batch_of(frames, values, [frames.of[int(clip)][copy] for clip in clips[start : start + 64]], 10**6, None)
        out.append(torch.stack([head(states, heard) for head in heads]).mean(0).numpy())
    return np.concatenate(out)
