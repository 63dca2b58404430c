"""Photographs of faces with the emotion that people saw in them: what the rig network learns beside rendered people.

No photograph comes with weights of a rig, but what a face shows can be read off its weights: a small network (`Reader`), which knows
the rig's own displays alone, says which emotion weights stand for, and its gradient teaches the rig network (after EMOCA, Danecek et
al., CVPR 2022). The judge of avatars (avatar_judge.py) is another network and is never a loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import avatar_rig as rig
import ferplus
import rafdb
from avatar_people import CROP_SCALE, OFFSET, SIZE
from chain import Network, Square
from common import MODELS, crop, face_square, task_crop
from expression_joint import draws
from runner import Run

OUTPUTS = [rig.INDEX[name] for name in rig.PREDICTED]
BATCH = 128


HELD = 1500  # photographs of a set that are looked at after each epoch, at most


def photographs(run: Run, count: int) -> dict[str, np.ndarray]:
    """About `count` photographs of FER+ and RAF-DB, the parts that are trained on, rare emotions first, and held ones: grey crops [n, 64, 64], landmarks in units of the crop, emotions [n, 8] as
    shares, set (0 FER+, 1 RAF-DB) and whether a face is `held`: only looked at."""
    return run.derived(f"rig-photographs-{count}", lambda: make(run, count))


def make(run: Run, count: int) -> Mapping[str, np.ndarray]:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    fer, fer_held, _, _ = ferplus.splits(run.needs("ferplus"))
    raf, raf_held, _ = rafdb.splits(run.unpacked("rafdb_train.zip"))
    labels = lambda faces: np.pad(np.eye(7, dtype=np.float32)[faces.label], ((0, 0), (0, 1)))
    parts = [
        (fer.pixels, fer.soft, 0, False),
        (fer_held.pixels, np.eye(8, dtype=np.float32)[fer_held.majority], 0, True),
        (raf.pixels, labels(raf), 1, False),
        (raf_held.pixels, labels(raf_held), 1, True),
    ]
    share = min(1.0, count / (len(fer) + len(raf)))
    landmarks = Network(MODELS, "landmarks")
    rows: dict[str, list[np.ndarray]] = {key: [] for key in ("image", "found", "emotion", "set", "held")}
    for pixels, emotion, kind, held in parts:
        many = min(len(pixels), HELD) if held else round(share * len(pixels))
        chance = np.full(len(pixels), 1 / len(pixels)) if held else draws(emotion, 1.0).numpy()
        chosen = np.sort(rng.choice(len(pixels), many, replace=False, p=chance))
        pixels, emotion = pixels[chosen], emotion[chosen]
        run.note(f"Finds the landmarks of {len(pixels)} photographs.")
        for start in range(0, len(pixels), BATCH):
            image, found = framed(landmarks, pixels[start : start + BATCH])
            rows["image"].append(image)
            rows["found"].append(found)
        rows["emotion"].append(emotion.astype(np.float32))
        rows["set"].append(np.full(len(pixels), kind))
        rows["held"].append(np.full(len(pixels), held))
    return {key: np.concatenate(values) for key, values in rows.items()}


def framed(landmarks: Network, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that a face fills -> the crops that the rig network sees, and landmarks in units of them, as `edin evaluate avatar`
    finds them (daemon/evaluation/avatar.ts)."""
    height, width = pictures.shape[1:3]
    squares: list[Square] = [(width / 2, 0.54 * height, 0.86 * width, 0.0)] * len(pictures)
    points: list[np.ndarray] = []
    for _ in range(2):
        boxes = [task_crop(square, landmarks.settings["cropScale"], landmarks.settings.get("offset", (0, 0))) for square in squares]
        inside = landmarks(np.stack([crop(p, *box, landmarks.size) for p, box in zip(pictures, boxes)])).reshape(-1, 68, 2) - 0.5
        points = [np.array([cx, cy]) + side * p @ turn(roll) for p, (cx, cy, side, roll) in zip(inside, boxes)]
        squares = [face_square(p) for p in points]
    image, found = [], []
    for picture, marks, square in zip(pictures, points, squares):
        cx, cy, side, roll = task_crop(square, CROP_SCALE, OFFSET)
        small = crop(picture, cx, cy, side, roll, (SIZE, SIZE))
        image.append((small * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(0).round().astype(np.uint8))
        found.append(((marks - [cx, cy]) @ turn(roll).T / side).astype(np.float32))
    return np.stack(image), np.stack(found)


def turn(roll: float) -> np.ndarray:
    """Rows of points in a crop times this are turned by its roll."""
    cos, sin = math.cos(roll), math.sin(roll)
    return np.array([[cos, sin], [-sin, cos]])


class Reader(nn.Module):
    """Weights [n, 42] -> logits [n, 8] of the emotion that they stand for."""

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(len(OUTPUTS), width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, len(rig.EMOTIONS)))

    def forward(self, weights: Tensor) -> Tensor:
        answer: Tensor = self.net(weights)
        return answer


class Memory(nn.Module):
    """Weights [n, 42] -> the display nearest to them, as 16 numbers can say it."""

    def __init__(self) -> None:
        super().__init__()
        n = len(OUTPUTS)
        self.net = nn.Sequential(nn.Linear(n, 96), nn.ReLU(), nn.Linear(96, 16), nn.ReLU(), nn.Linear(16, 96), nn.ReLU(), nn.Linear(96, n))

    def forward(self, weights: Tensor) -> Tensor:
        answer: Tensor = self.net(weights)
        return answer


def states(seed: int, count: int = 9000) -> tuple[np.ndarray, np.ndarray]:
    """Weights [n, 42] of random displays and their emotions [n]."""
    rng = np.random.default_rng(seed)
    names = rng.integers(len(rig.EMOTIONS), size=count)
    return np.stack([rig.state(rng, rig.EMOTIONS[k])["weights"][OUTPUTS] for k in names]).astype(np.float32), names


def memory(seed: int, weights: np.ndarray, steps: int = 1500) -> Memory:
    """A denoising autoencoder of displays of any strength: what weights of a photograph are to be like."""
    rng = np.random.default_rng(seed + 1)
    torch.manual_seed(seed + 1)
    net = Memory()
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, steps)
    for _ in range(steps):
        wanted = weights[rng.integers(len(weights), size=192)] * rng.uniform(0.2, 1, (192, 1))
        given = (wanted + rng.normal(0, 0.1, wanted.shape)) * (rng.uniform(size=wanted.shape) > 0.15)
        loss = F.mse_loss(net(torch.from_numpy(given.astype(np.float32))), torch.from_numpy(wanted.astype(np.float32)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return net.eval().requires_grad_(False)


def reader(seed: int, weights: np.ndarray, names: np.ndarray, steps: int = 1500) -> tuple[Reader, float]:
    """A reader that knows the rig's displays, weak ones as partly neutral and mixtures of two as both; and its accuracy on others."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    count = len(weights)
    emotion = np.eye(len(rig.EMOTIONS), dtype=np.float32)[names]
    net, known = Reader(), count - count // 8
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps)
    for _ in range(steps):
        i, j = rng.integers(known, size=(2, 192))
        share = np.where(rng.uniform(size=192) < 0.5, 1, rng.uniform(0.5, 1, 192))[:, None].astype(np.float32)
        # Every third is mixed with nothing at all: a weak display.
        weak = (rng.uniform(size=192) < 0.33)[:, None]
        other, said = np.where(weak, 0, weights[j]), np.where(weak, np.eye(8, dtype=np.float32)[:1], emotion[j])
        given = share * weights[i] + (1 - share) * other + rng.normal(0, 0.05, weights[i].shape)
        wanted = share * emotion[i] + (1 - share) * said
        loss = F.cross_entropy(net(torch.from_numpy(given.astype(np.float32))), torch.from_numpy(wanted.astype(np.float32)), label_smoothing=0.03)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    net.eval().requires_grad_(False)
    right = net(torch.from_numpy(weights[known:])).argmax(1).numpy() == names[known:]
    return net, float(right.mean())


def recall(emotion: np.ndarray, said: np.ndarray, classes: int = 7) -> tuple[float, dict[str, float]]:
    """Mean recall over the first emotions, and each one's; `emotion` and `said` as indices."""
    each = {rig.EMOTIONS[k]: float((said[emotion == k] == k).mean()) for k in range(classes) if (emotion == k).any()}
    return float(np.mean(list(each.values()))), each
