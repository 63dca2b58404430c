"""The rig network: a face's crop and landmarks -> weights of ARKit's blend shapes, learned from rendered people in known states and from
photographs of faces by the emotion that people saw in them (avatar_faces.py).

Rendered people are split, never pictures. Reported on unseen people: mean absolute error over the shapes that occur, and the median over
shapes of the correlation, with and without the person's neutral taken off, as the product does; on photographs that were not learned
from: the mean recall of the emotion that the weights stand for.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import avatar_publish
import avatar_rig as rig
import made_up
from avatar_faces import OUTPUTS, memory, photographs, reader, recall, states
from avatar_people import people
from common import MODELS, check_disjoint
from expression_joint import draws
from face_report import one_thread
from landmark_loss import FLIP68
from runner import Recipe
from training import answers, start_from

SWAP = [rig.PREDICTED.index(n.replace("Left", "@").replace("Right", "Left").replace("@", "Right")) for n in rig.PREDICTED]


class RigNet(nn.Module):
    """image [n, 1, 64, 64] 0..255, points [n, 136] in units of the crop, 0 its middle -> weights [n, 42], 0..1."""

    def __init__(self, widths=(16, 32, 48, 64)):
        super().__init__()
        layers, before = [], 1
        for width in widths:
            layers += [nn.Conv2d(before, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        self.look = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(before * 16, 160), nn.ReLU())
        self.shape = nn.Sequential(nn.Linear(102, 192), nn.ReLU(), nn.Linear(192, 160), nn.ReLU())
        self.join = nn.Sequential(nn.Linear(320, 192), nn.ReLU(), nn.Dropout(0.1), nn.Linear(192, len(OUTPUTS)))

    def forward(self, image, points, keep=None):
        mean = image.mean((1, 2, 3), keepdim=True)
        deviation = ((image - mean) ** 2).mean((1, 2, 3), keepdim=True).sqrt()
        seen = self.look((image - mean) / (deviation + 8))
        p = points.reshape(-1, 68, 2)[:, 17:]
        p = p - p.mean(1, keepdim=True)
        size = (p**2).sum(2).mean(1).sqrt()[:, None, None]
        told = self.shape((p / (size + 1e-6)).reshape(-1, 102))
        if keep is not None:
            seen, told = seen * keep[:, :1], told * keep[:, 1:]
        out = self.join(torch.cat([seen, told], 1))
        return out if self.training else out.clamp(0, 1)


def batch_of(image, points, target, rng):
    """Grey crops [n, 64, 64], landmarks [n, 68, 2] and weights [n, 42], each face changed in its own way."""
    image = torch.from_numpy(image.astype(np.float32))[:, None]
    points = points + rng.normal(0, 0.006, points.shape) * rng.uniform(0, 1.5, (len(image), 1, 1))
    flip = rng.uniform(size=len(image)) < 0.5
    f = torch.from_numpy(flip)
    image = torch.where(f[:, None, None, None], image.flip(3), image)
    mirrored = points[:, FLIP68] * [-1, 1]
    points = np.where(flip[:, None, None], mirrored, points)
    target = np.where(flip[:, None], target[:, SWAP], target)
    n = len(image)
    u = lambda a, b: torch.from_numpy(rng.uniform(a, b, (n, 1, 1, 1)).astype(np.float32))
    # The crop is jittered as a whole: moved, turned, scaled.
    angle, scale = rng.normal(0, 0.06, n), np.exp(rng.normal(0, 0.05, n))
    theta = np.zeros((n, 2, 3), np.float32)
    theta[:, 0, 0] = theta[:, 1, 1] = np.cos(angle) * scale
    theta[:, 0, 1], theta[:, 1, 0] = -np.sin(angle) * scale, np.sin(angle) * scale
    theta[:, :, 2] = rng.normal(0, 0.05, (n, 2))
    image = F.grid_sample(image, F.affine_grid(torch.from_numpy(theta), image.shape, align_corners=False), padding_mode="border", align_corners=False)
    image = ((image / 255).clamp(1e-4, 1) ** u(0.7, 1.4)) * 255
    image = image + torch.from_numpy(rng.normal(0, 1, image.shape).astype(np.float32)) * u(0, 8)
    if rng.uniform() < 0.3:
        image = F.avg_pool2d(image, 3, 1, 1)
    for k in np.flatnonzero(rng.uniform(size=n) < 0.2):
        x, y, w, h = rng.integers(0, 50), rng.integers(0, 50), rng.integers(6, 22), rng.integers(6, 22)
        image[k, :, y : y + h, x : x + w] = float(rng.uniform(0, 255))
    return image, torch.from_numpy(points.reshape(n, 136).astype(np.float32)), torch.from_numpy(target.astype(np.float32))


def correlation(said, target):
    """The mean over shapes that occur of the correlation over the batch."""
    occur = target.std(0) > 0.05
    a, b = (x[:, occur] - x[:, occur].mean(0) for x in (said, target))
    return ((a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0) + 1e-6)).mean()


def figures(net, data, points="found"):
    (out,) = answers(net, [data["image"][:, None], data[points].reshape(-1, 136)])
    target = data["weights"][:, OUTPUTS]
    occur = target.std(0) > (0.05 if len(target) > 100 else 0)

    def figure(found):
        errors = np.abs(found - target)[:, occur].mean()
        r = [np.corrcoef(found[:, k] + 1e-9 * np.arange(len(found)), target[:, k])[0, 1] for k in np.flatnonzero(occur)]
        return {"mae": round(float(errors), 4), "medianR": round(float(np.median(r)), 3)}, dict(zip(np.array(rig.PREDICTED)[occur].tolist(), np.round(r, 2).tolist()))

    rest = np.zeros_like(out)
    for person in np.unique(data["person"]):
        who = data["person"] == person
        first = np.flatnonzero(who)[0]
        rest[who] = out[first]
    relative = np.clip(out - rest, 0, 1)
    plain, by_shape = figure(out)
    return {"plain": plain, "relative": figure(relative)[0], "byShape": by_shape}


def before(faces):
    """What the committed network says of photographs: what it must not be led far from."""
    image = np.repeat(faces["image"].astype(np.float32)[:, None], 3, 1)
    session = one_thread(MODELS / "blend-shapes-compact" / "model.onnx")
    parts = range(0, len(image), 256)
    return np.concatenate([session.run(None, {"image": image[k : k + 256], "points": faces["found"][k : k + 256].reshape(-1, 136)})[0] for k in parts])


def photograph_figures(weights, faces, read):
    """Mean recall of the emotion that weights stand for, by set and by emotion, and how strong they are in the mean."""
    emotion, said = faces["emotion"].argmax(1), read(torch.from_numpy(weights))[:, :7].argmax(1).numpy()
    out = {}
    for name, kind in (("ferplus", 0), ("rafdb", 1)):
        chosen = (faces["set"] == kind) & (emotion < 7)
        uar, each = recall(emotion[chosen], said[chosen])
        strength = float(np.linalg.norm(weights[chosen], axis=1).mean())
        out[name] = {"n": int(chosen.sum()), "uar": round(uar, 3), "recall": {k: round(v, 3) for k, v in each.items()}, "strength": round(strength, 3)}
    return out


def run(run):
    options = run.options
    data, faces = people(run, options.people, options.render_seed), photographs(run, options.faces)
    unseen = data["person"] % 10 == 0
    train, valid = ({k: v[rows] for k, v in data.items()} for rows in (~unseen, unseen))
    check_disjoint(train=train["person"].tolist(), valid=valid["person"].tolist())
    seen, held = ({k: v[rows] for k, v in faces.items()} for rows in (~faces["held"], faces["held"]))
    taught, was = before(seen), before(held)
    displays, names = states(options.seed)
    read, right = reader(options.seed, displays, names)
    read, like = read.to(run.device), memory(options.seed, displays).to(run.device)
    run.note(f"The reader of weights is right in {right:.3f} of displays that it has not seen.")
    chance = draws(seen["emotion"], options.balance).numpy()
    net = RigNet()
    start_from(net, options.start)
    for part in (net.look, net.shape) if options.last_layers else ():
        part.requires_grad_(False)
    batch = min(options.batch, len(train["image"]))
    photos = int(batch * options.photographs)
    steps = options.steps or len(train["image"]) // batch
    # Weights that hardly vary are not drowned by those that do.
    occur = torch.from_numpy((1 / np.maximum(train["weights"][:, OUTPUTS].std(0), 0.08)).astype(np.float32)).square().clamp(max=60).to(run.device)

    def batches(epoch):
        rng = run.random
        order = np.concatenate([rng.permutation(len(train["image"])) for _ in range(-(-steps * batch // len(train["image"])))])
        drawn = rng.choice(len(chance), steps * photos, p=chance)
        for k in range(steps):
            i, j = order[k * batch : (k + 1) * batch], drawn[k * photos : (k + 1) * photos]
            points = train["found" if rng.uniform() < 0.8 else "true"][i]
            made = batch_of(train["image"][i], points, train["weights"][i][:, OUTPUTS], rng)
            real = batch_of(seen["image"][j], seen["found"][j], taught[j], rng)
            keep, share = torch.ones(len(i) + photos, 2), torch.rand(len(i) + photos)
            keep[share < 0.12, 0] = 0
            keep[share > 0.92, 1] = 0
            keep[len(i) :, 0] = 1
            emotion, seven = torch.from_numpy(seen["emotion"][j]), torch.from_numpy(seen["set"][j] == 1)
            yield tuple(part.to(run.device) for part in (*map(torch.cat, zip(made, real)), keep, emotion, seven))

    def loss(network, given):
        image, points, target, keep, emotion, seven = given
        with run.autocast():
            said = network(image, points, keep)
        said = said.float()
        # Squares: most weights are 0, and the median of what is unsure would be too.
        squares = (said - target) ** 2 * occur
        real = said[len(said) - photos :]
        inside = real.clamp(0, 1)
        # RAF-DB has no contempt and cannot teach against it.
        logits = read(inside + 0.1 * (real - inside)).masked_fill(seven[:, None] & (torch.arange(8, device=said.device) == 7), -1e4)
        return {
            "squares": squares[: len(said) - photos].mean(),
            "correlation": options.correlation * (1 - correlation(said[: len(said) - photos], target[: len(said) - photos])),
            "emotion": options.emotion * F.cross_entropy(logits, emotion),
            "near": options.near * squares[len(said) - photos :].mean(),
            "display": options.display * ((real - like(inside)) ** 2 * occur).mean(),
        }

    def measure(average):
        found = figures(average, valid)
        photograph = photograph_figures(*weights_of(average, held), read)
        return {"mae": found["plain"]["mae"], "medianR": found["plain"]["medianR"], "relativeR": found["relative"]["medianR"]} | {name: photograph[name]["uar"] for name in photograph}

    net = run.fit(net, batches=batches, steps=steps, loss=loss, measure=measure, keep=0.997, ramp=5, warmup=0.15)
    split = {"train": len(set(train["person"].tolist())), "valid": len(set(valid["person"].tolist()))}
    photograph = {"reader": round(right, 3), "before": photograph_figures(was, held, read), "after": photograph_figures(*weights_of(net, held), read)}
    avatar_publish.publish_rig(run, net, {"figures": figures(net, valid), "truePoints": figures(net, valid, "true")["plain"], "people": split, "photographs": photograph, "neutral": usual(net, seen)})


def usual(net, faces, count=3000):
    """What neutral faces show in the mean, by the network."""
    plain = np.flatnonzero(faces["emotion"][:, 0] > 0.7)[:count]
    return [round(float(v), 3) for v in weights_of(net, {k: v[plain] for k, v in faces.items()})[0].mean(0)] if len(plain) else []


def weights_of(net, faces):
    return answers(net, [faces["image"][:, None], faces["found"].reshape(-1, 136)])[0], faces


def smoke(folder):
    made_up.lfw(folder, 1)
    made_up.head(folder)
    made_up.fer(folder, 80, 16)
    made_up.raf(folder, 56)
    return {"epochs": 1, "steps": 2, "batch": 8, "people": 3, "faces": 60}


RECIPE = Recipe(
    title="Blend shapes of a face, compact", task="blend-shapes", run=run, smoke=smoke,
    data="The folder holds ict_facekit.npz, lfw_A-H.zip (backgrounds), ferplus/ and rafdb_train.zip.",
    # `faces`: photographs to learn from; `photographs`: of them for each rendered picture; `emotion`, `near` and `display`: weights of the losses on them. `last_layers`: nothing else learns.
    options={"epochs": 40, "batch": 96, "seed": 0, "rate": 3e-3, "decay": 0.02, "people": 1600, "render_seed": 1, "faces": 38_000, "photographs": 1.0, "balance": 0.6, "correlation": 0.15, "emotion": 0.5, "near": 0.02, "display": 0.3, "last_layers": False},
)  # fmt: skip
