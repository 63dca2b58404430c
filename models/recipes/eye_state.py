"""Open or closed: the eye-state networks, the thesis's plain CNN and a compact one.

    python3 eye_state.py DATA compact|thesis --mrl MRL_FOLDER --landmarks 300W_FOLDER [--epochs 25]

DATA holds eye_state.zip. Its valid folder, six people of MRL and the 300-W test part are for the figures only;
two more people of MRL for the temperature and the settings.
"""

import argparse
import copy
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import eye_sets
from common import check_disjoint, resize_whole, seed_all
from eye_state_publish import publish
from gaze import block, follow

SIDE, CROP_SCALE = 48, 1.8
STORED, STORED_SCALE = 72, 2.7  # pictures are kept with room for framing jitter: this crop scale for those that were cut
LABELS = ["open", "closed"]
SEED = 1962
LEAST_SPREAD, GLARE = 2.0, 2.0


def grey_of(image):
    """RGB [n, 3, h, w] -> grey [n, 1, h, w]."""
    return 0.299 * image[:, 0:1] + 0.587 * image[:, 1:2] + 0.114 * image[:, 2:3]


def standardised(grey, least):
    """Zero mean and about unit deviation in each picture; `least` keeps noise of flat ones small."""
    middle = grey.mean((2, 3), keepdim=True)
    spread = (grey - middle).pow(2).mean((2, 3), keepdim=True).sqrt()
    return (grey - middle) / (spread + least)


class Normalise(nn.Module):
    """Grey 0..255 -> zero mean and unit deviation in each picture. Glare of lamps on glasses counts as two deviations: else a
    dark infrared eye beside it would be flat."""

    def forward(self, grey):
        return standardised(standardised(grey, LEAST_SPREAD).clamp(max=GLARE), 0.1)


class CompactState(nn.Module):
    """Six convolutions, mean pooling."""

    WIDTHS = (20, 32, 56, 64, 96, 96)

    def __init__(self):
        super().__init__()
        self.normalise = Normalise()
        a, b, c, d, e, f = self.WIDTHS
        self.features = nn.Sequential(block(1, a, 2), block(a, b), block(b, c, 2), block(c, d), block(d, e, 2), block(e, f))
        self.head = nn.Sequential(nn.AvgPool2d(3), nn.Flatten(), nn.Dropout(0.3), nn.Linear(f * 4, 2))

    def read(self, grey):
        return self.head(self.features(self.normalise(grey)))

    def forward(self, image):
        return self.read(grey_of(image))


class ThesisState(nn.Module):
    """A plain blink CNN: three convolutions with pooling, two fully connected layers."""

    def __init__(self):
        super().__init__()
        self.normalise = Normalise()
        pool = nn.MaxPool2d(2)
        self.features = nn.Sequential(block(1, 16), pool, block(16, 32), pool, block(32, 64), pool)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 36, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 2))

    def read(self, grey):
        return self.head(self.features(self.normalise(grey)))

    def forward(self, image):
        return self.read(grey_of(image))


class Calibrated(nn.Module):
    """What the product runs: probabilities and logits at a fitted temperature."""

    def __init__(self, network, temperature):
        super().__init__()
        self.network, self.temperature = network, float(temperature)

    def forward(self, image):
        logits = self.network(image) / self.temperature
        return logits.softmax(1), logits


def web_pictures(data):
    """eye_state.zip: pictures uint8 [n, 72, 72, 3], label, folder ("train" or "valid"), number in the file name."""
    archive = zipfile.ZipFile(Path(data) / "eye_state.zip")
    names = sorted(n for n in archive.namelist() if n.endswith(".jpg"))
    original = [np.array(Image.open(io.BytesIO(archive.read(n))).convert("RGB")) for n in names]
    pictures = np.stack([resize_whole(p, (STORED, STORED)).round().transpose(1, 2, 0).astype(np.uint8) for p in original])
    exact = np.stack([resize_whole(p, (SIDE, SIDE)) for p in original])
    label = np.array([LABELS.index(n.split("/")[1]) for n in names])
    number = np.array([int(re.search(r"(\d+)\.jpg$", n).group(1)) for n in names])
    return {"image": pictures, "exact": exact, "label": label, "folder": np.array([n.split("/")[0] for n in names]), "number": number}


def related(a, b, limit=0.85):
    """For each picture of `a` (as web_pictures gives them): is it nearly one of `b`, mirrored or not, or its neighbour?

    The set's folders share people: the two eyes of one portrait have numbers side by side, some pictures are there twice.
    """

    def unit(pictures):
        small = F.adaptive_avg_pool2d(torch.from_numpy(pictures).permute(0, 3, 1, 2).float(), 16).flatten(1)
        small = small - small.mean(1, keepdim=True)
        return small / small.norm(dim=1, keepdim=True)

    target = unit(b["image"])
    mirrored = np.ascontiguousarray(a["image"][:, :, ::-1])
    likeness = torch.maximum(unit(a["image"]) @ target.T, unit(mirrored) @ target.T).amax(1).numpy()
    beside = np.abs(a["number"][:, None] - b["number"][None, :]) <= 1
    beside &= a["label"][:, None] == b["label"][None, :]
    return (likeness > limit) | beside.any(1)


def jitter(images, generator, room):
    """Random framing, light, blur, noise: uint8 grey [n, 72, 72] -> float [n, 1, 48, 48].

    `room` [n]: how much wider than the network's crop the stored picture is.
    """
    n = len(images)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=generator)

    picture = images[:, None].float()
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    scale = torch.exp(uniform(-0.45, 0.2, n)) / room
    stretch = torch.exp(0.08 * normal(n))
    roll = 0.18 * normal(n)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = torch.cos(roll) * scale * stretch * mirror, -torch.sin(roll) * scale
    theta[:, 1, 0], theta[:, 1, 1] = torch.sin(roll) * scale * stretch * mirror, torch.cos(roll) * scale
    theta[:, :, 2] = 0.12 * normal(n, 2) * scale[:, None]
    grid = F.affine_grid(theta, (n, 1, SIDE, SIDE), align_corners=False)
    picture = F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=False)
    soft = F.avg_pool2d(F.pad(picture, (2, 2, 2, 2), mode="replicate"), 5, 1)
    picture = picture + (soft - picture) * uniform(-0.8, 1.0, n, 1, 1, 1)
    small = F.interpolate(F.avg_pool2d(picture, 3), (SIDE, SIDE), mode="bilinear", align_corners=False)
    picture = torch.where(torch.rand(n, 1, 1, 1, generator=generator) < 0.15, small, picture)
    y, x = torch.meshgrid(torch.linspace(-1, 1, SIDE), torch.linspace(-1, 1, SIDE), indexing="ij")
    slope = 0.3 * normal(n, 2, 1, 1)
    picture = picture * torch.exp((slope[:, 0] * x + slope[:, 1] * y).clamp(-1, 1))[:, None]
    picture = picture * uniform(0.3, 1.3, n, 1, 1, 1) + uniform(-30, 40, n, 1, 1, 1)
    spread = picture.flatten(1).std(1).view(n, 1, 1, 1) + 2  # dark infrared eyes have little contrast: noise goes with it
    picture = picture + normal(n, 1, SIDE, SIDE) * spread * (0.15 * normal(n, 1, 1, 1)).abs()
    glare = torch.rand(n, 1, 1, 1, generator=generator) < 0.25
    place = uniform(-1, 1, n, 2, 1, 1)
    spot = ((x[None] - place[:, 0]).abs() ** 2 + (y[None] - place[:, 1]).abs() ** 2)[:, None] < uniform(0.03, 0.25, n, 1, 1, 1) ** 2
    picture = torch.where(glare & spot, uniform(150, 255, n, 1, 1, 1), picture)
    bar = torch.rand(n, 1, 1, 1, generator=generator) < 0.15
    left = uniform(-1, 1, n, 1, 1)
    hidden = ((x[None] - left).abs() < uniform(0.05, 0.25, n, 1, 1))[:, None] & (left.abs() > 0.6)[:, None]
    picture = torch.where(bar & hidden, uniform(0, 255, n, 1, 1, 1), picture)
    return picture.clamp(0, 255)


def to_grey(images):
    """uint8 RGB [n, h, w, 3] -> uint8 grey tensor [n, h, w]."""
    return torch.from_numpy((images @ np.array([0.299, 0.587, 0.114], np.float32)).round().astype(np.uint8))


def logits_of(network, pictures, batch=400):
    network.eval()
    with torch.no_grad():
        return torch.cat([network(torch.from_numpy(np.ascontiguousarray(pictures[i : i + batch])).float())
                          for i in range(0, len(pictures), batch)]).numpy()


def train(network, sources, check, epochs, steps, history, rate=2e-3, batch=96):
    """`sources`: list of (images, labels, room, share of a batch). `check`: (pictures, labels) unseen, for the curve."""
    generator = torch.Generator().manual_seed(SEED)
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, epochs * steps, pct_start=0.15)
    network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).requires_grad_(False)
    tensors = [(to_grey(images), [torch.from_numpy(np.flatnonzero(labels == k)) for k in (0, 1)], room, max(1, int(batch * share / 2)))
               for images, labels, room, share in sources]
    step = 0
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for _ in range(steps):
            pictures, wanted, rooms = [], [], []
            for images, halves, room, count in tensors:
                for label, half in enumerate(halves):
                    chosen = half[torch.randint(len(half), (count,), generator=generator)]
                    pictures.append(images[chosen])
                    wanted.append(torch.full((count,), label))
                    rooms.append(torch.full((count,), room))
            inputs = jitter(torch.cat(pictures), generator, torch.cat(rooms)).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                logits = network.read(inputs)
            loss = F.cross_entropy(logits.float(), torch.cat(wanted), label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
            follow(average, network, min(0.998, step / (step + 20)))
            total += loss.item()
        right = float((logits_of(average, check[0]).argmax(1) == check[1]).mean())
        history["loss train"].append(total / steps)
        history["accuracy held-out part of training"].append(right)
        print(f"epoch {epoch + 1} loss {total / steps:.4f} held out {right:.4f}", flush=True)
    return average


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("network", choices=["compact", "thesis"])
    parser.add_argument("--mrl", required=True, help="the unpacked mrl_eyes.zip")
    parser.add_argument("--landmarks", required=True, help="the unpacked landmarks300w_train.zip")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--steps", type=int, default=80)
    arguments = parser.parse_args()
    web = web_pictures(arguments.data)

    def some(rows):
        return {key: values[rows] for key, values in web.items()}

    test = np.flatnonzero(web["folder"] == "valid")
    pool = np.flatnonzero(web["folder"] == "train")
    kept = pool[~related(some(pool), some(test))]
    held = seed_all(SEED).permutation(kept)[: len(kept) // 10]
    training = np.setdiff1d(kept, held)
    training = training[~related(some(training), some(held))]
    check_disjoint(train=training.tolist(), held=held.tolist(), test=test.tolist())
    mrl = eye_sets.mrl(arguments.mrl, STORED, SIDE)
    marked = eye_sets.marked_eyes(arguments.landmarks, STORED, SIDE, STORED_SCALE, CROP_SCALE)
    sources = [
        (web["image"][training], web["label"][training], 1.0, 0.25),
        (mrl["image"][mrl["train"]], mrl["label"][mrl["train"]], 1.0, 0.45),
        (marked["image"][marked["train"]], marked["label"][marked["train"]], STORED_SCALE / CROP_SCALE, 0.3),
    ]
    seed_all(SEED)
    network = CompactState() if arguments.network == "compact" else ThesisState()
    history = {"loss train": [], "accuracy held-out part of training": []}
    people = mrl["held"]
    settle = np.concatenate([web["exact"][held], mrl["exact"][people]]), np.concatenate([web["label"][held], mrl["label"][people]])
    network = train(network, sources, settle, arguments.epochs, arguments.steps, history)
    facts = {
        "webTrain": len(training), "webHeldOut": len(held), "webLeftOut": len(pool) - len(training) - len(held),
        "mrlTrain": int(mrl["train"].sum()), "mrlPeople": len(set(mrl["person"][mrl["train"]])), "mrlHeldOut": int(people.sum()), "markedTrain": int(marked["train"].sum()),
        "epochs": arguments.epochs, "steps": arguments.steps, "seed": SEED}
    sets = {"web": (web["exact"][test], web["label"][test]), "held": settle}
    publish(f"eye-state-{arguments.network}", network, Calibrated, history, logits_of, sets, {"mrl": mrl, "marked": marked}, facts)


if __name__ == "__main__":
    main()
