"""Pictures whose 68 points were set by people (300-W: AFW, HELEN, LFPW): reading and a split by source picture."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from runner import Failure


def read_pts(path: Path) -> np.ndarray:
    """Points of a .pts file as continuous pixels: the format counts from 1, so the centre of the first pixel is 1."""
    lines = Path(path).read_text().split("{")[1].split("}")[0].split()
    return np.array(lines, np.float64).reshape(-1, 2) - 0.5


@dataclass
class Marked:
    source: str  # set/picture without the number of the face: several faces of one picture stay together
    file: Path
    points: np.ndarray  # float [68, 2], continuous pixels

    def picture(self) -> np.ndarray:
        return np.asarray(Image.open(self.file).convert("RGB"))


def source_of(path: Path) -> str:
    """AFW and HELEN name the faces of one picture NAME_1, NAME_2."""
    stem = path.stem
    return f"{path.parent.name}/{re.sub(r'_[0-9]+$', '', stem) if path.parent.name != 'lfpw' else stem}"


def read(folder: Path) -> list[Marked]:
    faces = []
    for pts in sorted(Path(folder).rglob("*.pts")):
        picture = next((p for p in pts.parent.glob(pts.stem + ".*") if p.suffix in (".jpg", ".png")), None)
        if picture is not None:
            faces.append(Marked(source_of(pts), picture, read_pts(pts)))
    if not faces:
        raise Failure(f"There is no .pts beside a picture below {folder}.")
    return faces


def part_of(face: Marked) -> str:
    """80 % train, 20 % test, by a hash of the source picture."""
    return "test" if zlib.crc32(face.source.encode()) % 5 == 0 else "train"
