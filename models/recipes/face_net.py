"""SSDLite on MobileNetV2, the thesis's detector, at a reduced width and input.

Thesis: 300x300, anchors with aspect ratios 1, 2, 3, 1/2, 1/3 and scales 0.2 to 0.9. Here one finer map (stride 8, scale
0.08) is put in front of those, for small faces. The graph gives boxes x1 y1 x2 y2 in input pixels and probabilities."""

import math

import torch
from torch import nn

ASPECTS = (1.0, 2.0, 3.0, 1 / 2, 1 / 3)  # width over height
SCALES = (0.08, 0.2, 0.433, 0.667, 0.9)  # of the input's side, one a map; a sixth anchor lies between two scales
VARIANCES = (0.1, 0.2)  # of centres and of the logarithm of sides


def conv(inputs, outputs, kernel=1, stride=1, groups=1, act=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.ReLU6(inplace=True)) if act else nn.Sequential(*layers)


class Inverted(nn.Module):
    """MobileNetV2's block: expand, depthwise, project. `tap` gives the expanded features before the depthwise step."""

    def __init__(self, inputs, outputs, stride, factor):
        super().__init__()
        middle = inputs * factor
        self.expand = conv(inputs, middle) if factor > 1 else nn.Identity()
        self.rest = nn.Sequential(conv(middle, middle, 3, stride, middle), conv(middle, outputs, act=False))
        self.same = stride == 1 and inputs == outputs

    def forward(self, x, tap=False):
        expanded = self.expand(x)
        out = self.rest(expanded)
        out = x + out if self.same else out
        return (out, expanded) if tap else out


def lite_head(inputs, outputs):
    return nn.Sequential(conv(inputs, inputs, 3, groups=inputs), nn.Conv2d(inputs, outputs, 1))


class SsdLite(nn.Module):
    def __init__(self, side=224, width=0.5):
        super().__init__()
        self.side = side
        c = lambda n: max(8, int(n * width + 4) // 8 * 8)
        plan = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        self.stem = conv(3, c(32), 3, 2)
        blocks, self.taps, last, stride = [], [], c(32), 2
        tapped = []
        for factor, channels, count, step in plan:
            for i in range(count):
                if i == 0 and step == 2 and stride in (8, 16):
                    self.taps.append(len(blocks))
                    tapped.append(last * factor)
                blocks.append(Inverted(last, c(channels), step if i == 0 else 1, factor))
                last = c(channels)
            stride *= step
        self.blocks = nn.ModuleList(blocks)
        self.final = conv(last, c(640))
        extra = lambda i, o: nn.Sequential(conv(i, o // 2), conv(o // 2, o // 2, 3, 2, o // 2), conv(o // 2, o))
        self.extras = nn.ModuleList([extra(c(640), c(256)), extra(c(256), c(256))])
        sources = [*tapped, c(640), c(256), c(256)]
        self.heads = nn.ModuleList([lite_head(s, (len(ASPECTS) + 1) * 5) for s in sources])
        for head in self.heads:
            nn.init.constant_(head[1].bias, 0.0)
            with torch.no_grad():
                head[1].bias.view(-1, 5)[:, 0] = -math.log(99)  # focal loss: a face is rare
        self.register_buffer("anchors", self._anchors())
        self.register_buffer("mean", torch.tensor(127.5))

    def _anchors(self):
        """[A, 4]: centre and sides in fractions of the input, in the order of the heads' outputs."""
        out = []
        for k, scale in enumerate(SCALES):
            cells = math.ceil(self.side / (8 * 2**k))
            after = SCALES[k + 1] if k + 1 < len(SCALES) else 1.0
            sides = [(scale * math.sqrt(a), scale / math.sqrt(a)) for a in ASPECTS]
            sides.insert(1, (math.sqrt(scale * after),) * 2)
            step = 8 * 2**k / self.side
            out += [((x + 0.5) * step, (y + 0.5) * step, w, h) for y in range(cells) for x in range(cells) for w, h in sides]
        return torch.tensor(out)

    def raw(self, image):
        """(logits [n, A], offsets [n, A, 4])."""
        x = self.stem((image - self.mean) / self.mean)
        maps = []
        for i, block in enumerate(self.blocks):
            if i in self.taps:
                x, tapped = block(x, tap=True)
                maps.append(tapped)
            else:
                x = block(x)
        x = self.final(x)
        maps.append(x)
        for extra in self.extras:
            x = extra(x)
            maps.append(x)
        flat = [head(m).permute(0, 2, 3, 1).flatten(1).view(image.shape[0], -1, 5) for head, m in zip(self.heads, maps)]
        out = torch.cat(flat, 1).float()
        return out[..., 0], out[..., 1:]

    def decode(self, offsets):
        centre = self.anchors[:, :2] + offsets[..., :2] * VARIANCES[0] * self.anchors[:, 2:]
        half = self.anchors[:, 2:] * torch.exp((offsets[..., 2:] * VARIANCES[1]).clamp(max=3.0)) / 2
        return torch.cat([centre - half, centre + half], -1)

    def forward(self, image):
        logits, offsets = self.raw(image)
        return self.decode(offsets) * self.side, torch.sigmoid(logits)
