"""Open or closed: the eye-state networks, the thesis's plain CNN and a compact one.

Of the web pictures (eye_state.zip) the valid folder, six people of MRL and the 300-W test part are for the figures only;
two more people of MRL for the temperature and the settings.
"""

import io
import re
import zipfile

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import common
import eye_sets
import made_up
from common import check_disjoint, resize_whole
from eye_state_publish import TITLES, publish
from gaze import block
from runner import Recipe
from training import answers, start_from

SIDE, CROP_SCALE = 48, 1.8
STORED, STORED_SCALE = 72, 2.7  # pictures are kept with room for framing jitter: this crop scale for those that were cut
LABELS = ["open", "closed"]
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
    archive = zipfile.ZipFile(data)
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
    n, device = len(images), generator.device

    def normal(*shape):
        return torch.randn(*shape, generator=generator, device=device)

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=generator, device=device)

    picture = images[:, None].float()
    mirror = torch.where(uniform(0, 1, n) < 0.5, -1.0, 1.0)
    scale = torch.exp(uniform(-0.45, 0.2, n)) / room
    stretch = torch.exp(0.08 * normal(n))
    roll = 0.18 * normal(n)
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 0, 1] = torch.cos(roll) * scale * stretch * mirror, -torch.sin(roll) * scale
    theta[:, 1, 0], theta[:, 1, 1] = torch.sin(roll) * scale * stretch * mirror, torch.cos(roll) * scale
    theta[:, :, 2] = 0.12 * normal(n, 2) * scale[:, None]
    grid = F.affine_grid(theta, (n, 1, SIDE, SIDE), align_corners=False)
    picture = F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=False)
    soft = F.avg_pool2d(F.pad(picture, (2, 2, 2, 2), mode="replicate"), 5, 1)
    picture = picture + (soft - picture) * uniform(-0.8, 1.0, n, 1, 1, 1)
    small = F.interpolate(F.avg_pool2d(picture, 3), (SIDE, SIDE), mode="bilinear", align_corners=False)
    picture = torch.where(uniform(0, 1, n, 1, 1, 1) < 0.15, small, picture)
    line = torch.linspace(-1, 1, SIDE, device=device)
    y, x = torch.meshgrid(line, line, indexing="ij")
    slope = 0.3 * normal(n, 2, 1, 1)
    picture = picture * torch.exp((slope[:, 0] * x + slope[:, 1] * y).clamp(-1, 1))[:, None]
    picture = picture * uniform(0.3, 1.3, n, 1, 1, 1) + uniform(-30, 40, n, 1, 1, 1)
    spread = picture.flatten(1).std(1).view(n, 1, 1, 1) + 2  # dark infrared eyes have little contrast: noise goes with it
    picture = picture + normal(n, 1, SIDE, SIDE) * spread * (0.15 * normal(n, 1, 1, 1)).abs()
    glare = uniform(0, 1, n, 1, 1, 1) < 0.25
    place = uniform(-1, 1, n, 2, 1, 1)
    spot = ((x[None] - place[:, 0]).abs() ** 2 + (y[None] - place[:, 1]).abs() ** 2)[:, None] < uniform(0.03, 0.25, n, 1, 1, 1) ** 2
    picture = torch.where(glare & spot, uniform(150, 255, n, 1, 1, 1), picture)
    bar = uniform(0, 1, n, 1, 1, 1) < 0.15
    left = uniform(-1, 1, n, 1, 1)
    hidden = ((x[None] - left).abs() < uniform(0.05, 0.25, n, 1, 1))[:, None] & (left.abs() > 0.6)[:, None]
    picture = torch.where(bar & hidden, uniform(0, 255, n, 1, 1, 1), picture)
    return picture.clamp(0, 255)


def to_grey(images):
    """uint8 RGB [n, h, w, 3] -> uint8 grey tensor [n, h, w]."""
    return torch.from_numpy((images @ np.array([0.299, 0.587, 0.114], np.float32)).round().astype(np.uint8))


def fit(run, network, sources, check):
    """`sources`: list of (images, labels, room, share of a batch). `check`: (pictures, labels) unseen, for the curve."""
    options = run.options
    tensors = [
        (to_grey(images).to(run.device), [torch.from_numpy(np.flatnonzero(labels == k)).to(run.device) for k in (0, 1)], room, max(1, int(options.batch * share / 2)))
        for images, labels, room, share in sources
    ]

    def batches(epoch):
        generator = run.generator(epoch)
        for _ in range(options.steps):
            pictures, wanted, rooms = [], [], []
            for images, halves, room, count in tensors:
                for label, half in enumerate(halves):
                    chosen = half[torch.randint(len(half), (count,), generator=generator, device=run.device)]
                    pictures.append(images[chosen])
                    wanted.append(torch.full((count,), label, device=run.device))
                    rooms.append(torch.full((count,), room, device=run.device))
            yield jitter(torch.cat(pictures), generator, torch.cat(rooms)).contiguous(memory_format=torch.channels_last), torch.cat(wanted)

    def loss(net, batch):
        inputs, wanted = batch
        with run.autocast():
            logits = net.read(inputs)
        return {"train": F.cross_entropy(logits.float(), wanted, label_smoothing=0.05)}

    measure = lambda average: {"accuracy": float((answers(average, check[0])[0].argmax(1) == check[1]).mean())}
    return run.fit(network, batches=batches, steps=options.steps, loss=loss, measure=measure, ramp=20, warmup=0.15, channels_last=True)


def run(run):
    options = run.options
    web = web_pictures(run.needs("eye_state.zip"))

    def some(rows):
        return {key: values[rows] for key, values in web.items()}

    test = np.flatnonzero(web["folder"] == "valid")
    pool = np.flatnonzero(web["folder"] == "train")
    kept = pool[~related(some(pool), some(test))]
    held = np.random.default_rng(options.seed).permutation(kept)[: max(2, len(kept) // 10)]
    training = np.setdiff1d(kept, held)
    training = training[~related(some(training), some(held))]
    check_disjoint(train=training.tolist(), held=held.tolist(), test=test.tolist())
    mrl = eye_sets.mrl(run.unpacked("mrl_eyes.zip"), STORED, SIDE)
    marked = eye_sets.marked_eyes(run.unpacked("landmarks300w_train.zip"), STORED, SIDE, STORED_SCALE, CROP_SCALE)
    sources = [
        (web["image"][training], web["label"][training], 1.0, 0.25),
        (mrl["image"][mrl["train"]], mrl["label"][mrl["train"]], 1.0, 0.45),
        (marked["image"][marked["train"]], marked["label"][marked["train"]], STORED_SCALE / CROP_SCALE, 0.3),
    ]
    network = CompactState() if options.network == "compact" else ThesisState()
    start_from(network, options.start)
    people = mrl["held"]
    settle = np.concatenate([web["exact"][held], mrl["exact"][people]]), np.concatenate([web["label"][held], mrl["label"][people]])
    network = fit(run, network, sources, settle)
    facts = {
        "webTrain": len(training), "webHeldOut": len(held), "webLeftOut": len(pool) - len(training) - len(held),
        "mrlTrain": int(mrl["train"].sum()), "mrlPeople": len(set(mrl["person"][mrl["train"]])), "mrlHeldOut": int(people.sum()), "markedTrain": int(marked["train"].sum()),
    }  # fmt: skip
    sets = {"web": (web["exact"][test], web["label"][test]), "held": settle}
    publish(run, network, Calibrated, sets, {"mrl": mrl, "marked": marked}, facts)


def smoke(folder):
    """Eyes that are a dark disc, or a line."""
    rng = np.random.default_rng(0)

    def eye(closed):
        y, x = np.mgrid[:64, :64]
        dark = np.abs(y - 32) < 3 if closed else np.hypot(x - 32, y - 32) < 14
        shadows = resize_whole(rng.uniform(-90, 90, (6, 6)), (64, 64))[0]
        return np.clip(np.where(dark, 90, 150) + shadows, 0, 255).astype(np.uint8)

    made_up.write_zip(folder / "eye_state.zip", {
        f"{part}/{LABELS[k % 2]}/_{10 * k + (5 if part == 'valid' else 0)}.jpg": np.repeat(eye(k % 2)[:, :, None], 3, 2)[:, :: -1 if k % 3 else 1] for part, count in (("train", 24), ("valid", 8)) for k in range(count)
    })  # fmt: skip
    (folder / "mrl_eyes").mkdir()
    rows = []
    for k, person in enumerate([*eye_sets.MRL_TEST[:2], *eye_sets.MRL_HELD, "s0001", "s0002"] * 4):
        Image.fromarray(eye(k // 6 % 2)).save(folder / "mrl_eyes" / f"{k}.jpg")
        rows.append({"path": f"{k}.jpg", "label": LABELS[k // 6 % 2], "subject": person})
    common.write_table(folder / "mrl_eyes" / "labels.csv", rows)
    made_up.marked(folder, 18, closed=True)
    return {"epochs": 1, "steps": 2, "batch": 12}


def recipe(network):
    return Recipe(
        title=TITLES[f"eye-state-{network}"], task="eye-state", run=run, smoke=smoke,
        data="The folder holds eye_state.zip, mrl_eyes.zip and landmarks300w_train.zip.",
        options={"network": network, "epochs": 50, "steps": 80, "batch": 96, "seed": 1962, "rate": 2e-3, "decay": 0.05, "bf16": True},
    )  # fmt: skip


RECIPES = {f"eye-state-{network}": recipe(network) for network in ("compact", "thesis")}
