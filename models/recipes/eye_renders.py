"""Rendered eyes that look somewhere, for gaze.py."""

import numpy as np

from common import seed_all
from head import Head
from render import Renderer, load_backgrounds

GAZE_SIZE, GAZE_SCALE = (80, 48), 1.25 * 80 / 60  # room around 60 x 36 at crop scale 1.25 for jitter in training
PICTURES_A_PERSON = 24


def _gaze_blink(rng):
    """Eyes that still show where they look."""
    kind = rng.uniform()
    return rng.uniform(0, 0.15) if kind < 0.6 else (rng.uniform(0.15, 0.45) if kind < 0.8 else 0.0)


def eyes(run, count, seed):
    """Arrays: image uint8 [n, h, w], grey; gaze [n, 2] radians, blink, openness, which, identity. From the run's cache or made there."""
    return run.derived(f"eyes-gaze-{count}-{seed}", lambda: make(run, count, seed))


def make(run, count, seed):
    rng = seed_all(seed)
    head = Head(str(run.needs("ict_facekit.npz")), eyes_only=True)
    renderer = Renderer(head, load_backgrounds(run.needs("lfw_A-H.zip")), lifetime=min(PICTURES_A_PERSON, max(1, count // 4)))
    rows = {key: [] for key in ("image", "gaze", "blink", "openness", "which", "identity")}
    for _ in range(count):
        sample = renderer.render_eye(rng, GAZE_SIZE, GAZE_SCALE, blink=_gaze_blink(rng), jitter=0.0, grey=True)
        sample["image"] = sample["image"][:, :, 0]
        for key, values in rows.items():
            values.append(sample[key])
    return {key: np.array(values) for key, values in rows.items()}
