"""Writes ../logmel.json and ../mfcc.json: what models/recipes/features.py makes of small seeded sounds.

Run: python3 test/golden/scripts/sound.py
Sounds: float32 little-endian, mono, at `settings.sampleRateHz`. Expected features: float32 little-endian, [bands,
frames]; `span` is the first frame and the end (exclusive) of what is kept after trimming.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models" / "recipes"))
from features import LOG_MEL, MFCC, log_mel, mfcc, speech_span  # noqa: E402


def floats(array):
    return {
        "shape": list(array.shape),
        "base64": base64.b64encode(np.ascontiguousarray(array.astype("<f4")).tobytes()).decode(),
    }


def sounds():
    rng = np.random.default_rng(20220701)
    time = np.arange(2400) / 16000
    rising = 0.4 * np.sin(2 * np.pi * (200 * time + 9000 * time**2))
    spoken = np.concatenate([np.zeros(900), rising[:1300] + 0.01 * rng.standard_normal(1300), np.zeros(700)])
    return {
        "rising tone in noise": rising + 0.05 * rng.standard_normal(2400),
        "silence around a tone": spoken,
        "shorter than a window": 0.3 * rng.standard_normal(150),
        "whole hops": 0.2 * rng.standard_normal(1600),
        "silence": np.zeros(800),
        "clipped": np.clip(3 * rising[:1000], -1, 1),
    }


def write(name, settings, feature):
    cases = []
    for title, sound in sounds().items():
        sound = sound.astype(np.float32)
        case = {"name": title, "sound": floats(sound), "expected": floats(feature(sound, settings))}
        if not settings.mfcc:
            case["span"] = list(speech_span(feature(sound, settings), settings.trimDb))
        cases.append(case)
    text = json.dumps({"settings": settings.preprocessing(), "cases": cases}, indent=1) + "\n"
    (ROOT / "test" / "golden" / f"{name}.json").write_text(text)


if __name__ == "__main__":
    write("logmel", LOG_MEL, log_mel)
    write("mfcc", MFCC, mfcc)
