"""Trains the networks that move a picture (image_animation.py): a still of somebody, and a state -> them in that state.

    python3 avatar_animation.py OUT PAIRS.npz... --expression WEIGHTS.pt [--minutes 60]

Half of what is learned from are cross states with the state told as a code; a fifth of the steps imitates a driving picture of
the same person as the paper does, by keypoints alone, with its equivariance loss. The perceptual loss is in features of the
expression network of real faces (`--expression`, the state of expression_joint.py); the judge of avatars is never asked.
Nobody is in both splits.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import avatar_rig as rig
from expression_networks import Compact, Standardise
from image_animation import CODE, SIZE, Animation, Source, inverse

SWAP = [rig.INDEX[n.replace("Left", "@").replace("Right", "Left").replace("@", "Right")] for n in rig.SHAPES]
# What a mirror turns round: yaw and roll of the head, yaw of the gaze.
MIRROR = np.ones(CODE, np.float32)
MIRROR[[51, 53, 55]] = -1
BATCH = 12
LAYERS = (7, 9, 11)


def mirrored(code):
    return np.concatenate([code[:, SWAP], code[:, 51:]], 1) * MIRROR


class Perception(nn.Module):
    """Features of a face as the expression network sees them: the face square of the frame, grey, 64 px."""

    def __init__(self, weights):
        super().__init__()
        self.network = Compact(deep=True, side=64)
        self.network.load_state_dict(torch.load(weights, weights_only=False)["state"])
        self.network.eval().requires_grad_(False)
        self.standardise = Standardise()

    def forward(self, picture):
        face = F.interpolate(picture[:, :, 32:122, 19:109], size=(64, 64), mode="bilinear", align_corners=False)
        x, out = self.standardise(face), []
        for k, layer in enumerate(self.network.features):
            x = layer(x)
            if k in LAYERS:
                out.append(x)
        return out


def load(files):
    parts = [np.load(f) for f in files]
    return {k: np.concatenate([p[k] for p in parts]) for k in ("image", "code", "emotion", "person")}


def draw(data, rng, count=BATCH):
    """Source, target [n, 3, 128, 128] 0..255 and the target's code [n, 56]."""
    who = rng.integers(len(data["image"]), size=count)
    states = data["image"].shape[1]
    to = rng.integers(1, states, count)
    # Now and then the picture is to stay as it is, or starts from another state.
    start = np.where(rng.uniform(size=count) < 0.1, rng.integers(1, states, count), 0)
    source, target, code = data["image"][who, start], data["image"][who, to], data["code"][who, to].copy()
    code[:, :51] += rng.normal(0, 0.05, (count, 51)) * rng.uniform(0, 1, (count, 1)) * (code[:, :51] > 0.02)
    code[:, 51:] += rng.normal(0, 0.02, (count, 5))
    flip = rng.uniform(size=count) < 0.5
    code = np.where(flip[:, None], mirrored(code), code).astype(np.float32)
    both = torch.from_numpy(np.stack([source, target], 1).astype(np.float32)).permute(0, 1, 4, 2, 3)
    both = torch.where(torch.from_numpy(flip)[:, None, None, None, None], both.flip(4), both)
    mix = torch.eye(3)[None] + torch.from_numpy(rng.normal(0, 0.1, (count, 3, 3)).astype(np.float32))
    both = torch.einsum("nij,nkjhw->nkihw", mix, both).clamp(0, 255)
    return both[:, 0].contiguous(), both[:, 1].contiguous(), torch.from_numpy(code)


def difference(out, target, source):
    """L1 at three scales, more where the picture has to change."""
    changed = F.avg_pool2d((target - source).abs().mean(1, keepdim=True), 5, 1, 2)
    weight = 1 + 4 * (changed / 40).clamp(max=1)
    total = 0.0
    for _ in range(3):
        total = total + ((out - target).abs() * weight).sum() / weight.sum() / 3
        out, target, weight = (F.avg_pool2d(x, 2) for x in (out, target, weight))
    return total / 255


def perceived(perception, out, target):
    with torch.no_grad():
        wanted = perception(target)
    return sum((a - b).abs().mean() / (b.abs().mean() + 1e-3) for a, b in zip(perception(out), wanted)) / len(wanted)


def equivariance(detector, picture, rng):
    """Keypoints of a picture that is turned, scaled and moved are turned, scaled and moved."""
    n = len(picture)
    angle, scale = rng.normal(0, 0.2, n), np.exp(rng.normal(0, 0.12, n))
    a = np.zeros((n, 2, 3), np.float32)
    a[:, 0, 0] = a[:, 1, 1] = np.cos(angle) * scale
    a[:, 0, 1], a[:, 1, 0] = -np.sin(angle) * scale, np.sin(angle) * scale
    a[:, :, 2] = rng.normal(0, 0.08, (n, 2))
    a = torch.from_numpy(a)
    keypoints, jacobians = detector(picture)
    moved, turned = detector(F.grid_sample(picture, F.affine_grid(a, picture.shape, align_corners=False), padding_mode="border", align_corners=False))
    linear = a[:, None, :, :2]
    back = (linear @ moved[..., None])[..., 0] + a[:, None, :, 2]
    return (back - keypoints).abs().mean() + 0.5 * (inverse(jacobians) @ linear @ turned - torch.eye(2)).abs().mean()


@torch.no_grad()
def validate(source, animation, data, count=240):
    """L1 on people and characters that were not learned from: moved by the code, by keypoints alone, and not at all."""
    rng = np.random.default_rng(3)
    source.eval(), animation.eval()
    sums = np.zeros(3)
    for _ in range(count // BATCH):
        still, target, code = draw(data, rng)
        features, *points = source(still)
        driving = source(target)[1:]
        outs = animation(still, features, *points, code), animation.imitate(still, features, tuple(points), tuple(driving)), still
        sums += [float((o - target).abs().mean()) / 255 for o in outs]
    source.train(), animation.train()
    return dict(zip(("told", "imitated", "still"), np.round(sums / (count // BATCH), 4).tolist()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--expression", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, help="in place of --minutes")
    parser.add_argument("--start", type=Path, help="networks to go on from")
    parser.add_argument("--rate", type=float, default=1e-3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    data = load(args.pairs)
    held = np.arange(len(data["image"])) % 13 == 0
    train, valid = ({k: v[rows] for k, v in data.items()} for rows in (~held, held))
    networks = nn.ModuleList([Source(), Animation()])
    average = nn.ModuleList([Source(), Animation()])
    if args.start:
        networks.load_state_dict(torch.load(args.start, weights_only=False)["state"])
    average.load_state_dict(networks.state_dict())
    networks.to(memory_format=torch.channels_last)
    source, animation = networks
    perception = Perception(args.expression)
    optimiser = torch.optim.AdamW(networks.parameters(), args.rate, betas=(0.8, 0.99), weight_decay=0.01)
    begun, step, said, sums = time.time(), 0, 0.0, np.zeros(4)
    curves = []
    now = 0.0
    while now < 1:
        now = step / args.steps if args.steps else (time.time() - begun) / 60 / args.minutes
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 200) * max(0.01, 0.5 + 0.5 * np.cos(np.pi * min(1, now)))
        still, target, code = draw(train, rng)
        imitates = step % 5 == 4
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, *points = source(still)
            seen = source.detector(F.avg_pool2d(target, SIZE // 64) / 255)
            if imitates:
                out = animation.imitate(still, features, tuple(points), seen)
            else:
                out = animation(still, features, *points, code)
            felt = perceived(perception, out, target)
        seen_error = difference(out, target, still)
        loss = 10 * seen_error + felt
        if imitates:
            even = equivariance(source.detector, F.avg_pool2d(target, SIZE // 64) / 255, rng)
            loss = loss + even
        else:
            kp, jac = animation.driving(code, *points)
            even = (kp - seen[0].detach()).abs().mean() + 0.2 * (jac - seen[1].detach()).abs().mean()
            loss = loss + even
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(networks.parameters(), 5)
        optimiser.step()
        step += 1
        sums += [float(loss.detach()), float(seen_error.detach()), float(felt.detach()), 1]
        with torch.no_grad():
            keep = min(0.998, (1 + step) / (10 + step))
            for mean, value in zip(average.state_dict().values(), networks.state_dict().values()):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value, 1 - keep)
                else:
                    mean.copy_(value)
        if time.time() - said > 180 or now >= 1:
            said = time.time()
            line = {"step": step, "share": round(min(1, now), 3), **dict(zip(("loss", "difference", "perceived"), np.round(sums[:3] / sums[3], 4).tolist()))}
            line |= {"valid": validate(*average, valid), "seconds": round(time.time() - begun), "cpuSeconds": round(time.process_time())}
            sums[:] = 0
            curves.append(line)
            print(json.dumps(line), flush=True)
            torch.save({"state": average.state_dict(), "curves": curves, "characters": int((train["person"] == 0).sum()), "people": int((train["person"] == 1).sum())}, args.out)


if __name__ == "__main__":
    main()
