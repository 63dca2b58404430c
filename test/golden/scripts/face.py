"""Writes test/golden/face.json: eye aspect ratios and smoothed series from formulae of the papers.

Run: python3 test/golden/scripts/face.py (numpy)
EAR: Soukupova and Cech 2016. One-euro filter: algorithms 1 and 2 of Casiez, Roussel, Vogel 2012, with speeds in face sides.
Exponential: the solution of y' = (x - y) / T for x constant over each step.
"""

import json
from pathlib import Path

import numpy as np

MIN_CUTOFF_HZ, CUTOFF_PER_SPEED, SPEED_CUTOFF_HZ = 5.0, 12.0, 5.0
SIDE = 120.0
TIME_CONSTANT_MS = 300.0


def ear(p):
    """p: the eye's six points, p1 to p6."""
    d = lambda a, b: np.linalg.norm(p[a - 1] - p[b - 1])
    return (d(2, 6) + d(3, 5)) / (2 * d(1, 4))


class LowPass:
    def __init__(self, first):
        self.hat = first

    def filter(self, x, alpha):
        self.hat = alpha * x + (1 - alpha) * self.hat
        return self.hat


def alpha(te, cutoff):
    tau = 1 / (2 * np.pi * cutoff)
    return 1 / (1 + tau / te)


def one_euro(times_s, values):
    """Of one coordinate in pixels; its speed counts in face sides a second."""
    x, dx = LowPass(values[0]), LowPass(0.0)
    out = [values[0]]
    for before, now, value in zip(times_s, times_s[1:], values[1:]):
        te = now - before
        edx = dx.filter((value - x.hat) / te / SIDE, alpha(te, SPEED_CUTOFF_HZ))
        out.append(x.filter(value, alpha(te, MIN_CUTOFF_HZ + CUTOFF_PER_SPEED * abs(edx))))
    return out


def exponential(times_ms, values):
    out = [values[0]]
    for before, now, value in zip(times_ms, times_ms[1:], values[1:]):
        out.append(value + (out[-1] - value) * np.exp(-(now - before) / TIME_CONSTANT_MS))
    return out


def main():
    rng = np.random.default_rng(68)
    faces = [np.round(rng.uniform(0, 200, (68, 2)), 3) for _ in range(4)]
    # An uneven frame rate.
    times = np.round(np.cumsum(rng.uniform(15, 70, 40)), 3)
    jumps = np.round(100 + np.cumsum(rng.normal(0, 4, 40)) + 60 * (np.arange(40) > 20), 3)
    shares = np.round(rng.uniform(0, 1, 40), 4)
    golden = {
        "ear": [{"landmarks": f.ravel().tolist(), "right": ear(f[36:42]), "left": ear(f[42:48])} for f in faces],
        "timesMs": times.tolist(),
        "oneEuro": {"side": SIDE, "values": jumps.tolist(), "expected": one_euro(times / 1000, jumps.tolist())},
        "exponential": {
            "timeConstantMs": TIME_CONSTANT_MS, "values": shares.tolist(), "expected": exponential(times, shares.tolist()),
        },
    }
    path = Path(__file__).resolve().parents[1] / "face.json"
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
