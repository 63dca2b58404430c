"""CREMA-D for the front of Whisper: its 7,432 clips (91 speakers, six emotions) are at hand as pictures of log-mels only.

The pictures hold 128 bands (librosa: 16 kHz, 1,024 samples, hop 256, three seconds, 80 dB under the loudest in 256 steps).
From these Whisper's 80 bands are read, 100 a second; a clip's level, which the pictures lack, is drawn from levels of
RAVDESS. Other sound can be put through the same loss, so that a network learns what it does.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from whisper_encoder import HOP, MELS, RATE, hertz_of, mel_filters_at

BANDS, SIZE, STEP, RANGE_DB = 128, 1024, 256, 80.0
LABELS = {"NEU": "neutral", "HAP": "happy", "SAD": "sad", "ANG": "angry", "FEA": "fear", "DIS": "disgust"}
LEVELS = (-1.7, 1.7)  # log10 of the loudest band of Whisper's spectrogram: 5 to 95 % of RAVDESS
LOUD = 1e-4  # of the loudest frame's power; quieter ones are not heard


def edges(bands: int) -> np.ndarray:
    return hertz_of(np.linspace(0, 15 + np.log(8000 / 1000) / (np.log(6.4) / 27), bands + 2))


def to_whisper() -> np.ndarray:
    """[80, 128]: each of Whisper's bands as a mean of what the picture's bands say of its frequencies."""
    hertz = np.linspace(0, RATE / 2, 4001)
    between = np.stack([np.interp(hertz, edges(BANDS)[1:-1], row) for row in np.eye(BANDS)], 1)
    weight = mel_filters_at(edges(MELS), hertz)
    return (weight / weight.sum(1, keepdims=True)) @ between


def picture_of(sound: np.ndarray) -> np.ndarray:
    """Sound as such a picture: uint8 [128, t]."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound.astype(np.float64), SIZE // 2), SIZE)[::STEP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE) / SIZE)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2 @ mel_filters_at(edges(BANDS), np.arange(SIZE // 2 + 1) * RATE / SIZE).T
    decibels = 10 * np.log10(np.maximum(power.T, 1e-10))
    decibels = np.maximum(decibels - decibels.max(), -RANGE_DB)
    return np.round((decibels / RANGE_DB + 1) * 255).astype(np.uint8)


def log_mel(picture: np.ndarray, level: float, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture as Whisper's log-mel, float32 [80, t], and which of its frames are loud, bool [t]; `bands` is to_whisper()."""
    power = bands @ 10 ** (picture.astype(np.float32) / 255 * RANGE_DB / 10 - RANGE_DB / 10)
    log = np.log10(np.maximum(power, 1e-9))
    at = np.arange(int((picture.shape[1] - 1) * STEP / HOP) // 2 * 2) * HOP / STEP
    low = np.minimum(at.astype(int), picture.shape[1] - 2)
    log = log[:, low] * (1 - (at - low)) + log[:, low + 1] * (at - low)
    log = np.maximum(log - log.max() + level, level - 8)
    loud = (10**log).sum(0)
    heard = loud >= loud.max() * LOUD
    end = max(32, min(len(heard), np.flatnonzero(heard)[-1] + 10) // 2 * 2)
    return ((log[:, :end] + 4) / 4).astype(np.float32), heard[:end]


def read(path: Path) -> tuple[np.ndarray, list[tuple[str, str, str, str]]]:
    """The pictures uint8 [n, 128, 188], and a row of set, name, speaker, emotion each. `path`: what reading the magma colours
    of the repository's pictures gave, npz with `mel` and `name` (speaker_sentence_emotion_level)."""
    stored = np.load(path)
    names = [str(name) for name in stored["name"]]
    return stored["mel"], [("CREMA-D", name, name.split("_")[0], LABELS[name.split("_")[2]]) for name in names]
