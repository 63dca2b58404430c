"""Writes ../crop.json: what models/recipes/common.py makes of small seeded pictures.

Run: python3 test/golden/scripts/crop.py
Pictures: {"width", "height", "channels", "base64"} (uint8, rows of interleaved pixels). Expected crops: float32
little-endian, [3, H, W].
"""

import base64
import json
import math
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models" / "recipes"))
from common import aligned_crop, crop, eye_crop, face_square, letterbox, resize_whole, task_crop  # noqa: E402


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def floats(array):
    return {"shape": list(array.shape), "base64": encode(array.astype("<f4"))}


def main():
    rng = np.random.default_rng(20220701)
    pictures = {
        "colour": rng.integers(0, 256, (24, 31, 3), np.uint8),
        "grey": rng.integers(0, 256, (17, 20, 1), np.uint8),
        "wide": rng.integers(0, 256, (9, 40, 3), np.uint8),
        "alpha": rng.integers(0, 256, (8, 8, 4), np.uint8),
    }
    # (name, picture, cx, cy, side, roll, W, H)
    crops = [
        ("identity", "colour", 15.5, 12, 31, 0, 31, 24),
        ("enlarged", "colour", 14.3, 11.1, 6, 0, 10, 10),
        ("roll", "colour", 14.3, 11.1, 11, 0.4, 10, 6),
        ("negative roll", "colour", 16, 10, 13, -1.1, 9, 7),
        ("quarter turn", "grey", 10, 8, 12, math.pi / 2, 8, 8),
        ("out of bounds", "colour", 1, 23, 18, 0.2, 8, 8),
        ("far outside", "colour", -40, 90, 10, 0, 4, 4),
        ("just under n = 2", "colour", 15, 12, 11.9, 0, 8, 6),
        ("n = 2 at the half", "colour", 15, 12, 12, 0.1, 8, 6),
        ("n = 3", "colour", 15.2, 11.7, 24.3, -0.3, 8, 8),
        ("n = 4", "colour", 15.2, 11.7, 30, 0.05, 8, 8),
        ("n stops at 4", "wide", 20, 4.5, 40, 0, 4, 4),
        ("wide output", "grey", 9, 9, 14, 0.15, 15, 9),
        ("alpha is dropped", "alpha", 4, 4, 8, 0, 5, 5),
    ]
    wholes = [("down", "colour", 8, 8), ("up", "grey", 25, 30), ("each axis its own n", "wide", 10, 12),
              ("wide patch", "colour", 15, 9)]
    boxes = [("landscape", "colour", 16, 16), ("wide into a square", "wide", 12, 12), ("up", "grey", 30, 40)]
    landmarks = []
    for roll, scale, spread in ((0.0, 80.0, 1.0), (0.35, 41.5, 1.2), (-0.8, 200.0, 0.6)):
        points = rng.normal(0, 0.25, (68, 2)) * [1, spread]
        points[36:42] = rng.normal(0, 0.03, (6, 2)) + [-0.25, -0.1]
        points[42:48] = rng.normal(0, 0.03, (6, 2)) + [0.25, -0.1]
        cos, sin = math.cos(roll), math.sin(roll)
        landmarks.append(points * scale @ np.array([[cos, sin], [-sin, cos]]) + 100)
    places = rng.uniform(0.2, 0.8, (51, 2)).round(4)
    squares = []
    for points in landmarks:
        points = np.round(points, 3)
        square = face_square(points)
        squares.append({
            "landmarks": points.ravel().tolist(),
            "faceSquare": list(square),
            "taskCrop": {"cropScale": 1.4, "offset": [0.05, -0.1], "expected": list(task_crop(square, 1.4, (0.05, -0.1)))},
            "eyeCrop": {"cropScale": 1.9, "right": list(eye_crop(points, "right", 1.9)),
                        "left": list(eye_crop(points, "left", 1.9))},
            "alignedCrop": {"places": places.tolist(), "expected": list(aligned_crop(points, places))},
        })
    golden = {
        "pictures": {name: {"width": p.shape[1], "height": p.shape[0], "channels": p.shape[2], "base64": encode(p)}
                     for name, p in pictures.items()},
        "crop": [{"name": name, "picture": picture, "cx": cx, "cy": cy, "side": side, "roll": roll, "width": w, "height": h,
                  "expected": floats(crop(pictures[picture], cx, cy, side, roll, (w, h)))}
                 for name, picture, cx, cy, side, roll, w, h in crops],
        "resizeWhole": [{"name": name, "picture": picture, "width": w, "height": h,
                         "expected": floats(resize_whole(pictures[picture], (w, h)))} for name, picture, w, h in wholes],
        "letterbox": [],
        "squares": squares,
    }
    for name, picture, w, h in boxes:
        out, scale, left, top = letterbox(pictures[picture], (w, h))
        golden["letterbox"].append({"name": name, "picture": picture, "width": w, "height": h, "scale": scale,
                                    "left": left, "top": top, "expected": floats(out)})
    path = Path(__file__).resolve().parents[1] / "crop.json"
    path.write_text(json.dumps(golden, indent=1) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
