"""The thesis's backbones as networks of grey faces of any size: VGG16 and ResNet50 (expression_networks.py), InceptionV3,
InceptionResNet-v2, Xception. All are trained from nothing; `width` 1 is the network as it was published.

Paddings are "same" throughout, so that small pictures do not vanish on their way: 64 pixels end at 2x2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from expression_networks import Compact, Resnet50, Vgg16
from landmark_nets import Separable, XceptionBlock

# The width of each that is taken where none is said.
WIDTHS = {"compact": 1.0, "vgg16": 0.25, "resnet50": 0.25, "inceptionv3": 0.25, "inceptionresnet": 0.25, "xception": 0.25}


class Unit(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inside: int, outside: int, size: int | tuple[int, int], stride: int = 1) -> None:
        high, wide = (size, size) if isinstance(size, int) else size
        super().__init__(
            nn.Conv2d(inside, outside, (high, wide), stride, (high // 2, wide // 2), bias=False),
            nn.BatchNorm2d(outside, eps=1e-3),
            nn.ReLU(),
        )


class Branches(nn.Module):
    """Several ways side by side, their maps put together."""

    def __init__(self, *ways: nn.Module) -> None:
        super().__init__()
        self.ways = nn.ModuleList(ways)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([way(x) for way in self.ways], 1)


class Channels:
    """Numbers of channels at a width."""

    def __init__(self, width: float) -> None:
        self.width = width

    def __call__(self, channels: int) -> int:
        return max(4, round(channels * self.width))


def pooled(inside: int, outside: int) -> nn.Module:
    return nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), Unit(inside, outside, 1))


def top(channels: int, dropout: float, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(channels, classes))


def inception_stem(c: Channels) -> list[nn.Module]:
    """What both Inception networks begin with: a grey picture -> c(192) channels at an eighth of its side."""
    return [
        Unit(1, c(32), 3, 2), Unit(c(32), c(32), 3), Unit(c(32), c(64), 3), nn.MaxPool2d(3, 2, 1),
        Unit(c(64), c(80), 1), Unit(c(80), c(192), 3), nn.MaxPool2d(3, 2, 1),
    ]  # fmt: skip


class InceptionV3(nn.Module):
    """Szegedy et al. 2016: three modules A, four B with 7x7 cut into rows and columns, two C."""

    def __init__(self, width: float, dropout: float, classes: int) -> None:
        super().__init__()
        c = Channels(width)
        layers = inception_stem(c)
        inside = c(192)
        for pool in (32, 64, 64):
            layers.append(
                Branches(
                    Unit(inside, c(64), 1),
                    nn.Sequential(Unit(inside, c(48), 1), Unit(c(48), c(64), 5)),
                    nn.Sequential(Unit(inside, c(64), 1), Unit(c(64), c(96), 3), Unit(c(96), c(96), 3)),
                    pooled(inside, c(pool)),
                )
            )
            inside = c(64) + c(64) + c(96) + c(pool)
        layers.append(
            Branches(
                Unit(inside, c(384), 3, 2),
                nn.Sequential(Unit(inside, c(64), 1), Unit(c(64), c(96), 3), Unit(c(96), c(96), 3, 2)),
                nn.MaxPool2d(3, 2, 1),
            )
        )
        inside = c(384) + c(96) + inside
        for middle in (128, 160, 160, 192):
            m = c(middle)
            layers.append(
                Branches(
                    Unit(inside, c(192), 1),
                    nn.Sequential(Unit(inside, m, 1), Unit(m, m, (1, 7)), Unit(m, c(192), (7, 1))),
                    nn.Sequential(
                        Unit(inside, m, 1), Unit(m, m, (7, 1)), Unit(m, m, (1, 7)), Unit(m, m, (7, 1)), Unit(m, c(192), (1, 7))
                    ),
                    pooled(inside, c(192)),
                )
            )
            inside = 4 * c(192)
        layers.append(
            Branches(
                nn.Sequential(Unit(inside, c(192), 1), Unit(c(192), c(320), 3, 2)),
                nn.Sequential(
                    Unit(inside, c(192), 1), Unit(c(192), c(192), (1, 7)), Unit(c(192), c(192), (7, 1)), Unit(c(192), c(192), 3, 2)
                ),
                nn.MaxPool2d(3, 2, 1),
            )
        )
        inside = c(320) + c(192) + inside
        for _ in range(2):
            layers.append(
                Branches(
                    Unit(inside, c(320), 1),
                    nn.Sequential(Unit(inside, c(384), 1), Branches(Unit(c(384), c(384), (1, 3)), Unit(c(384), c(384), (3, 1)))),
                    nn.Sequential(
                        Unit(inside, c(448), 1), Unit(c(448), c(384), 3),
                        Branches(Unit(c(384), c(384), (1, 3)), Unit(c(384), c(384), (3, 1))),
                    ),
                    pooled(inside, c(192)),
                )
            )  # fmt: skip
            inside = c(320) + 4 * c(384) + c(192)
        self.features = nn.Sequential(*layers)
        self.head = top(inside, dropout, classes)

    def forward(self, grey: Tensor) -> Tensor:
        return self.head(self.features(grey))


class Residual(nn.Module):
    """Inception ways whose sum, scaled, is added to what came in."""

    def __init__(self, ways: Branches, joined: int, inside: int, scale: float, last: bool = False) -> None:
        super().__init__()
        self.ways = ways
        self.back = nn.Conv2d(joined, inside, 1)
        self.scale = scale
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        out = x + self.scale * self.back(self.ways(x))
        return out if self.last else torch.relu(out)


class InceptionResnet(nn.Module):
    """Inception-ResNet-v2 (Szegedy et al. 2017): 10, 20 and 10 residual modules."""

    def __init__(self, width: float, dropout: float, classes: int) -> None:
        super().__init__()
        c = Channels(width)
        layers = [
            *inception_stem(c),
            Branches(
                Unit(c(192), c(96), 1),
                nn.Sequential(Unit(c(192), c(48), 1), Unit(c(48), c(64), 5)),
                nn.Sequential(Unit(c(192), c(64), 1), Unit(c(64), c(96), 3), Unit(c(96), c(96), 3)),
                pooled(c(192), c(64)),
            ),
        ]  # fmt: skip
        inside = c(96) + c(64) + c(96) + c(64)
        for _ in range(10):
            ways = Branches(
                Unit(inside, c(32), 1),
                nn.Sequential(Unit(inside, c(32), 1), Unit(c(32), c(32), 3)),
                nn.Sequential(Unit(inside, c(32), 1), Unit(c(32), c(48), 3), Unit(c(48), c(64), 3)),
            )
            layers.append(Residual(ways, 2 * c(32) + c(64), inside, 0.17))
        layers.append(
            Branches(
                Unit(inside, c(384), 3, 2),
                nn.Sequential(Unit(inside, c(256), 1), Unit(c(256), c(256), 3), Unit(c(256), c(384), 3, 2)),
                nn.MaxPool2d(3, 2, 1),
            )
        )
        inside = 2 * c(384) + inside
        for _ in range(20):
            ways = Branches(
                Unit(inside, c(192), 1),
                nn.Sequential(Unit(inside, c(128), 1), Unit(c(128), c(160), (1, 7)), Unit(c(160), c(192), (7, 1))),
            )
            layers.append(Residual(ways, 2 * c(192), inside, 0.1))
        layers.append(
            Branches(
                nn.Sequential(Unit(inside, c(256), 1), Unit(c(256), c(384), 3, 2)),
                nn.Sequential(Unit(inside, c(256), 1), Unit(c(256), c(288), 3, 2)),
                nn.Sequential(Unit(inside, c(256), 1), Unit(c(256), c(288), 3), Unit(c(288), c(320), 3, 2)),
                nn.MaxPool2d(3, 2, 1),
            )
        )
        inside = c(384) + c(288) + c(320) + inside
        for at in range(10):
            ways = Branches(
                Unit(inside, c(192), 1),
                nn.Sequential(Unit(inside, c(192), 1), Unit(c(192), c(224), (1, 3)), Unit(c(224), c(256), (3, 1))),
            )
            layers.append(Residual(ways, c(192) + c(256), inside, 0.2 if at < 9 else 1.0, last=at == 9))
        layers.append(Unit(inside, c(1536), 1))
        self.features = nn.Sequential(*layers)
        self.head = top(c(1536), dropout, classes)

    def forward(self, grey: Tensor) -> Tensor:
        return self.head(self.features(grey))


class Xception(nn.Module):
    """Chollet 2017: entry flow, eight blocks in the middle, exit flow."""

    def __init__(self, width: float, dropout: float, classes: int) -> None:
        super().__init__()
        c = Channels(width)
        middle = c(728)
        self.features = nn.Sequential(
            Unit(1, c(32), 3, 2), Unit(c(32), c(64), 3),
            XceptionBlock(c(64), c(128), 2, True, first_relu=False), XceptionBlock(c(128), c(256), 2, True),
            XceptionBlock(c(256), middle, 2, True),
            *(XceptionBlock(middle, middle, 3, False) for _ in range(8)),
            XceptionBlock(middle, c(1024), 2, True), Separable(c(1024), c(1536)), Separable(c(1536), c(2048)), nn.ReLU(),
        )  # fmt: skip
        self.head = top(c(2048), dropout, classes)

    def forward(self, grey: Tensor) -> Tensor:
        return self.head(self.features(grey))


def build(backbone: str, width: float, side: int, classes: int, dropout: float) -> nn.Module:
    """A network that takes standardised grey [n, 1, side, side] and gives logits [n, classes]. `width` 0 is that of WIDTHS."""
    width = width or WIDTHS[backbone]
    if backbone == "inceptionv3":
        return InceptionV3(width, dropout, classes)
    if backbone == "inceptionresnet":
        return InceptionResnet(width, dropout, classes)
    if backbone == "xception":
        return Xception(width, dropout, classes)
    c = Channels(width)
    network: nn.Module
    if backbone == "compact":
        network = Compact((c(16), c(28), c(56), c(112), c(208)), dropout, side=side)
    elif backbone == "vgg16":
        network = Vgg16(width, dropout, side)
    else:
        network = Resnet50(width, dropout)
    network.head[-1] = nn.Linear(network.head[-1].in_features, classes)
    return network
