"""Eyes of real people with a label: MRL (29 people, infrared and visible light) and 300-W (points set by people)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

import marked_faces
from common import check_disjoint, crop, eye_crop, resize_whole

LABELS = ["open", "closed"]
# People of MRL kept for the figures: with and without glasses, two sensors, both labels in number.
MRL_TEST = ("s0012", "s0016", "s0022", "s0029", "s0034", "s0037")
# People of MRL kept for the temperature and for settings: one with glasses, one without.
MRL_HELD = ("s0020", "s0027")
CLOSED_BELOW, OPEN_ABOVE = 0.12, 0.2  # aspect ratio of points set by people; between them is no label
NARROW_ABOVE = 0.16  # in the training, eyes that are narrow but show the iris are open ones


def aspect_ratio(landmarks):
    """EAR of the right and the left eye: [n, 68, 2] -> [n, 2]; (|p2 p6| + |p3 p5|) / (2 |p1 p4|)."""

    def one(eye):
        heights = np.linalg.norm(eye[:, 1] - eye[:, 5], axis=1) + np.linalg.norm(eye[:, 2] - eye[:, 4], axis=1)
        return heights / (2 * np.linalg.norm(eye[:, 0] - eye[:, 3], axis=1))

    return np.stack([one(landmarks[:, 36:42]), one(landmarks[:, 42:48])], 1)


def mrl(folder: Path, stored: int, side: int) -> dict[str, np.ndarray]:
    """image uint8 [n, stored, stored, 3], exact float32 [n, 3, side, side] (what the network sees), label, person, train, test, held."""
    with open(Path(folder) / "labels.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    pictures = [np.asarray(Image.open(Path(folder) / row["path"]).convert("L")) for row in rows]
    person = np.array([row["subject"] for row in rows])
    test, held = np.isin(person, MRL_TEST), np.isin(person, MRL_HELD)
    train = ~test & ~held
    check_disjoint(train=person[train].tolist(), test=person[test].tolist(), held=person[held].tolist())
    return {
        "image": np.stack([resize_whole(p, (stored, stored)).round().transpose(1, 2, 0).astype(np.uint8) for p in pictures]),
        "exact": np.stack([resize_whole(p, (side, side)) for p in pictures]),
        "label": np.array([LABELS.index(row["label"]) for row in rows]),
        "person": person,
        "train": train,
        "test": test,
        "held": held,
    }


def marked_eyes(folder: Path, stored: int, side: int, stored_scale: float, crop_scale: float) -> dict[str, np.ndarray]:
    """Eyes of 300-W cut as the product cuts them; open and closed by the aspect ratio of the points. As `mrl`."""
    out: dict[str, list] = {"image": [], "exact": [], "label": [], "person": [], "train": [], "test": []}
    for face in marked_faces.read(folder):
        ratio = aspect_ratio(face.points[None])[0]
        picture = face.picture()
        train = marked_faces.part_of(face) == "train"
        for which, value in zip(("right", "left"), ratio):
            if CLOSED_BELOW <= value <= (NARROW_ABOVE if train else OPEN_ABOVE):
                continue
            wide = crop(picture, *eye_crop(face.points, which, stored_scale), size=(stored, stored))
            out["image"].append(wide.round().transpose(1, 2, 0).astype(np.uint8))
            out["exact"].append(crop(picture, *eye_crop(face.points, which, crop_scale), size=(side, side)))
            out["label"].append(int(value < CLOSED_BELOW))
            out["person"].append(face.source)
            out["train"].append(train)
            out["test"].append(not train)
    return {name: np.array(values) for name, values in out.items()}
