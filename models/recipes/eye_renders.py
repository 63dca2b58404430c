"""Precomputes rendered eyes for gaze.py and eye_state.py; they call `eye_set`, which keeps its result in a cache folder.

    python3 eye_renders.py DATA CACHE gaze|state COUNT SEED
"""

import sys
from pathlib import Path

import numpy as np

from common import seed_all
from head import Head
from render import Renderer, load_backgrounds

GAZE_SIZE, GAZE_SCALE = (80, 48), 1.25 * 80 / 60  # room around 60 x 36 at crop scale 1.25 for jitter in training
STATE_SIZE, STATE_SCALE = (72, 72), 2.1
PICTURES_A_PERSON = 24


def _gaze_blink(rng):
    """Eyes that still show where they look."""
    kind = rng.uniform()
    return rng.uniform(0, 0.15) if kind < 0.6 else (rng.uniform(0.15, 0.45) if kind < 0.8 else 0.0)


def _state_blink(rng):
    """Closed (blink weight over 0.9), or clearly open."""
    return rng.uniform(0.92, 1.0) if rng.uniform() < 0.5 else rng.uniform(0, 0.35)


def eye_set(data, cache, kind, count, seed):
    """Arrays: images uint8 [n, h, w(, 3)] (grey for gaze), gaze [n, 2] radians, blink, openness, which, identity."""
    path = Path(cache) / f"eyes-{kind}-{count}-{seed}.npz"
    if not path.exists():
        rng = seed_all(seed)
        renderer = Renderer(Head(f"{data}/ict_facekit.npz", eyes_only=True), load_backgrounds(f"{data}/lfw_A-H.zip"),
                            lifetime=PICTURES_A_PERSON)
        rows = {key: [] for key in ("image", "gaze", "blink", "openness", "which", "identity")}
        for _ in range(count):
            if kind == "gaze":
                sample = renderer.render_eye(rng, GAZE_SIZE, GAZE_SCALE, blink=_gaze_blink(rng), jitter=0.0, grey=True)
                sample["image"] = sample["image"][:, :, 0]
            else:
                sample = renderer.render_eye(rng, STATE_SIZE, STATE_SCALE, blink=_state_blink(rng), jitter=0.0)
            for key, values in rows.items():
                values.append(sample[key])
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, **{key: np.array(values) for key, values in rows.items()})
        part.rename(path)
    with np.load(path) as stored:
        return {key: stored[key] for key in stored.files}


if __name__ == "__main__":
    made = eye_set(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    print({key: value.shape for key, value in made.items()})
