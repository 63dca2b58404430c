"""Writes ../speaker.json: embeddings of made-up voices by the package Resemblyzer (its mel bands by librosa), under the
discriminants of models/speaker-ge2e.

Run: python3 test/golden/scripts/speaker.py, in an environment with librosa, and Resemblyzer (--no-deps)
The sounds are a formula that test/golden/speaker.test.ts repeats.
"""

import json
import sys
import types
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

# Resemblyzer trims silence with it, which is not wanted here.
sys.modules["webrtcvad"] = types.ModuleType("webrtcvad")
from resemblyzer import VoiceEncoder, audio  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
CASES = [
    {"name": "low", "hertz": 110, "formant": 600, "seconds": 1.6, "level": 0.2},
    {"name": "high and quiet", "hertz": 215, "formant": 900, "seconds": 1.6, "level": 0.004},
    {"name": "short", "hertz": 150, "formant": 500, "seconds": 0.7, "level": 0.1},
]


def voice(case):
    t = np.arange(round(case["seconds"] * 16000)) / 16000
    tone = np.zeros(len(t))
    for k in range(1, 25):
        hertz = k * case["hertz"]
        tone += np.sin(2 * np.pi * hertz * t) / k * np.exp(-(((hertz - case["formant"]) / 700) ** 2))
    return (case["level"] * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)


def main():
    encoder = VoiceEncoder("cpu", verbose=False)
    graph = onnx.load(ROOT / "models" / "speaker-ge2e" / "model.onnx").graph
    stored = {one.name.removesuffix("_half"): numpy_helper.to_array(one).astype(np.float64) for one in graph.initializer}
    weight, bias = stored["project.weight"], stored["project.bias"]
    cases = []
    for case in CASES:
        sound = voice(case).astype(np.float64)
        even = sound * 10 ** (-30 / 20) / np.sqrt((sound**2).mean())
        mels = audio.wav_to_mel_spectrogram(even)[: len(sound) // 160]
        with torch.no_grad():
            embedding = encoder(torch.from_numpy(mels)[None]).numpy()[0].astype(np.float64)
        projected = weight @ embedding + bias
        cases.append({**case, "embedding": (projected / np.linalg.norm(projected)).round(6).tolist()})
    (ROOT / "test" / "golden" / "speaker.json").write_text(json.dumps({"cases": cases}) + "\n")


if __name__ == "__main__":
    main()
