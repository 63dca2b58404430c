"""Rendered people in known states of the rig: what the rig network learns from.

Each person has one look, light and camera and twelve states; the first is neutral. The arrays hold, for each picture, the grey
crop [64, 64] that the network sees (framed by the landmarks that the product finds), those landmarks and the true ones in
units of the crop, weights [51], pose, gaze, emotion and person.
"""

import math

import cv2
import numpy as np

import avatar_rig as rig
import camera as optics
from chain import Network, find_landmarks
from common import MODELS, crop, face_square, task_crop
from render import Renderer, load_backgrounds, vector_of

CROP_SCALE, OFFSET, SIZE = 1.2, (0.0, -0.08), 64
STATES, PICTURE = 12, 120


class Actors(Renderer):
    """A renderer whose people show a wanted state."""

    want = None

    def _expression(self, rng, axes, blink):
        shapes = dict.fromkeys(self.head.names, 0.0) | rig.ict(self.want)
        return shapes, [shapes["eyeBlink_R"], shapes["eyeBlink_L"]]

    def shoot(self, rng, state, close, look):
        """(picture uint8 [PICTURE, PICTURE, 3], true landmarks [68, 2])."""
        self.want = state["weights"]
        turn = optics.rotation(*state["pose"])
        pitch, yaw = state["gaze"]
        sight = turn @ vector_of(pitch, -yaw)
        self._sight = lambda *_: sight
        scene = self._scene(rng, *state["pose"], (0.0, 0.0), None, close)
        points = scene["points"]
        marks = points[self.head.landmark68]
        flat = marks[:, :2] / marks[:, 2:]
        flat[:17] = self._outline(points, state["pose"][2])
        low, high = flat.min(0), flat.max(0)
        focal = rng.uniform(0.55, 0.75) / (high - low).max()
        middle = (low + high) / 2 + rng.uniform(-0.06, 0.06, 2) / focal
        picture = self._draw(np.random.default_rng(look), scene, focal, middle, (PICTURE, PICTURE), 2)
        return optics.develop(rng, picture), (flat - middle) * focal * PICTURE + PICTURE / 2


def people(run, count, seed):
    """The arrays above, from the run's cache or made there."""
    return run.derived(f"rig-people-{count}-{seed}", lambda: make(run, count, seed))


def make(run, count, seed):
    cv2.setNumThreads(1)
    net = Network(MODELS, "landmarks")
    actors = Actors(str(run.needs("ict_facekit.npz")), load_backgrounds(run.needs("lfw_A-H.zip"), 300))
    rng = np.random.default_rng(seed)
    types = {"image": np.uint8, "emotion": np.int64, "person": np.int64}
    keys = ("image", "found", "true", "weights", "pose", "gaze", "emotion", "person")
    rows = {k: [] for k in keys}
    for person in range(count):
        actors.lives = 0
        actors._person(rng)
        actors.lives = 10**9
        close, look = rng.uniform(35, 130), int(rng.integers(2**31))
        for k in range(STATES):
            state = rig.state(rng, "neutral" if k == 0 else None)
            picture, marks = actors.shoot(rng, state, close, look)
            start = face_square(marks + rng.normal(0, 1.5, (1, 2)))
            found = find_landmarks(net, picture, start)
            cx, cy, side, roll = task_crop(face_square(found), CROP_SCALE, OFFSET)
            small = crop(picture, cx, cy, side, roll, (SIZE, SIZE))
            inside = lambda p: ((p - [cx, cy]) @ np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])) / side
            values = ((small * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(0).round().astype(np.uint8), inside(found), inside(marks),
                      state["weights"], state["pose"], state["gaze"], rig.EMOTIONS.index(state["emotion"]), seed * 100000 + person)  # fmt: skip
            for key, value in zip(keys, values):
                rows[key].append(value)
        if person % 100 == 99:
            run.note(f"{person + 1} of {count} people are rendered.")
    return {k: np.array(v, types.get(k, np.float32)) for k, v in rows.items()}
