"""Renders of the ICT-FaceKit head with exact landmarks, for landmarks.py.

Use: python landmark_renders.py DATA_DIR OUT.npz --count 4000 [--seed 1]

OUT.npz: images [n, 160, 160, 3], landmarks [n, 68, 2], identity [n], yaw [n] in degrees, split [n] (train or test; by
identity: the last eighth of the heads is test).
"""

import argparse
import math
from pathlib import Path

import cv2
import numpy as np

from common import check_disjoint
from render import Renderer, load_backgrounds

SIDE = 160


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(args.seed)
    data = Path(args.data)
    renderer = Renderer(str(data / "ict_facekit.npz"), load_backgrounds(str(data / "lfw_A-H.zip")), lifetime=6)
    images = np.empty((args.count, SIDE, SIDE, 3), np.uint8)
    landmarks = np.empty((args.count, 68, 2), np.float32)
    identity, yaw = np.empty(args.count, np.int64), np.empty(args.count, np.float32)
    for i in range(args.count):
        sample = renderer.render(rng, SIDE)
        images[i], landmarks[i], identity[i], yaw[i] = sample["image"], sample["landmarks"], sample["identity"], sample["pose"][0]
    heads = list(dict.fromkeys(identity.tolist()))
    test = set(heads[len(heads) - math.ceil(len(heads) / 8) :])
    split = np.array(["test" if i in test else "train" for i in identity.tolist()])
    check_disjoint(train=identity[split == "train"].tolist(), test=identity[split == "test"].tolist())
    np.savez(args.out, images=images, landmarks=landmarks, identity=identity, yaw=yaw, split=split)
    print(f"{args.count} renders of {len(heads)} heads")


if __name__ == "__main__":
    main()
