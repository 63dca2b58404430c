"""RAVDESS speech: 20 actors, eight emotions, 16 kHz mono. Splits follow a published division of the speakers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

LABELS = ["neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise"]
GROUPS = [[2, 5, 14, 15, 16], [3, 6, 7, 13, 18], [10, 11, 12, 19, 20], [8, 17, 21, 23, 24]]
RATE = 16000


@dataclass
class Clip:
    path: Path
    emotion: int
    actor: int
    sound: np.ndarray  # float32, mono, 16 kHz

    @property
    def male(self) -> bool:
        return self.actor % 2 == 1


def read(folder: Path) -> list[Clip]:
    """All clips, by path. The name holds modality-channel-emotion-intensity-statement-repetition-actor."""
    import soundfile

    clips = []
    for path in sorted(folder.glob("Actor_*/*.flac")):
        parts = [int(part) for part in path.stem.split("-")]
        sound, rate = soundfile.read(path, dtype="float32")
        if rate != RATE or sound.ndim != 1:
            raise ValueError(f"{path}: expected {RATE} Hz mono")
        clips.append(Clip(path, parts[2] - 1, parts[6], sound))
    return clips


def group_of(actor: int) -> int:
    return next(at for at, group in enumerate(GROUPS) if actor in group)


def change_rate(sound: np.ndarray, factor: float) -> np.ndarray:
    """Plays `factor` times as fast: shorter and higher."""
    return resample_poly(sound, 100, max(1, round(100 * factor))).astype(np.float32)


def stretch(sound: np.ndarray, factor: float, size: int = 512, hop: int = 128) -> np.ndarray:
    """Phase vocoder: `factor` times as fast at the same pitch."""
    window = np.hanning(size + 1)[:-1]
    padded = np.pad(sound, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    spectrum = np.fft.rfft(frames, axis=1)
    steps = np.arange(0, len(spectrum) - 1, factor)
    at, part = steps.astype(int), (steps % 1)[:, None]
    magnitude = (1 - part) * np.abs(spectrum[at]) + part * np.abs(spectrum[at + 1])
    expected = 2 * np.pi * hop * np.arange(size // 2 + 1) / size
    turn = np.angle(spectrum[at + 1]) - np.angle(spectrum[at]) - expected
    advance = expected + turn - 2 * np.pi * np.round(turn / (2 * np.pi))
    phase = np.angle(spectrum[0]) + np.concatenate([np.zeros((1, advance.shape[1])), np.cumsum(advance[:-1], 0)])
    voices = np.fft.irfft(magnitude * np.exp(1j * phase), axis=1) * window
    out = np.zeros(len(steps) * hop + size)
    for index, voice in enumerate(voices):
        out[index * hop : index * hop + size] += voice
    return (out[size // 2 : -size // 2] / 1.5).astype(np.float32)


def change_pitch(sound: np.ndarray, semitones: float) -> np.ndarray:
    """Same length, higher or lower by `semitones`."""
    factor = 2 ** (semitones / 12)
    return change_rate(stretch(sound, 1 / factor), factor)


def add_noise(sound: np.ndarray, snr_db: float, random: np.random.Generator, slope: float = 0.0) -> np.ndarray:
    """Noise with a spectrum f ** -slope (0 white, 0.5 pink, 1 brown), at `snr_db` under the loud half of the clip."""
    spectrum = np.fft.rfft(random.standard_normal(len(sound)))
    frequency = np.maximum(np.arange(len(spectrum)) / len(spectrum), 0.005)
    noise = np.fft.irfft(spectrum * frequency**-slope, len(sound))
    power = np.sort(sound.astype(np.float64) ** 2)[len(sound) // 2 :].mean()
    noise *= np.sqrt(power / 10 ** (snr_db / 10) / (noise**2).mean())
    return (sound + noise).astype(np.float32)


def band_limit(sound: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """What a telephone or a low sampling rate leaves."""
    return sosfilt(butter(4, [low_hz, high_hz], "bandpass", fs=RATE, output="sos"), sound).astype(np.float32)


def room(sound: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A small room: decaying noise as its response, mixed under the direct sound."""
    length = int(RATE * random.uniform(0.1, 0.35))
    tail = random.standard_normal(length) * np.exp(-6 * np.arange(length) / length)
    tail *= random.uniform(0.1, 0.4) / np.sqrt((tail**2).sum())
    size = len(sound) + length
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound)]
    return (sound + wet).astype(np.float32)


def copies(sound: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """Eight versions of a clip to train on: clean, noisy, higher, lower, faster, slower, stretched, far away."""
    def snr() -> float:
        return random.uniform(5, 30)

    def slope() -> float:
        return random.uniform(0, 1)

    return [
        sound,
        add_noise(sound, snr(), random, slope()),
        change_pitch(sound, random.uniform(0.7, 3)),
        add_noise(change_pitch(sound, -random.uniform(0.7, 3)), snr(), random, slope()),
        change_rate(sound, random.uniform(1.04, 1.18)),
        change_rate(sound, random.uniform(0.86, 0.96)),
        stretch(sound, random.choice([random.uniform(0.82, 0.94), random.uniform(1.06, 1.2)])),
        add_noise(band_limit(room(sound, random), 120, random.uniform(3200, 7200)), snr(), random, slope()),
    ]
