"""Networks that read an emotion from a voice."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from norms import without_norms

CLASSES = 8


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut. `mask` [n, 1, 1, t] keeps padded frames at zero, as if they were not there."""

    def __init__(self, inside: int, outside: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.stride = stride
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.short: nn.Module = nn.Identity()
        if stride != (1, 1) or inside != outside:
            self.short = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        if mask is not None:
            mask = mask[..., :: self.stride[1]]
        hidden = torch.relu(self.first_norm(self.first(x)))
        if mask is not None:
            hidden = hidden * mask
        out = torch.relu(self.second_norm(self.second(hidden)) + self.short(x))
        return (out if mask is None else out * mask), mask


class Compact(nn.Module):
    """Residual 2-D CNN over log-mel decibels [n, 64, t], then mean and deviation over time weighted by attention.

    The level falls out: each utterance is standardised by one mean and one deviation. Returns the emotion's logits and
    the logit of a male voice (an auxiliary task of the training)."""

    def __init__(self, widths: tuple[int, int, int, int] = (16, 32, 64, 96), dropout: float = 0.3) -> None:
        super().__init__()
        a, b, c, d = widths
        self.stem = nn.Conv2d(1, a, 5, 2, 2, bias=False)
        self.stem_norm = nn.BatchNorm2d(a)
        self.blocks = nn.ModuleList(
            [Block(a, a, (1, 1)), Block(a, b, (2, 2)), Block(b, c, (2, 2)), Block(c, d, (2, 1))]
        )
        self.join = nn.Conv2d(d, 128, (4, 1), bias=False)
        self.join_norm = nn.BatchNorm2d(128)
        self.attention = nn.Sequential(nn.Conv1d(128, 32, 1), nn.Tanh(), nn.Conv1d(32, 1, 1))
        self.dropout = nn.Dropout(dropout)
        self.emotion = nn.Linear(256, CLASSES)
        self.sex = nn.Linear(256, 1)

    def forward(self, mel: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        x = mel.unsqueeze(1)
        if mask is not None:
            mask = mask.view(len(mel), 1, 1, -1)
        x = standardise(x, mask)
        x = torch.relu(self.stem_norm(self.stem(x)))
        if mask is not None:
            mask = mask[..., ::2]
            x = x * mask
        for block in self.blocks:
            x, mask = block(x, mask)
        x = torch.relu(self.join_norm(self.join(x))).squeeze(2)
        score = self.attention(x)
        if mask is not None:
            score = score.masked_fill(mask.squeeze(2) == 0, -1e4)
        weight = score.softmax(2)
        mean = (x * weight).sum(2)
        deviation = ((x * x * weight).sum(2) - mean * mean).clamp(min=1e-4).sqrt()
        pooled = self.dropout(torch.cat([mean, deviation], 1))
        return self.emotion(pooled), self.sex(pooled).squeeze(1)


def standardise(x: Tensor, mask: Tensor | None) -> Tensor:
    """One mean and one deviation an utterance, over mel bands and (unmasked) frames; a decibel keeps silence quiet."""
    if mask is None:
        centred = x - x.mean((2, 3), keepdim=True)
        return centred / ((centred * centred).mean((2, 3), keepdim=True) + 1).sqrt()
    count = mask.sum((2, 3), keepdim=True) * x.shape[2]
    centred = (x - (x * mask).sum((2, 3), keepdim=True) / count) * mask
    return centred / ((centred * centred).sum((2, 3), keepdim=True) / count + 1).sqrt()


class Mfcc(nn.Module):
    """The thesis's 1-D CNN on MFCC of 2.5 s: convolutions 256, 256, BN, 128 x 4, BN, 64, 64 of kernel 8, then fully connected layers
    `hidden` (4096, 4096, 1024 in the thesis), all times `width`."""

    def __init__(
        self,
        classes: int,
        width: float = 1.0,
        dropout: float = 0.3,
        size: tuple[int, int] = (13, 157),
        hidden: tuple[int, ...] = (512, 512, 256),
        norm: bool = False,
    ) -> None:
        """`norm` puts a batch norm behind every layer but the last while it is trained; see `folded`."""
        super().__init__()
        coefficients, frames = size

        def count(n: int) -> int:
            return max(4, round(n * width))

        def convolution(inside: int, outside: int) -> list[nn.Module]:
            return [nn.ConstantPad1d((3, 4), 0.0), nn.Conv1d(inside, outside, 8)]

        a, b, c = count(256), count(128), count(64)
        self.scale = nn.BatchNorm1d(coefficients)
        self.features = nn.Sequential(
            *convolution(coefficients, a), nn.ReLU(), *convolution(a, a), nn.BatchNorm1d(a), nn.ReLU(),
            nn.Dropout(dropout), nn.MaxPool1d(8),
            *convolution(a, b), nn.ReLU(), *convolution(b, b), nn.ReLU(),
            *convolution(b, b), nn.ReLU(), *convolution(b, b), nn.BatchNorm1d(b), nn.ReLU(),
            nn.Dropout(dropout), nn.MaxPool1d(8),
            *convolution(b, c), nn.ReLU(), *convolution(c, c), nn.ReLU(), nn.Flatten(),
        )  # fmt: skip
        sizes = [c * (frames // 64), *(count(n) for n in hidden)]
        layers: list[nn.Module] = []
        for inside, outside in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(inside, outside), nn.ReLU(), nn.Dropout(dropout)]
        self.head = nn.Sequential(*layers, nn.Linear(sizes[-1], classes))
        if norm:
            self.features, self.head = with_norms(self.features), with_norms(self.head)
        # Twelve layers, two of them normalised: with PyTorch's own start the signal fades on its way.
        for layer in self.modules():
            if isinstance(layer, nn.Conv1d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def forward(self, mfcc: Tensor) -> Tensor:
        return self.head(self.features(self.scale(mfcc)))


def with_norms(layers: nn.Sequential) -> nn.Sequential:
    """A batch norm behind every layer that a ReLU follows."""
    out: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.ReLU) and isinstance(out[-1], nn.Conv1d | nn.Linear):
            out.append(nn.BatchNorm1d(len(out[-1].weight)))
        out.append(layer)
    return nn.Sequential(*out)


class Thesis(Mfcc):
    """The same with 16 outputs: eight emotions of women, then of men. The mean of each coefficient over the clip is taken off, which
    leaves out what a microphone, a room and a voice add to all of it."""

    frames = 157

    def __init__(self, hidden: tuple[int, ...] = (512, 512, 256), dropout: float = 0.3, norm: bool = True) -> None:
        super().__init__(2 * CLASSES, 1.0, dropout, (13, self.frames), hidden, norm)

    def forward(self, mfcc: Tensor) -> Tensor:
        return super().forward(mfcc - mfcc.mean(2, keepdim=True))


def folded(network: Thesis) -> Thesis:
    """The same network without batch norms: they are multiplied into the layers before them."""
    plain = copy.deepcopy(network).eval()
    plain.features, plain.head = without_norms(plain.features), without_norms(plain.head)
    return plain


class CompactProduct(nn.Module):
    """What is exported of the compact network: probabilities and logits divided by the temperature."""

    def __init__(self, network: Compact, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("factor", torch.tensor(1 / temperature, dtype=torch.float32))

    def forward(self, logmel: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(logmel)[0] * self.factor
        return logits.softmax(1), logits


class ThesisProduct(nn.Module):
    """Eight emotions (both sexes summed) and the sixteen joint probabilities."""

    def __init__(self, network: Thesis, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("factor", torch.tensor(1 / temperature, dtype=torch.float32))

    def forward(self, mfcc: Tensor) -> tuple[Tensor, Tensor]:
        joint = (self.network(mfcc) * self.factor).softmax(1)
        return joint[:, :CLASSES] + joint[:, CLASSES:], joint
