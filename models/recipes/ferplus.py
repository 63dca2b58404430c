"""FER+ faces: sheets of 48x48 pictures with the votes of ten taggers (FER2013 by row, votes by Barsoum et al. 2016).

FER2013 has no subject ids, so no split by person is possible. What is enforced instead: pictures of the test set and of
the validation set have no copy in the training set, neither exact nor near (mirrored, re-cropped, re-compressed).
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

LABELS = ["neutral", "happy", "sad", "angry", "surprise", "fear", "disgust", "contempt"]
VOTE_COLUMNS = ["neutral", "happiness", "sadness", "anger", "surprise", "fear", "disgust", "contempt"]
REST_COLUMNS = ["unknown", "not_a_face"]
SIDE = 48
NEAR = 0.985  # correlation of 16x16 reductions from which two pictures count as copies
VALIDATION_FACES = 2500


@dataclass
class Faces:
    pixels: np.ndarray  # uint8 [n, 48, 48]
    soft: np.ndarray  # float32 [n, 8], votes as a distribution, zero where nothing is left
    majority: np.ndarray  # int64 [n], -1 where no label has more than half of the votes

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, index: np.ndarray) -> Faces:
        return Faces(self.pixels[index], self.soft[index], self.majority[index])


def read(folder: Path, part: str) -> Faces:
    """Reads `train` or `valid`. Single votes are zeroed; the majority protocol asks for more than half of what is left
    (unknown and not-a-face included) and drops the rest."""
    with open(folder / f"{part}.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    sheets = [np.asarray(Image.open(path).convert("L")) for path in sorted(folder.glob(f"{part}_*.png"))]
    pixels = np.empty((len(rows), SIDE, SIDE), np.uint8)
    votes = np.empty((len(rows), 10), np.float32)
    for at, row in enumerate(rows):
        index = int(row["index"])
        y, x = (index % 4096) // 64 * SIDE, index % 64 * SIDE
        pixels[at] = sheets[index // 4096][y : y + SIDE, x : x + SIDE]
        votes[at] = [float(row[name]) for name in VOTE_COLUMNS + REST_COLUMNS]
    votes[votes <= 1] = 0
    total = votes.sum(1)
    named = votes[:, :8]
    soft = named / np.maximum(named.sum(1, keepdims=True), 1)
    best = votes.argmax(1)
    clear = (votes.max(1) > 0.5 * total) & (best < 8)
    return Faces(pixels, soft.astype(np.float32), np.where(clear, best, -1).astype(np.int64))


def signatures(pixels: np.ndarray) -> np.ndarray:
    """16x16 block means, standardised to unit length: [n, 256]."""
    small = pixels.reshape(len(pixels), 16, 3, 16, 3).mean((2, 4)).reshape(len(pixels), -1).astype(np.float32)
    small -= small.mean(1, keepdims=True)
    return small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)


def hashes_of(pixels: np.ndarray) -> set[bytes]:
    return {hashlib.sha256(face.tobytes()).digest() for face in pixels}


def copies_of(kept_out: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """True for each candidate picture that is an exact or near copy (mirrored ones too) of a picture in `kept_out`."""
    hashes = hashes_of(kept_out)
    exact = np.array([hashlib.sha256(face.tobytes()).digest() in hashes for face in candidates])
    reference = np.concatenate([signatures(kept_out), signatures(kept_out[:, :, ::-1])])
    near = np.zeros(len(candidates), bool)
    for start in range(0, len(candidates), 2000):
        block = signatures(candidates[start : start + 2000])
        near[start : start + 2000] = (block @ reference.T).max(1) > NEAR
    return exact | near


def splits(folder: Path, seed: int = 7) -> tuple[Faces, Faces, Faces, dict[str, int]]:
    """(train, validation, test, counts). `valid` of the data is the test set; the validation set, for early stopping,
    temperature and choices, is drawn from `train`. Copies of either are dropped from what is trained on."""
    whole, test = read(folder, "train"), read(folder, "valid")
    clear_test = test.take(np.flatnonzero(test.majority >= 0))
    order = np.random.default_rng(seed).permutation(len(whole))
    chosen = order[whole.majority[order] >= 0][: min(VALIDATION_FACES, len(whole) // 5)]
    rest = np.setdiff1d(np.flatnonzero(whole.soft.sum(1) > 0), chosen)
    of_test = copies_of(test.pixels, whole.pixels)
    of_validation = copies_of(whole.pixels[chosen], whole.pixels)
    kept = rest[~(of_test | of_validation)[rest]]
    train = whole.take(kept)
    validation = whole.take(chosen[~of_test[chosen]])
    if hashes_of(train.pixels) & hashes_of(np.concatenate([test.pixels, validation.pixels])):
        raise ValueError("a training picture is also a test or validation picture")
    counts = {
        "train": len(train),
        "validation": len(validation),
        "test": len(clear_test),
        "droppedCopies": int(len(rest) - len(kept)),
        "testWithoutMajority": int(len(test) - len(clear_test)),
    }
    return train, validation, clear_test, counts
