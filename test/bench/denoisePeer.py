"""Speed of OpenCV's non-local means: python3 test/bench/denoisePeer.py SIDE COUNT TEMPLATE prints pictures a second, on one thread."""
import sys
import time

import cv2
import numpy as np

side, count, template = map(int, sys.argv[1:])
cv2.setNumThreads(1)
y, x = np.mgrid[:side, :side]
noise = np.random.default_rng(7).normal(0, 12, (side, side, 3))
picture = np.clip(128 + 90 * np.sin(x / 9)[..., None] * np.cos(y / 7)[..., None] + noise, 0, 255).astype(np.uint8)
cv2.fastNlMeansDenoisingColored(picture, None, 10, 10, template, 21)
start = time.perf_counter()
for _ in range(count):
    cv2.fastNlMeansDenoisingColored(picture, None, 10, 10, template, 21)
print(count / (time.perf_counter() - start))
