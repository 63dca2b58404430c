"""Renders of the ICT-FaceKit head with exact landmarks, for the landmark networks.

Arrays: images [n, 160, 160, 3], landmarks [n, 68, 2], identity [n], yaw [n] in degrees, split [n] (train or test; by
identity: the last eighth of the heads is test).
"""

import math

import cv2
import numpy as np

from common import check_disjoint
from render import Renderer, load_backgrounds

SIDE = 160


def renders(run, count, seed):
    """The arrays above, from the run's cache or made there."""
    return run.derived(f"landmark-renders-{count}-{seed}", lambda: make(run, count, seed))


def make(run, count, seed):
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    renderer = Renderer(str(run.needs("ict_facekit.npz")), load_backgrounds(run.needs("lfw_A-H.zip")), lifetime=min(6, max(1, count // 16)))
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    landmarks = np.empty((count, 68, 2), np.float32)
    identity, yaw = np.empty(count, np.int64), np.empty(count, np.float32)
    for i in range(count):
        sample = renderer.render(rng, SIDE)
        images[i], landmarks[i], identity[i], yaw[i] = sample["image"], sample["landmarks"], sample["identity"], sample["pose"][0]
    heads = list(dict.fromkeys(identity.tolist()))
    test = set(heads[len(heads) - math.ceil(len(heads) / 8) :])
    split = np.array(["test" if i in test else "train" for i in identity.tolist()])
    check_disjoint(train=identity[split == "train"].tolist(), test=identity[split == "test"].tolist())
    return {"images": images, "landmarks": landmarks, "identity": identity, "yaw": yaw, "split": split}
