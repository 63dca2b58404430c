"""Golden vectors for TV-L1 optical flow, from OpenCV's own (opencv-contrib-python-headless).

    python3 test/golden/scripts/opticalFlow.py        writes test/golden/opticalFlow.json
"""
import base64
import json
import pathlib

import cv2
import numpy as np

WIDTH, HEIGHT = 72, 64


def texture(x, y):
    """Smooth grey structure of several sizes, 0..255."""
    return 128 + 50 * np.sin(x / 3.1 + 0.7 * np.sin(y / 5)) + 40 * np.cos(y / 4.3 - x / 9) + 25 * np.sin((x + 2 * y) / 2.2)


def moved(u, v):
    """A picture and the one that it becomes when each of its points moves by about (u, v)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    first, second = texture(x, y), texture(x - u(x, y), y - v(x, y))
    return [np.clip(np.round(p), 0, 255).astype(np.uint8) for p in (first, second)]


def bump(x, y, cx, cy):
    return np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 120)


def encoded(values):
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


cases = []
for name, u, v in (
    ("shift", lambda x, y: 0 * x + 1.3, lambda x, y: 0 * x - 0.6),
    ("smile", lambda x, y: 1.8 * (bump(x, y, 54, 42) - bump(x, y, 18, 42)), lambda x, y: -1.2 * (bump(x, y, 54, 42) + bump(x, y, 18, 42))),
):
    first, second = moved(u, v)
    flow = cv2.optflow.DualTVL1OpticalFlow_create().calc(first, second, None)
    cases.append({
        "name": name, "width": WIDTH, "height": HEIGHT, "first": encoded(first), "second": encoded(second),
        "u": encoded(flow[..., 0].astype("<f4")), "v": encoded(flow[..., 1].astype("<f4")),
    })  # fmt: skip
path = pathlib.Path(__file__).parent.parent / "opticalFlow.json"
path.write_text(json.dumps({"opencv": cv2.__version__, "cases": cases}) + "\n")
