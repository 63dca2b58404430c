"""Trains the networks that move a picture (image_animation.py): a still of somebody, and a state -> them in that state.

At 64 px for the first part of the time, then at 128 px, or what --side says. A sixth of the steps is told nothing but the driving landmarks. The
perceptual loss is in features of the committed expression network of real faces; the judge of avatars is never asked. Nobody is in both splits.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import avatar_animation_publish
import avatar_rig as rig
import made_up
from avatar_pairs import pairs
from avatar_people import people
from avatar_preservation import preserved
from common import MODELS
from expression_networks import Compact, Standardise
from image_animation import CODE, PICK, Animation, Source
from landmark_loss import FLIP68
from runner import Failure, Recipe
from training import start_from

SWAP = [rig.INDEX[n.replace("Left", "@").replace("Right", "Left").replace("@", "Right")] for n in rig.SHAPES]
# What a mirror turns round: yaw and roll of the head, yaw of the gaze.
MIRROR = np.ones(CODE, np.float32)
MIRROR[[51, 53, 55]] = -1
LAYERS = (7, 9, 11)
PARTS = (range(17, 22), range(22, 27), range(36, 42), range(42, 48), range(48, 68))


def mirrored(code):
    return np.concatenate([code[:, SWAP], code[:, 51:]], 1) * MIRROR


class Perception(nn.Module):
    """Features of a face as the expression network sees them: the face square of the frame, grey, 64 px."""

    def __init__(self):
        super().__init__()
        self.network = Compact(deep=True, side=64)
        start_from(self.network, str(MODELS / "expression-compact" / "model.onnx"), torch.randn(8, 1, 64, 64), "network.")
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
    marks = np.where(flip[:, None, None, None], marks[:, :, FLIP68] * [-1, 1], marks).astype(np.float32)
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
def validate(networks, data, count, device):
    """L1 where the face is, on people and characters that were not learned from: moved, by true landmarks too, and not at all; and
    how far the landmarks are off, in pictures."""
    rng = np.random.default_rng(3)
    source, animation = networks.eval()
    sums, side = np.zeros(5), data["image"].shape[2]
    for _ in range(count // 8):
        drawn = draw(data, rng, side, 8)
        still, target, here, there, code, weight = (part.to(device) for part in (*drawn, focus(drawn[3], side)))
        features, *points = source(still)
        out = animation(still, features, *points, code)
        told = F.pad(code, (0, 1), value=1.0)
        sure = animation.render(still, features, (here[:, PICK], source.frame(here[:, PICK])), (there[:, PICK], source.frame(there[:, PICK])), told)[0]
        driving = animation.driving(code, here[:, PICK])
        sums[:3] += [float(((o - target).abs() * weight).mean() / weight.mean()) / 255 for o in (out, sure, still)]
        sums[3:] += [float((points[0] - here[:, PICK]).norm(dim=-1).mean()) / 2, float((driving - there[:, PICK]).norm(dim=-1).mean()) / 2]
    return dict(zip(("moved", "byTruth", "still", "landmarks", "driven"), np.round(sums / (count // 8), 4).tolist()))


def fit(run, networks, train, valid):
    """`train`, `valid`: arrays of avatar_pairs.py."""
    options = run.options
    mean = torch.from_numpy(train["marks"][:, 0].mean(0)[PICK].astype(np.float32))
    for part in networks:
        part.frame.set_mean(mean)
    start_from(networks, options.start)
    perception = Perception().to(run.device)

    def batches(epoch):
        rng = run.random
        for step in range(options.steps):
            side = 64 if run.share < options.small else train["image"].shape[2]
            count = options.batch * (2 if side == 64 else 1)
            still, target, here, there, code = draw(train, rng, side, count)
            # At first by true landmarks, later more and more by those that were found.
            sure = rng.uniform(size=2) < 0.9 - run.share
            yield *(part.to(run.device) for part in (still, target, here[:, PICK], there[:, PICK], code, focus(there, side))), sure, step % 6 != 0

    def loss(networks, batch):
        still, target, here, there, code, weight, sure, tell = batch
        source, animation = networks
        with run.autocast():
            features, found, _ = source(still)
            driven = animation.driving(code, here + 0.01 * torch.randn_like(here)).float()
            at, to = here if sure[0] else found, there if sure[1] or not tell else driven
            told = F.pad(code, (0, 1), value=1.0) if tell else torch.zeros(len(code), CODE + 1, device=code.device)
            out, moved = animation.render(still, features, (at, source.frame(at)), (to, source.frame(to)), told)
            felt = perceived(perception, out, target)
        flowed = ((moved - target).abs() * weight).mean() / weight.mean() / 255
        points = (found - here).abs().mean() + (driven - there).abs().mean()
        return {"difference": 4 * difference(out, target, weight), "flow": 2 * flowed, "perceived": felt, "points": 4 * points}

    measure = lambda average: validate(average, valid, options.validation, run.device)
    return run.fit(networks, batches=batches, steps=options.steps, loss=loss, measure=measure, warmup=0.05, betas=(0.8, 0.99), channels_last=True)


def run(run):
    options = run.options
    if options.side < 128 or options.side % 64:
        raise Failure("--side is 128, 192, 256 or another multiple of 64.")
    data = pairs(run, options.characters, options.people, options.states, options.draw_seed, options.side)
    if options.keypoints == "free":
        import avatar_keypoints

        return avatar_keypoints.run(run, data)
    held = np.arange(len(data["image"])) % 13 == 0
    train, valid = ({k: v[rows] for k, v in data.items()} for rows in (~held, held))
    networks = nn.ModuleList([Source(), Animation()])
    networks = fit(run, networks, train, valid)
    characters = [name.strip() for name in options.judged.split(",")]
    found = preserved(*networks.eval(), people(run, options.drivers, options.driver_seed), characters, options.count, options.side)
    learned = {"characters": int((train["person"] == 0).sum()), "people": int((train["person"] == 1).sum())}
    avatar_animation_publish.publish(run, networks, data, found, learned)


def smoke(folder):
    made_up.lfw(folder, 1)
    made_up.head(folder)
    return {
        "epochs": 1, "steps": 2, "batch": 2, "characters": 2, "people": 1, "states": 2, "drivers": 1, "validation": 8, "judged": "ada", "count": 6, "small": 0.6,
    }  # fmt: skip


RECIPE = Recipe(
    title="Image animation", task="animation", run=run, smoke=smoke, data="The folder holds ict_facekit.npz and lfw_A-H.zip (backgrounds).",
    options={
        "epochs": 60, "steps": 200, "batch": 8, "seed": 0, "rate": 1e-3, "decay": 0.01, "bf16": True, "characters": 300, "people": 200, "states": 11, "draw_seed": 1,
        "side": 128, "small": 0.6, "validation": 160, "drivers": 400, "driver_seed": 1, "judged": "ada,dora,gob", "count": 420, "how": "", "keypoints": "landmarks",
    },
)  # fmt: skip
