"""Resemblyzer's speaker encoder (GE2E, Apache-2.0) as a module that takes sound and can be exported.

The weights are pretrained.pt of the PyPI wheel Resemblyzer 0.1.4; the file's bytes are verified. Its 40 mel bands are part of the module (the
transform as a convolution), so that product and recipe cannot differ in them: power, not decibels, so that the level matters and
is brought to one value first.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from whisper_encoder import RATE, WINDOW, MelPower, hertz_of, mel_filters_at

SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
MELS, WIDTH = 40, 256
LEVEL_DB = -30.0  # root mean square to which a window is brought, dB of full scale


def read_weights(path: Path) -> dict[str, Tensor]:
    """The arrays of pretrained.pt."""
    if hashlib.sha256(Path(path).read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{path} is not pretrained.pt of Resemblyzer 0.1.4")
    stored = torch.load(path, map_location="cpu", weights_only=False)["model_state"]
    return {name: value for name, value in stored.items() if name.startswith(("lstm.", "linear."))}


def mel_filters() -> np.ndarray:
    """librosa's filters of unit area on Slaney's scale, 0 to 8 kHz: [40, 201]."""
    highest = 15 + np.log(RATE / 2 / 1000) / (np.log(6.4) / 27)
    return mel_filters_at(hertz_of(np.linspace(0, highest, MELS + 2)), np.linspace(0, RATE / 2, WINDOW // 2 + 1))


class Mel(MelPower):
    """Sound [n, samples] -> mel powers [n, samples // 160, 40]; frames are centred, silence lies around the sound."""

    def __init__(self) -> None:
        super().__init__(mel_filters())

    def forward(self, sound: Tensor) -> Tensor:
        return self.powers(F.pad(sound[:, None], (WINDOW // 2, WINDOW // 2))).transpose(1, 2)


class SpeakerEncoder(nn.Module):
    """Sound [n, samples] -> the voice's embedding [n, 256], of unit length."""

    def __init__(self, weights: dict[str, Tensor] | None = None, width: int = WIDTH, level: bool = True) -> None:
        super().__init__()
        self.mel = Mel()
        self.level = level
        self.lstm = nn.LSTM(MELS, width, 3, batch_first=True)
        self.linear = nn.Linear(width, width)
        if weights is not None:
            missing = self.load_state_dict(weights, strict=False).unexpected_keys
            assert not missing, missing

    def forward(self, sound: Tensor) -> Tensor:
        if self.level:
            power = (sound * sound).mean(1, keepdim=True)
            sound = sound * (10 ** (LEVEL_DB / 20) / (power + 1e-12).sqrt())
        _, (hidden, _) = self.lstm(self.mel(sound))
        return F.normalize(F.relu(self.linear(hidden[-1])), dim=1)
