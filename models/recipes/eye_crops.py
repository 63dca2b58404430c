"""Eyes cut from LFW pictures where the eye aspect ratio of teacher landmarks leaves no doubt."""

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from common import check_disjoint, crop, eye_crop

CLOSED_BELOW, OPEN_ABOVE = 0.125, 0.24  # of both eyes; looked at by eye: below 0.13 nearly all are closed
OPEN_PICTURES = 900


def aspect_ratio(landmarks):
    """EAR of the right and the left eye: [n, 68, 2] -> [n, 2]; (|p2 p6| + |p3 p5|) / (2 |p1 p4|)."""

    def one(eye):
        heights = np.linalg.norm(eye[:, 1] - eye[:, 5], axis=1) + np.linalg.norm(eye[:, 2] - eye[:, 4], axis=1)
        return heights / (2 * np.linalg.norm(eye[:, 0] - eye[:, 3], axis=1))

    return np.stack([one(landmarks[:, 36:42]), one(landmarks[:, 42:48])], 1)


def lfw_eyes(data, landmarks_file, side, crop_scale, seed=7):
    """Eyes: image uint8 [n, side, side, 3]; label 0 open, 1 closed; train (True for two people in three), person."""
    with np.load(landmarks_file) as stored:
        names, landmarks, good = stored["names"], stored["landmarks"], stored["good"]
    ratio = aspect_ratio(landmarks)
    closed = np.flatnonzero((ratio.max(1) < CLOSED_BELOW) & good)
    opened = np.flatnonzero((ratio.min(1) > OPEN_ABOVE) & good)
    opened = np.random.default_rng(seed).permutation(opened)[:OPEN_PICTURES]
    archive = zipfile.ZipFile(Path(data) / "lfw_A-H.zip")
    entries = {n.split("/")[-1]: n for n in archive.namelist()}
    rows = {"image": [], "label": [], "person": []}
    for label, chosen in ((0, opened), (1, closed)):
        for i in chosen:
            picture = np.array(Image.open(io.BytesIO(archive.read(entries[str(names[i])]))).convert("RGB"))
            for which in ("right", "left"):
                eye = crop(picture, *eye_crop(landmarks[i], which, crop_scale), (side, side))
                rows["image"].append(eye.round().transpose(1, 2, 0).astype(np.uint8))
                rows["label"].append(label)
                rows["person"].append(str(names[i]).rsplit("_", 1)[0])
    out = {key: np.array(values) for key, values in rows.items()}
    out["train"] = np.array([zlib.crc32(p.encode()) % 3 != 0 for p in out["person"]])
    check_disjoint(train=out["person"][out["train"]].tolist(), test=out["person"][~out["train"]].tolist())
    return out
