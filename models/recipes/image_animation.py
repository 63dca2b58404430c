"""First-order motion: networks that move a still picture (Siarohin et al. 2019; the thesis, equations 6.13 to 6.29).

Names are the paper's. z: a point of the picture, -1..1 from its upper left to its lower right corner. R: the abstract frame.
S: the source picture, D: the driving one. T_SR(p_k): keypoint k in S, `keypoints` [n, K, 2]. J: `jacobians` [n, K, 2, 2].

    T_SD(z) = T_SR(p_k) + J_k (z - T_DR(p_k)),  J_k = J_SR(p_k) J_DR(p_k)^-1     near keypoint k   (sparse motion)
    H_k(z)  = exp(-|T_DR(p_k) - z|^2 / 2 v) - exp(-|T_SR(p_k) - z|^2 / 2 v)                        (heat maps)
    T_SD(z) = M_0 z + sum_k M_k(z) T_SD^k(z)                                                      (dense motion)
    f'      = O * warp(f, T_SD)                                                                   (occlusion)

In place of the paper's unsupervised keypoints (avatar_keypoints.py has them) stand K landmarks, which a network finds in the source picture and which another
moves to where the driving frame's state (a code: weights of blend shapes, pose, gaze) puts them. J is the head's affine frame, the
least-squares one of the landmarks that the skull carries; the code also goes to the dense motion and, by FiLM, to the generator,
because a mouth that opens shows what no motion can bring.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Of the 68 landmarks (iBUG): brows, nose, lids, mouth, chin.
PICK = [17, 19, 21, 22, 24, 26, 27, 28, 29, 30, 31, 33, 35, 36, 37, 39, 41, 42, 44, 45, 46, 48, 51, 54, 57, 62, 66, 8]
# Of those: what the skull carries.
RIGID = [PICK.index(k) for k in (27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45)]
K = len(PICK)
CODE = 56
VARIANCE = 0.006


def grid(side: int, like: Tensor) -> Tensor:
    """Middles of the pixels [side, side, 2], x then y, -1..1."""
    line = (torch.arange(side, device=like.device, dtype=torch.float32) + 0.5) * (2 / side) - 1
    return torch.stack([line[None, :].expand(side, side), line[:, None].expand(side, side)], -1)


def inverse(m: Tensor) -> Tensor:
    """Of [..., 2, 2] in closed form; float32, away from 0."""
    a, b, c, d = m[..., 0, 0], m[..., 0, 1], m[..., 1, 0], m[..., 1, 1]
    det = a * d - b * c
    det = torch.where(det.abs() < 1e-2, torch.full_like(det, 1e-2), det)
    return torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2) / det[..., None, None]


def convolution(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU())


def twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Hourglass(nn.Module):
    def __init__(self, inside: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        steps = [inside, *widths]
        self.down = nn.ModuleList([convolution(a, b, 2) for a, b in zip(steps, steps[1:])])
        self.up = nn.ModuleList()
        self.width = widths[-1]
        for skip, outside in zip(reversed(steps[:-1]), [*reversed(widths[:-1]), widths[0]]):
            self.up.append(convolution(self.width, outside))
            self.width = outside + skip

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for layer in self.down:
            skips.append(x)
            x = layer(x)
        for layer, skip in zip(self.up, reversed(skips)):
            x = torch.cat([layer(twice(x)), skip], 1)
        return x


class KeypointDetector(nn.Module):
    """Picture [n, 3, 64, 64], 0..1 -> keypoints [n, K, 2]."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(3, 24, 2)
        self.body = Hourglass(24, (48, 64, 96))
        self.heat = nn.Conv2d(self.body.width, K, 3, 1, 1)

    def forward(self, picture: Tensor) -> Tensor:
        heat = self.heat(self.body(self.stem(picture * 2 - 1))).float()
        n, _, side, _ = heat.shape
        return heat.reshape(n, K, -1).softmax(-1) @ grid(side, heat).reshape(-1, 2)


class HeadFrame(nn.Module):
    """J [n, K, 2, 2] of keypoints: the affine map that takes the mean head's rigid landmarks to these, the same for all."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("fit", torch.zeros(len(RIGID), 2))

    def set_mean(self, keypoints: Tensor) -> None:
        rest = keypoints[RIGID] - keypoints[RIGID].mean(0)
        self.fit.copy_(rest @ torch.linalg.inv(rest.T @ rest))

    def forward(self, keypoints: Tensor) -> Tensor:
        rigid = keypoints[:, RIGID]
        centred = rigid - rigid.mean(1, keepdim=True)
        return (centred.transpose(1, 2) @ self.fit)[:, None].expand(-1, K, 2, 2)


class DrivingKeypoints(nn.Module):
    """T_DR(p_k): where the source's landmarks lie in the state that a code says."""

    def __init__(self, wide: int = 192) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(CODE + 2 * K, wide), nn.ReLU(), nn.Linear(wide, wide), nn.ReLU(), nn.Linear(wide, 2 * K))
        nn.init.zeros_(self.body[-1].weight)
        nn.init.zeros_(self.body[-1].bias)

    def forward(self, code: Tensor, keypoints: Tensor) -> Tensor:
        return keypoints + self.body(torch.cat([code, keypoints.flatten(1)], 1)).reshape(-1, K, 2)


class DenseMotion(nn.Module):
    """Dense motion T_SD [n, h, h, 2] and occlusion O [n, 1, h, h] from the sparse motions; `small`: the source at h x h."""

    def __init__(self, told: int = 16, points: int = K) -> None:
        super().__init__()
        self.points = points
        self.body = Hourglass(4 * (points + 1) + told, (48, 64, 96))
        self.mask = nn.Conv2d(self.body.width, points + 1, 3, 1, 1)
        self.occlusion = nn.Conv2d(self.body.width, 1, 3, 1, 1)
        # What no affine piece can say: lips that part, lids that fall.
        self.residual = nn.Conv2d(self.body.width, 2, 3, 1, 1)
        nn.init.zeros_(self.residual.weight)
        nn.init.zeros_(self.residual.bias)

    def forward(self, small: Tensor, source: tuple[Tensor, Tensor], driving: tuple[Tensor, Tensor], told: Tensor) -> tuple[Tensor, Tensor]:
        n, side, points = small.shape[0], small.shape[-1], self.points
        (kp_s, j_s), (kp_d, j_d) = source, driving
        z = grid(side, small)[None, None]
        away = (z - kp_d[:, :, None, None]).reshape(n, points, side * side, 2)
        sparse = (away @ (j_s @ inverse(j_d)).transpose(-1, -2)).reshape(n, points, side, side, 2) + kp_s[:, :, None, None]
        sparse = torch.cat([z.expand(n, 1, side, side, 2), sparse], 1)
        # One GridSample for all: the grids lie one below the other.
        moved = F.grid_sample(small, sparse.reshape(n, (points + 1) * side, side, 2), padding_mode="border", align_corners=False)
        moved = moved.reshape(n, 3, points + 1, side, side).transpose(1, 2)
        near = lambda kp: (-0.5 * ((z - kp[:, :, None, None]) ** 2).sum(-1) / VARIANCE).exp()
        heat = torch.cat([torch.zeros_like(near(kp_d)[:, :1]), near(kp_d) - near(kp_s)], 1)[:, :, None]
        seen = torch.cat([heat, moved], 2).reshape(n, 4 * (points + 1), side, side)
        features = self.body(torch.cat([seen, told[:, :, None, None].expand(-1, -1, side, side)], 1))
        mask = self.mask(features).float().softmax(1)
        flow = (sparse * mask[..., None]).sum(1) + 0.1 * self.residual(features).float().permute(0, 2, 3, 1)
        return flow, self.occlusion(features).float().sigmoid()


class Told(nn.Module):
    """Two convolutions with a shortcut, scaled and shifted by what the code says (FiLM)."""

    def __init__(self, width: int, told: int) -> None:
        super().__init__()
        self.first, self.second = convolution(width, width), nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.film = nn.Linear(told, 2 * width)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        scale, shift = self.film(told)[:, :, None, None].chunk(2, 1)
        return x + self.second(self.first(x) * (1 + scale) + shift)


class Source(nn.Module):
    """What of a source picture does not change from frame to frame: picture [n, 3, h, h], 0..255 -> features
    [n, 64, h / 4, h / 4], keypoints [n, K, 2], jacobians [n, K, 2, 2]."""

    def __init__(self, base: int = 16) -> None:
        super().__init__()
        self.detector = KeypointDetector()
        self.frame = HeadFrame()
        self.encoder = nn.Sequential(convolution(3, base), convolution(base, 2 * base, 2), convolution(2 * base, 4 * base, 2))

    def find(self, picture: Tensor) -> Tensor:
        return self.detector(F.avg_pool2d(picture, picture.shape[-1] // 64) / 255)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        keypoints = self.find(picture)
        return self.encoder(picture / 127.5 - 1).float(), keypoints, self.frame(keypoints)


class Animation(nn.Module):
    """One frame: picture and what Source made of it, and the code -> picture [n, 3, h, h], 0..255."""

    def __init__(self, base: int = 16, blocks: int = 3, told: int = 48, points: int = K) -> None:
        super().__init__()
        wide = 4 * base
        self.driving = DrivingKeypoints()
        self.frame = HeadFrame()
        self.tell = nn.Sequential(nn.Linear(CODE + 1, 96), nn.ReLU(), nn.Linear(96, told), nn.ReLU())
        self.brief = nn.Linear(told, 16)
        self.motion = DenseMotion(points=points)
        self.blocks = nn.ModuleList([Told(wide, told) for _ in range(blocks)])
        self.up1, self.up2 = convolution(wide, 2 * base), convolution(2 * base, base)
        self.film = nn.Linear(told, 2 * 2 * base)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)
        # Three channels are the picture, the fourth says where the moved source picture is better.
        self.last = nn.Conv2d(base, 4, 3, 1, 1)

    def render(self, picture: Tensor, features: Tensor, source: tuple[Tensor, Tensor], driving: tuple[Tensor, Tensor], code: Tensor) -> tuple[Tensor, Tensor]:
        """The frame, and the source picture as the dense motion alone moves it. `code` [n, CODE + 1]: the last says that it is told."""
        told = self.tell(code)
        small = F.avg_pool2d(picture, 4) / 127.5 - 1
        flow, occlusion = self.motion(small, source, driving, self.brief(told))
        x = F.grid_sample(features, flow, padding_mode="border", align_corners=False) * occlusion
        for block in self.blocks:
            x = block(x, told)
        scale, shift = self.film(told)[:, :, None, None].chunk(2, 1)
        x = self.up1(twice(x)) * (1 + scale) + shift
        x = self.last(self.up2(twice(x))).float()
        fine = F.interpolate(flow.permute(0, 3, 1, 2), scale_factor=4.0, mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
        moved = F.grid_sample(picture, fine, padding_mode="border", align_corners=False)
        share = x[:, 3:].sigmoid()
        return share * moved + (1 - share) * 255 * x[:, :3].sigmoid(), moved

    def forward(self, picture: Tensor, features: Tensor, keypoints: Tensor, jacobians: Tensor, code: Tensor) -> Tensor:
        driving = self.driving(code, keypoints)
        return self.render(picture, features, (keypoints, jacobians), (driving, self.frame(driving)), F.pad(code, (0, 1), value=1.0))[0]
