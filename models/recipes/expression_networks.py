"""Networks that read one of eight expressions from a face crop. All take RGB 0..255, NCHW, and standardise inside."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from norms import without_norms

CLASSES = 8


class Standardise(nn.Module):
    """RGB 0..255 -> grey with zero mean and unit deviation over the face, so that light and contrast fall out."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("luma", torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1) / 255)

    def forward(self, image: Tensor) -> Tensor:
        grey = (image * self.luma).sum(1, keepdim=True)
        centred = grey - grey.mean((2, 3), keepdim=True)
        return centred / ((centred * centred).mean((2, 3), keepdim=True) + 1e-4).sqrt()


class StandardiseColour(Standardise):
    """RGB 0..255 -> RGB whose grey has zero mean and unit deviation over the face: light and contrast fall out, colours stay."""

    def forward(self, image: Tensor) -> Tensor:
        grey = (image * self.luma).sum(1, keepdim=True)
        middle = grey.mean((2, 3), keepdim=True)
        return (image / 255 - middle) / ((grey - middle).square().mean((2, 3), keepdim=True) + 1e-4).sqrt()


def standardise_of(network: nn.Module) -> Standardise:
    return StandardiseColour() if getattr(network, "colour", False) else Standardise()


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut; pre-pooled by 2 where `stride` is 2."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
        )
        self.short: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.short = nn.Sequential(
                nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False) if stride == 2 else nn.Identity(),
                nn.Conv2d(inside, outside, 1, bias=False),
                nn.BatchNorm2d(outside),
            )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.short(x))


class Compact(nn.Module):
    """Residual CNN: 45 M multiply-adds and 1.15 M parameters at 48x48; `deep`, with two more blocks, 107 M and 2.15 M at 64x64."""

    def __init__(
        self,
        widths: tuple[int, int, int, int, int] = (16, 28, 56, 112, 208),
        dropout: float = 0.2,
        deep: bool = False,
        side: int = 48,
    ) -> None:
        super().__init__()
        self.side = side
        stem, a, b, c, d = widths
        self.features = nn.Sequential(
            nn.Conv2d(1, stem, 3, 1, 1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
            nn.Conv2d(stem, a, 3, 2, 1, bias=False),
            nn.BatchNorm2d(a),
            nn.ReLU(),
            Block(a, a),
            Block(a, b, 2),
            Block(b, b),
            Block(b, c, 2),
            Block(c, c),
            Block(c, d, 2),
        )
        self.deeper = nn.Sequential(Block(d, d), Block(d, d)) if deep else nn.Identity()
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(d, CLASSES))

    def forward(self, grey: Tensor) -> Tensor:
        return self.head(self.deeper(self.features(grey)))


class Vgg16(nn.Module):
    """VGG16 without its top, no batch norm, as the thesis has it at 64x64; `width` 1 is the full network. `norm` puts batch
    norms after the convolutions while it is trained; `folded` takes them out again."""

    def __init__(self, width: float = 0.25, dropout: float = 0.2, side: int = 64, norm: bool = False) -> None:
        super().__init__()
        self.side = side
        layers: list[nn.Module] = []
        inside = 1
        for channels, repeats in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            outside = int(channels * width)
            for _ in range(repeats):
                layers += [nn.Conv2d(inside, outside, 3, 1, 1), *([nn.BatchNorm2d(outside)] if norm else []), nn.ReLU()]
                inside = outside
            # What is smaller than 32 pixels ends at one.
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        self.features = nn.Sequential(*layers)
        hidden = int(512 * width)
        places = math.ceil(side / 32) ** 2
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(inside * places, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, CLASSES)
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.head[-1].weight, std=0.01)

    def forward(self, grey: Tensor) -> Tensor:
        return self.head(self.features(grey))


def folded(network: Vgg16) -> Vgg16:
    """The same network with its batch norms multiplied into the convolutions before them: a plain VGG16."""
    plain = copy.deepcopy(network).eval()
    plain.features = without_norms(plain.features)
    return plain


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with a shortcut: the block of ResNet50."""

    def __init__(self, inside: int, middle: int, stride: int) -> None:
        super().__init__()
        outside = middle * 4
        self.body = nn.Sequential(
            nn.Conv2d(inside, middle, 1, bias=False), nn.BatchNorm2d(middle), nn.ReLU(),
            nn.Conv2d(middle, middle, 3, stride, 1, bias=False), nn.BatchNorm2d(middle), nn.ReLU(),
            nn.Conv2d(middle, outside, 1, bias=False), nn.BatchNorm2d(outside),
        )  # fmt: skip
        self.short: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.short = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.short(x))


class Resnet50(nn.Module):
    """ResNet50 (3, 4, 6, 3 bottlenecks) on 64x64 faces."""

    side = 64

    def __init__(self, width: float = 1, dropout: float = 0.2) -> None:
        super().__init__()
        inside = int(64 * width)
        layers: list[nn.Module] = [
            nn.Conv2d(1, inside, 7, 2, 3, bias=False), nn.BatchNorm2d(inside), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        ]  # fmt: skip
        for stage, repeats in enumerate((3, 4, 6, 3)):
            middle = int(64 * 2**stage * width)
            for at in range(repeats):
                layers.append(Bottleneck(inside, middle, 2 if at == 0 and stage > 0 else 1))
                inside = middle * 4
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(inside, CLASSES)
        )

    def forward(self, grey: Tensor) -> Tensor:
        return self.head(self.features(grey))


class Product(nn.Module):
    """What is exported: standardisation, the network, temperature. `logits` are already divided by the temperature.

    `mirrored` averages the logits of the face and of its mirror image inside the graph."""

    def __init__(self, network: nn.Module, temperature: float = 1, mirrored: bool = False) -> None:
        super().__init__()
        self.standardise = standardise_of(network)
        self.network = network
        self.mirrored = mirrored
        self.register_buffer("scale", torch.tensor(1 / temperature, dtype=torch.float32))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        face = self.standardise(image)
        logits = self.network(face)
        if self.mirrored:
            logits = (logits + self.network(face.flip(3))) / 2
        logits = logits * self.scale
        return logits.softmax(1), logits
