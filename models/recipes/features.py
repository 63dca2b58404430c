"""Sound features in plain numpy: the reference that the product's own code is held against (test/golden).

Formulae as in librosa: centred frames (the signal is padded with n_fft / 2 zeros at both ends), periodic Hamming window
centred in the frame, power spectrum, HTK mel bands (mel = 2595 log10(1 + f / 700), triangles of height 1), decibels
10 log10(max(power, 1e-10)), orthonormal DCT-II. Everything is computed in float64 and returned as float32. Checked
once against librosa 0.11: no value differs by more than 1e-5.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Settings:
    """Feature settings as they stand in a manifest entry's `preprocessing`."""

    sampleRateHz: int = 16000
    windowSamples: int = 400
    hopSamples: int = 160
    fftSize: int = 512
    mels: int = 64
    lowHz: float = 50.0
    highHz: float = 8000.0
    topDb: float = 80.0
    trimDb: float = 40.0
    mfcc: int = 0

    def preprocessing(self) -> dict[str, float | str]:
        kind = "mfcc" if self.mfcc else "logmel"
        return {"feature": kind, "window": "hamming", "melScale": "htk", **asdict(self)}


LOG_MEL = Settings()
MFCC = Settings(windowSamples=1024, hopSamples=256, fftSize=1024, mels=64, lowHz=0.0, mfcc=13)


def hamming(length: int) -> np.ndarray:
    """Periodic Hamming window."""
    return 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(length) / length)


def mel_filters(settings: Settings) -> np.ndarray:
    """Triangles over the bins of the power spectrum: [mels, fft / 2 + 1]."""

    def to_mel(hertz: np.ndarray | float) -> np.ndarray:
        return 2595 * np.log10(1 + np.asarray(hertz) / 700)

    edges = 700 * (10 ** (np.linspace(to_mel(settings.lowHz), to_mel(settings.highHz), settings.mels + 2) / 2595) - 1)
    bins = np.arange(settings.fftSize // 2 + 1) * settings.sampleRateHz / settings.fftSize
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


def power_frames(sound: np.ndarray, settings: Settings) -> np.ndarray:
    """Power spectrum of each frame: [1 + samples // hop, fft / 2 + 1]."""
    half = settings.fftSize // 2
    padded = np.pad(np.asarray(sound, np.float64), half)
    count = 1 + len(sound) // settings.hopSamples
    window = np.zeros(settings.fftSize)
    start = (settings.fftSize - settings.windowSamples) // 2
    window[start : start + settings.windowSamples] = hamming(settings.windowSamples)
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.fftSize)[:: settings.hopSamples][:count]
    return np.abs(np.fft.rfft(frames * window, axis=1)) ** 2


def log_mel(sound: np.ndarray, settings: Settings = LOG_MEL) -> np.ndarray:
    """Mel bands in decibels, no more than `topDb` under the loudest: float32 [mels, frames]."""
    mel = mel_filters(settings) @ power_frames(sound, settings).T
    decibels = 10 * np.log10(np.maximum(mel, 1e-10))
    return np.maximum(decibels, decibels.max() - settings.topDb).astype(np.float32)


def dct_matrix(count: int, size: int) -> np.ndarray:
    """Orthonormal DCT-II: [count, size]."""
    k, n = np.arange(count)[:, None], np.arange(size)[None, :]
    matrix = np.sqrt(2 / size) * np.cos(np.pi * k * (n + 0.5) / size)
    matrix[0] /= np.sqrt(2)
    return matrix


def mfcc(sound: np.ndarray, settings: Settings = MFCC) -> np.ndarray:
    """Cepstral coefficients 0 to `mfcc` - 1 of the mel decibels: float32 [mfcc, frames]."""
    return (dct_matrix(settings.mfcc, settings.mels) @ log_mel(sound, settings).astype(np.float64)).astype(np.float32)


def speech_span(decibels: np.ndarray, trim_db: float = LOG_MEL.trimDb) -> tuple[int, int]:
    """First frame and end (exclusive) of what is louder than `trim_db` under the loudest frame. The loudness of a frame
    is the sum of its mel powers. Frames outside are cut off before a network sees the features."""
    loudness = 10 * np.log10((10 ** (decibels.astype(np.float64) / 10)).sum(0))
    heard = np.flatnonzero(loudness > loudness.max() - trim_db)
    return int(heard[0]), int(heard[-1]) + 1
