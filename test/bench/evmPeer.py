"""Speed of the published algorithm in NumPy and SciPy: python3 test/bench/evmPeer.py WIDTH HEIGHT LEVELS FRAMES prints
frames a second. RGB, as published; the frames are there before the clock starts."""
import pathlib
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden" / "scripts"))
from evm import magnify

width, height, levels, count = map(int, sys.argv[1:])
rng = np.random.default_rng(7)
frames = [rng.uniform(0, 255, (height, width, 3)) for _ in range(8)]


def stream():
    for k in range(count):
        yield frames[k % len(frames)]


for frame in magnify(stream(), 30, 0.5, 1.5, levels, 5):
    first = np.clip(frame, 0, 255).astype(np.uint8)
    break
start = time.perf_counter()
for frame in magnify(stream(), 30, 0.5, 1.5, levels, 5):
    np.clip(frame, 0, 255).astype(np.uint8)
print(count / (time.perf_counter() - start))
