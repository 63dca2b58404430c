"""Arrays as one small file: stacks of pictures as WebP sheets, the rest deflated.

    write(path, {"fer": uint8 [n, h, w] or [n, h, w, 3], "label": [n], ...})
    arrays = read(path)

Sheets are lossy (quality 80): half a bit of what a face shows, a third of the bytes of a PNG.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

QUALITY = 80
SHEET = 8192  # pixels of the longest side of a sheet; WebP ends at 16383
LEAST_SIDE = 16  # smaller arrays of bytes are no pictures


def is_pictures(array: np.ndarray) -> bool:
    colour = array.ndim == 4 and array.shape[3] == 3
    return array.dtype == np.uint8 and (array.ndim == 3 or colour) and min(array.shape[1:3]) >= LEAST_SIDE


def write(path: Path, arrays: Mapping[str, np.ndarray], quality: int = QUALITY) -> int:
    """Writes the file, to a temporary name at first; returns its bytes."""
    stored: dict[str, Any] = {}
    for name, array in arrays.items():
        if is_pictures(array):
            sheets = [sheet(part, quality) for part in np.split(array, range(room(array), len(array), room(array)))]
            stored[f"{name}.webp"] = np.frombuffer(b"".join(sheets), np.uint8)
            stored[f"{name}.ends"] = np.cumsum([len(one) for one in sheets])
            stored[f"{name}.shape"] = np.array(array.shape)
        else:
            stored[name] = array
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.stem + ".part.npz")
    np.savez_compressed(temporary, **stored)
    os.replace(temporary, path)
    return path.stat().st_size


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays that `write` was given; pictures as they are after WebP."""
    with np.load(path) as file:
        stored = {name: file[name] for name in file.files}
    out: dict[str, np.ndarray] = {}
    for name, array in stored.items():
        if name.endswith(".webp"):
            key = name.removesuffix(".webp")
            shape, ends = tuple(stored[f"{key}.shape"].tolist()), stored[f"{key}.ends"].tolist()
            parts = [array[start:end].tobytes() for start, end in zip([0, *ends], ends)]
            out[key] = np.concatenate([pictures(part, shape) for part in parts])[: shape[0]]
        elif not name.endswith((".ends", ".shape")):
            out[name] = array
    return out


def columns(shape: tuple[int, ...]) -> int:
    return max(1, SHEET // shape[2])


def room(array: np.ndarray) -> int:
    """Pictures of one sheet."""
    return columns(array.shape) * max(1, SHEET // array.shape[1])


def sheet(part: np.ndarray, quality: int) -> bytes:
    """Pictures side by side, row by row; the last row is filled up with grey."""
    across = columns(part.shape)
    rows = -(-len(part) // across)
    full = np.full((rows * across, *part.shape[1:]), 128, np.uint8)
    full[: len(part)] = part
    height, width = part.shape[1:3]
    grid = full.reshape(rows, across, *part.shape[1:]).swapaxes(1, 2).reshape(rows * height, across * width, *part.shape[3:])
    data = io.BytesIO()
    Image.fromarray(grid).save(data, "WEBP", quality=quality, method=4)
    return data.getvalue()


def pictures(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """All places of a sheet, those that were filled up included."""
    height, width = shape[1:3]
    with Image.open(io.BytesIO(data)) as image:
        grid = np.asarray(image.convert("RGB" if len(shape) == 4 else "L"))
    across = grid.shape[1] // width
    rows = grid.shape[0] // height
    return grid.reshape(rows, height, across, width, *shape[3:]).swapaxes(1, 2).reshape(rows * across, *shape[1:])
