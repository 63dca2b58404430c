"""RAF-DB (basic labels, aligned colour faces 100x100): the part that is published for training, cut into three.

RAF-DB names no people, so no split by person is possible. What is enforced instead: pictures that are copies of each other
(exact, mirrored, re-cropped, re-compressed; perceptual signatures that correlate) stay in one part.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

LABELS = ["neutral", "happy", "sad", "angry", "surprise", "fear", "disgust"]
SIDE = 100
ALIKE = 0.965  # correlation of 16x16 signatures from which two pictures count as copies
PARTS = ("train", "validation", "test")


@dataclass
class Pictures:
    pixels: np.ndarray  # uint8 [n, 100, 100, 3]
    label: np.ndarray  # int64 [n], index into LABELS
    group: np.ndarray  # int64 [n], pictures of one group are copies of each other

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, index: np.ndarray) -> Pictures:
        return Pictures(self.pixels[index], self.label[index], self.group[index])


def signatures(grey: np.ndarray) -> np.ndarray:
    """Block means of the inner 96x96 pixels, standardised to unit length: [n, 256]."""
    small = grey[:, 2:98, 2:98].reshape(len(grey), 16, 6, 16, 6).mean((2, 4), dtype=np.float32).reshape(len(grey), -1)
    small -= small.mean(1, keepdims=True)
    return small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)


def groups_of(pixels: np.ndarray) -> np.ndarray:
    """Number of the group of copies that each picture belongs to: connected pairs that are alike, also when mirrored."""
    grey = pixels.mean(3, dtype=np.float32)
    straight, mirrored = signatures(grey), signatures(grey[:, :, ::-1])
    rows, columns = [], []
    for start in range(0, len(grey), 1024):
        block = straight[start : start + 1024]
        alike = np.maximum(block @ straight.T, block @ mirrored.T) > ALIKE
        row, column = np.nonzero(alike)
        rows.append(row + start)
        columns.append(column)
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(row)), (row, column)), shape=(len(grey), len(grey)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def listed(folder: Path) -> list[dict[str, str]]:
    """Rows of its table: path and label of each picture."""
    with open(folder / "labels.csv", newline="") as stream:
        return list(csv.DictReader(stream))


def read(folder: Path) -> Pictures:
    rows = listed(folder)
    pixels = np.stack([np.asarray(Image.open(folder / row["path"]).convert("RGB").resize((SIDE, SIDE))) for row in rows])
    label = np.array([LABELS.index(row["label"]) for row in rows], np.int64)
    return Pictures(pixels, label, groups_of(pixels))


def parts_of(whole: Pictures, seed: int = 5) -> list[np.ndarray]:
    """Indices of train, validation and test: 82, 8 and 10 % of the groups."""
    draw = np.random.default_rng(seed).random(whole.group.max() + 1)[whole.group]
    return [np.flatnonzero(draw < 0.82), np.flatnonzero((draw >= 0.82) & (draw < 0.9)), np.flatnonzero(draw >= 0.9)]


def splits(folder: Path, seed: int = 5) -> tuple[Pictures, Pictures, Pictures]:
    """(train, validation, test), of `parts_of`."""
    whole = read(folder)
    train, validation, test = (whole.take(part) for part in parts_of(whole, seed))
    if set(train.group) & (set(validation.group) | set(test.group)) or set(validation.group) & set(test.group):
        raise ValueError("copies of one picture lie in two parts")
    return train, validation, test
