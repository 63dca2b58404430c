"""The product's chain of networks from a face square on, run from the manifest: landmarks, eye state, gaze, expression.

Recipes that stand on other networks (EEC, tests on faces cut from larger pictures) use the committed defaults through
this, with the geometry of common.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime

from common import crop, eye_crop, face_square, task_crop

Square = tuple[float, float, float, float]


class Network:
    """The default network of a task: its manifest entry and a session on one thread."""

    def __init__(self, models: Path, task: str) -> None:
        listed = json.loads((models / "manifest.json").read_text())["models"]
        self.entry = next(entry for entry in listed if entry["task"] == task and entry["default"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(models / self.entry["file"]), options, providers=["CPUExecutionProvider"]
        )
        shape = self.entry["inputs"][0]["shape"]
        self.size = (shape[-1], shape[-2])
        self.settings = self.entry["preprocessing"]

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """First output for a batch [n, 3, h, w]."""
        return self.session.run(None, {self.entry["inputs"][0]["name"]: image.astype(np.float32)})[0]


def find_landmarks(net: Network, image: np.ndarray, square: Square, rounds: int = 2) -> np.ndarray:
    """Landmarks [68, 2] from a rough face square; a second round starts from the landmarks' own square."""
    for _ in range(rounds):
        cx, cy, side, roll = task_crop(square, net.settings["cropScale"], net.settings.get("offset", (0, 0)))
        inside = net(crop(image, cx, cy, side, roll, net.size)[None])[0].reshape(68, 2) - 0.5
        cos, sin = np.cos(roll), np.sin(roll)
        points = np.array([cx, cy]) + side * inside @ np.array([[cos, sin], [-sin, cos]])
        square = face_square(points)
    return points


class Chain:
    def __init__(self, models: Path) -> None:
        self.landmarks = Network(models, "landmarks")
        self.eyes = Network(models, "eye-state")
        self.gaze = Network(models, "gaze")
        self.expression = Network(models, "expression")

    def eye_inputs(self, net: Network, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        right, left = (
            crop(image, *eye_crop(landmarks, which, net.settings["cropScale"]), size=net.size) for which in ("right", "left")
        )
        return np.stack([right, left[:, :, ::-1] if net.settings.get("mirrorLeft") else left])

    def read_eyes(self, image: np.ndarray, square: Square) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Landmarks [68, 2] in source pixels; probability that the right and the left eye is open [2]; pitch and yaw of
        the right eye, then of the left, in radians [4]."""
        landmarks = find_landmarks(self.landmarks, image, square)
        state = self.eyes(self.eye_inputs(self.eyes, image, landmarks))
        gaze = self.gaze(self.eye_inputs(self.gaze, image, landmarks)).copy()
        if self.gaze.settings.get("mirrorLeft"):
            gaze[1, 1] *= -1
        return landmarks, state[:, self.eyes.entry["labels"].index("open")], gaze.reshape(4)
