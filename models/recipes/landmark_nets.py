"""The two landmark networks. Both take RGB 0..255 [n, 3, side, side] and give landmarks [n, 136] as fractions of the
crop (x0 y0 x1 y1 ...) and presence [n, 1], the probability that a face sits in the crop."""

import torch
from torch import nn
from torch.nn import functional as F


def conv_bn(inputs, outputs, kernel=3, stride=1, groups=1, act=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if act else nn.Sequential(*layers)


class Residual(nn.Module):
    """Two plain 3x3 convolutions; in onnxruntime on a CPU they beat depthwise ones of the same accuracy."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.a = conv_bn(inputs, outputs, 3, stride)
        self.b = conv_bn(outputs, outputs, 3, act=False)
        self.skip = nn.Identity() if stride == 1 and inputs == outputs else conv_bn(inputs, outputs, 1, stride, act=False)

    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.skip(x))


class Grey(nn.Module):
    """RGB 0..255 to one channel with mean 0 and spread 1 in each picture, so that light and contrast matter little."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weights", torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1) / 255)

    def forward(self, image):
        grey = (image * self.weights).sum(1, keepdim=True)
        grey = grey - grey.mean((2, 3), keepdim=True)
        return grey / torch.sqrt((grey * grey).mean((2, 3), keepdim=True) + 1e-3)


class Compact(nn.Module):
    """Residual encoder, one step back up to a quarter of the input's side, 68 heat maps read by their centre of mass
    (soft-argmax) plus a regressed correction, which also reaches points outside of the crop."""

    def __init__(self, side=96, widths=(24, 48, 72, 112), head=64):
        super().__init__()
        self.side = side
        c1, c2, c3, c4 = widths
        self.grey = Grey()
        self.stem = conv_bn(1, c1, 5, 2)
        self.s4 = Residual(c1, c2, 2)
        self.s8 = nn.Sequential(Residual(c2, c3, 2), Residual(c3, c3))
        self.s16 = nn.Sequential(Residual(c3, c4, 2), Residual(c4, c4))
        self.up8 = conv_bn(c4, c3, 1, act=False)
        self.mix8 = conv_bn(c3, head)
        self.side4 = conv_bn(c2, head, 1, act=False)
        self.heat = nn.Conv2d(head, 68, 1)
        self.squeeze = conv_bn(c4, 32, 1)
        last = side // 16
        self.correct = nn.Linear(32 * last * last, 136)
        self.presence = nn.Linear(32 * last * last, 1)
        grid = (torch.arange(side // 4) + 0.5) / (side // 4)
        y, x = torch.meshgrid(grid, grid, indexing="ij")
        self.register_buffer("grid", torch.stack([x.reshape(-1), y.reshape(-1)], 1))
        nn.init.normal_(self.correct.weight, std=1e-3)
        nn.init.zeros_(self.correct.bias)

    def raw(self, image):
        x4 = self.s4(self.stem(self.grey(image)))
        x8 = self.s8(x4)
        x16 = self.s16(x8)
        y8 = self.mix8(F.relu(x8 + F.interpolate(self.up8(x16), scale_factor=2, mode="nearest")))
        y4 = F.relu(F.interpolate(y8, scale_factor=2, mode="nearest") + self.side4(x4))
        flat = self.squeeze(x16).flatten(1).float()
        with torch.autocast(image.device.type, enabled=False):  # positions need more than the eight bits of bfloat16
            points = torch.softmax(self.heat(y4.float()).flatten(2), 2) @ self.grid
            return points.flatten(1) + self.correct(flat), self.presence(flat)

    def forward(self, image):
        points, presence = self.raw(image)
        return points, torch.sigmoid(presence)


class Separable(nn.Module):
    """Xception's separable convolution: ReLU, depthwise 3x3, pointwise, batch norm."""

    def __init__(self, inputs, outputs, first_relu=True):
        super().__init__()
        self.first_relu = first_relu
        self.depth = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.point = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(self.point(self.depth(F.relu(x) if self.first_relu else x)))


class XceptionBlock(nn.Module):
    """Separable convolutions around a shortcut; with `pool`, max pooling by two and a strided 1x1 shortcut."""

    def __init__(self, inputs, outputs, count, pool, first_relu=True):
        super().__init__()
        sizes = [inputs] + [outputs] * count
        self.body = nn.Sequential(*(Separable(a, b, first_relu or i > 0) for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:]))))
        self.pool = nn.MaxPool2d(3, 2, 1) if pool else nn.Identity()
        self.skip = conv_bn(inputs, outputs, 1, 2, act=False) if pool else nn.Identity()

    def forward(self, x):
        return self.pool(self.body(x)) + self.skip(x)


class Xception(nn.Module):
    """The thesis's landmark network: Xception (entry, middle, exit flow), global average pooling, one linear layer.

    Widths are about an eighth of Chollet's 728-wide network, the middle flow has `middle` of its 8 blocks, and the input
    is 64 instead of 299 pixels wide."""

    def __init__(self, side=64, widths=(16, 32, 64, 96, 160), middle=4, last=320):
        super().__init__()
        self.side = side
        stem, c1, c2, c3, c4 = widths
        self.grey = Grey()
        self.stem = nn.Sequential(conv_bn(1, stem, 3, 2), conv_bn(stem, c1, 3))
        self.entry = nn.Sequential(XceptionBlock(c1, c2, 2, True, first_relu=False), XceptionBlock(c2, c3, 2, True))
        self.middle = nn.Sequential(*(XceptionBlock(c3, c3, 3, False) for _ in range(middle)))
        self.exit = nn.Sequential(XceptionBlock(c3, c4, 2, True), Separable(c4, last), nn.ReLU())
        self.points = nn.Linear(last, 136)
        self.presence = nn.Linear(last, 1)
        nn.init.normal_(self.points.weight, std=1e-2)
        nn.init.constant_(self.points.bias, 0.5)

    def raw(self, image):
        x = self.exit(self.middle(self.entry(self.stem(self.grey(image)))))
        pooled = x.mean((2, 3)).float()
        with torch.autocast(image.device.type, enabled=False):
            return self.points(pooled), self.presence(pooled)

    def forward(self, image):
        points, presence = self.raw(image)
        return points, torch.sigmoid(presence)
