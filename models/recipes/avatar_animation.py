"""Trains the networks that move a picture (image_animation.py): a still of somebody, and a state -> them in that state.

    python3 avatar_animation.py OUT PAIRS.npz... --expression WEIGHTS.pt [--minutes 60]

At 64 px for the first part of the time, then at 128 px. A sixth of the steps is told nothing but the driving landmarks. The
perceptual loss is in features of the expression network of real faces (`--expression`, the state of expression_joint.py); the judge
of avatars is never asked. Nobody is in both splits.
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
from avatar_weights import MIRROR as MIRRORED_MARKS
from expression_networks import Compact, Standardise
from image_animation import CODE, PICK, Animation, Source

SWAP = [rig.INDEX[n.replace("Left", "@").replace("Right", "Left").replace("@", "Right")] for n in rig.SHAPES]
# What a mirror turns round: yaw and roll of the head, yaw of the gaze.
MIRROR = np.ones(CODE, np.float32)
MIRROR[[51, 53, 55]] = -1
BATCH = {64: 16, 128: 8}
LAYERS = (7, 9, 11)
PARTS = (range(17, 22), range(22, 27), range(36, 42), range(42, 48), range(48, 68))


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
        k = picture.shape[-1] / 128
        face = picture[:, :, int(32 * k) : int(122 * k), int(19 * k) : int(109 * k)]
        x, out = self.standardise(F.interpolate(face, size=(64, 64), mode="bilinear", align_corners=False)), []
        for at, layer in enumerate(self.network.features):
            x = layer(x)
            if at in LAYERS:
                out.append(x)
        return out


def load(files):
    parts = [np.load(f) for f in files]
    return {k: np.concatenate([p[k] for p in parts]) for k in ("image", "marks", "code", "emotion", "person")}


def draw(data, rng, side, count):
    """Source, target [n, 3, side, side] 0..255, landmarks of both [n, 68, 2] and the target's code [n, 56]."""
    who = rng.integers(len(data["image"]), size=count)
    states = data["image"].shape[1]
    to = rng.integers(1, states, count)
    # Now and then the picture starts from another state.
    start = np.where(rng.uniform(size=count) < 0.1, rng.integers(1, states, count), 0)
    source, target, code = data["image"][who, start], data["image"][who, to], data["code"][who, to].copy()
    marks = np.stack([data["marks"][who, start], data["marks"][who, to]], 1)
    code[:, :51] += rng.normal(0, 0.05, (count, 51)) * rng.uniform(0, 1, (count, 1)) * (code[:, :51] > 0.02)
    code[:, 51:] += rng.normal(0, 0.02, (count, 5))
    flip = rng.uniform(size=count) < 0.5
    code = np.where(flip[:, None], mirrored(code), code).astype(np.float32)
    marks = np.where(flip[:, None, None, None], marks[:, :, MIRRORED_MARKS] * [-1, 1], marks).astype(np.float32)
    both = torch.from_numpy(np.stack([source, target], 1).astype(np.float32)).permute(0, 1, 4, 2, 3)
    both = torch.where(torch.from_numpy(flip)[:, None, None, None, None], both.flip(4), both)
    mix = torch.eye(3)[None] + torch.from_numpy(rng.normal(0, 0.1, (count, 3, 3)).astype(np.float32))
    both = torch.einsum("nij,nkjhw->nkihw", mix, both).clamp(0, 255)
    if side < both.shape[-1]:
        both = F.avg_pool2d(both.flatten(0, 1), both.shape[-1] // side).unflatten(0, (count, 2))
    marks = torch.from_numpy(marks)
    return both[:, 0].contiguous(), both[:, 1].contiguous(), marks[:, 0], marks[:, 1], torch.from_numpy(code)


def focus(marks, side):
    """Weights [n, 1, side, side]: brows, eyes and mouth count five times."""
    weight = np.ones((len(marks), 1, side, side), np.float32)
    pixels = (marks.numpy() + 1) * side / 2
    room = 0.045 * side
    for i, points in enumerate(pixels):
        for part in PARTS:
            low, high = points[list(part)].min(0) - room, points[list(part)].max(0) + room
            (x0, y0), (x1, y1) = np.clip(low, 0, side).astype(int), np.clip(high, 0, side).astype(int) + 1
            weight[i, 0, y0:y1, x0:x1] = 5
    return torch.from_numpy(weight)


def difference(out, target, weight):
    """L1 of values and of gradients at three scales, 0..1."""
    total = 0.0
    for _ in range(3):
        mean = weight.mean() * 255
        total = total + ((out - target).abs() * weight).mean() / mean
        for axis in (2, 3):
            total = total + 0.5 * ((out.diff(dim=axis) - target.diff(dim=axis)).abs()).mean() / 255
        out, target, weight = (F.avg_pool2d(x, 2) for x in (out, target, weight))
    return total


def perceived(perception, out, target):
    with torch.no_grad():
        wanted = perception(target)
    return sum((a - b).abs().mean() / (b.abs().mean() + 1e-3) for a, b in zip(perception(out), wanted)) / len(wanted)


@torch.no_grad()
def validate(source, animation, data, count=160):
    """L1 where the face is, on people and characters that were not learned from: moved, by true landmarks too, and not at all; and
    how far the landmarks are off, in pictures."""
    rng = np.random.default_rng(3)
    source.eval(), animation.eval()
    sums = np.zeros(5)
    for _ in range(count // 8):
        still, target, here, there, code = draw(data, rng, 128, 8)
        features, *points = source(still)
        weight = focus(there, 128)
        out = animation(still, features, *points, code)
        told = F.pad(code, (0, 1), value=1.0)
        sure = animation.render(still, features, (here[:, PICK], source.frame(here[:, PICK])), there[:, PICK], told)[0]
        driving = animation.driving(code, here[:, PICK])
        sums[:3] += [float(((o - target).abs() * weight).mean() / weight.mean()) / 255 for o in (out, sure, still)]
        sums[3:] += [float((points[0] - here[:, PICK]).norm(dim=-1).mean()) / 2, float((driving - there[:, PICK]).norm(dim=-1).mean()) / 2]
    source.train(), animation.train()
    return dict(zip(("moved", "byTruth", "still", "landmarks", "driven"), np.round(sums / (count // 8), 4).tolist()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--expression", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, help="in place of --minutes")
    parser.add_argument("--start", type=Path, help="networks to go on from")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--small-share", type=float, default=0.6, help="of the time, at 64 px")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    data = load(args.pairs)
    held = np.arange(len(data["image"])) % 13 == 0
    train, valid = ({k: v[rows] for k, v in data.items()} for rows in (~held, held))
    networks, average = (nn.ModuleList([Source(), Animation()]) for _ in range(2))
    mean = torch.from_numpy(train["marks"][:, 0].mean(0)[PICK].astype(np.float32))
    for part in networks:
        part.frame.set_mean(mean)
    if args.start:
        networks.load_state_dict(torch.load(args.start, weights_only=False)["state"])
    average.load_state_dict(networks.state_dict())
    networks.to(memory_format=torch.channels_last)
    source, animation = networks
    perception = Perception(args.expression)
    optimiser = torch.optim.AdamW(networks.parameters(), args.rate, betas=(0.8, 0.99), weight_decay=0.01)
    begun, step, said, sums = time.time(), 0, 0.0, np.zeros(5)
    curves = []
    now = 0.0
    while now < 1:
        now = step / args.steps if args.steps else (time.time() - begun) / 60 / args.minutes
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 200) * max(0.01, 0.5 + 0.5 * np.cos(np.pi * min(1, now)))
        side = 64 if now < args.small_share else 128
        still, target, here, there, code = draw(train, rng, side, BATCH[side])
        here, weight = here[:, PICK], focus(there, side)
        there = there[:, PICK]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, found, _ = source(still)
            driven = animation.driving(code, here + 0.01 * torch.randn_like(here)).float()
            # At first by true landmarks, later more and more by those that were found.
            sure = rng.uniform(size=2) < 0.9 - now
            at = here if sure[0] else found
            to = there if sure[1] else driven
            told = F.pad(code, (0, 1), value=1.0) if step % 6 else torch.zeros(len(code), CODE + 1)
            out, moved = animation.render(still, features, (at, source.frame(at)), to if step % 6 else there, told)
            felt = perceived(perception, out, target)
        apart = difference(out, target, weight)
        flowed = ((moved - target).abs() * weight).mean() / weight.mean() / 255
        points = (found - here).abs().mean() + (driven - there).abs().mean()
        loss = 4 * apart + 2 * flowed + felt + 4 * points
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(networks.parameters(), 5)
        optimiser.step()
        step += 1
        sums += [*(float(x.detach()) for x in (apart, flowed, felt, points)), 1]
        with torch.no_grad():
            keep = min(0.998, (1 + step) / (10 + step))
            for held_value, value in zip(average.state_dict().values(), networks.state_dict().values()):
                if held_value.dtype.is_floating_point:
                    held_value.lerp_(value, 1 - keep)
                else:
                    held_value.copy_(value)
        if time.time() - said > 240 or now >= 1:
            said = time.time()
            line = {"step": step, "share": round(min(1, now), 3), "side": side}
            line |= dict(zip(("difference", "flow", "perceived", "points"), np.round(sums[:4] / sums[4], 4).tolist()))
            line |= {"valid": validate(*average, valid), "seconds": round(time.time() - begun), "cpuSeconds": round(time.process_time())}
            sums[:] = 0
            curves.append(line)
            print(json.dumps(line), flush=True)
            torch.save({"state": average.state_dict(), "curves": curves, "characters": int((train["person"] == 0).sum()), "people": int((train["person"] == 1).sum())}, args.out)


if __name__ == "__main__":
    main()
