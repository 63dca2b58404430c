"""The judge: which emotion an avatar shows. Trained on drawn characters only, never on people, and never used as a loss.

It learns from random characters only. `strangers` is what it says of the cast, none of whom it has seen; `random` what it says of
pictures of the characters that it learned from, a tenth left out: the split that flatters.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import avatar_publish
import avatar_rig as rig
import made_up
from avatar_set import pictures
from expression_networks import Resnet50, Standardise
from runner import Failure, Recipe
from training import answers, start_from

CAST_SIZE = 8


class Block(nn.Module):
    def __init__(self, before, width):
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(before, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.side = nn.Sequential(nn.Conv2d(before, width, 1, 2, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.relu(self.main(x) + self.side(x))


class Judge(nn.Module):
    """image [n, 3, 64, 64] 0..255 -> logits [n, 8] in the order of EMOTIONS."""

    def __init__(self, widths=(16, 32, 48, 64)):
        super().__init__()
        layers, before = [], 3
        for width in widths:
            layers.append(Block(before, width))
            before = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(before * 16, len(rig.EMOTIONS)))

    def forward(self, image):
        return self.head(self.body(image / 127.5 - 1))


# By name: what reads image [n, 3, 64, 64] 0..255. The thesis's ResNet50, at a reduced width, sees grey faces.
NETWORKS = {"compact": lambda _: Judge(), "resnet50": lambda width: nn.Sequential(Standardise(), Resnet50(width))}


def augment(image, rng):
    n = len(image)
    image = torch.from_numpy(image.astype(np.float32)).permute(0, 3, 1, 2)
    flip = torch.from_numpy(rng.uniform(size=n) < 0.5)
    image = torch.where(flip[:, None, None, None], image.flip(3), image)
    angle, scale = rng.normal(0, 0.07, n), np.exp(rng.normal(0, 0.07, n))
    theta = np.zeros((n, 2, 3), np.float32)
    theta[:, 0, 0] = theta[:, 1, 1] = np.cos(angle) * scale
    theta[:, 0, 1], theta[:, 1, 0] = -np.sin(angle) * scale, np.sin(angle) * scale
    theta[:, :, 2] = rng.normal(0, 0.06, (n, 2))
    image = F.grid_sample(image, F.affine_grid(torch.from_numpy(theta), image.shape, align_corners=False), padding_mode="border", align_corners=False)
    # Any colour of skin, hair and light: emotions are shapes.
    mix = torch.eye(3)[None] + torch.from_numpy(rng.normal(0, 0.15, (n, 3, 3)).astype(np.float32))
    image = torch.einsum("nij,njhw->nihw", mix, image)
    image = image * torch.from_numpy(np.exp(rng.normal(0, 0.2, (n, 3, 1, 1))).astype(np.float32))
    for k in np.flatnonzero(rng.uniform(size=n) < 0.25):
        x, y, w, h = rng.integers(0, 52), rng.integers(0, 52), rng.integers(6, 18), rng.integers(6, 18)
        image[k, :, y : y + h, x : x + w] = float(rng.uniform(0, 255))
    return image.clamp(0, 255)


def predict(net, image):
    """Logits [n, 8], the mean over picture and mirror image."""
    image = image.transpose(0, 3, 1, 2)
    return (answers(net, image)[0] + answers(net, image[..., ::-1])[0]) / 2


def figures(logits, truth, who):
    seven = [k for k, e in enumerate(rig.EMOTIONS) if e != "contempt"]
    kept = truth != rig.EMOTIONS.index("contempt")
    best = logits.argmax(1)
    best7 = np.array(seven)[logits[:, seven].argmax(1)]
    confusion = np.zeros((8, 8), int)
    np.add.at(confusion, (truth, best), 1)
    recall = confusion.diagonal() / np.maximum(1, confusion.sum(1))
    by = {str(c): round(float((best7 == truth)[kept & (who == c)].mean()), 3) for c in np.unique(who)} if len(np.unique(who)) < 20 else {}
    return {"n": len(truth), "accuracy": round(float((best == truth).mean()), 4), "accuracy7": round(float((best7 == truth)[kept].mean()), 4),
            "perClass": dict(zip(rig.EMOTIONS, np.round(recall, 3).tolist())), "byCharacter7": by, "confusion": confusion.tolist()}  # fmt: skip


def run(run):
    options = run.options
    data = pictures(run, options.random, options.each, options.cast, options.draw_seed)
    cast = data["character"] < CAST_SIZE
    tenth = np.random.default_rng(5).uniform(size=len(cast)) < 0.1
    index = np.flatnonzero(~cast & ~tenth)
    if options.network not in NETWORKS:
        raise Failure(f"There is no network {options.network}: {' or '.join(NETWORKS)}.")
    net = NETWORKS[options.network](options.width)
    start_from(net, options.start)
    batch = min(options.batch, len(index))
    steps = options.steps or len(index) // batch

    def batches(epoch):
        rng = run.random
        order = np.concatenate([rng.permutation(index) for _ in range(-(-steps * batch // len(index)))])
        for at in range(0, steps * batch, batch):
            i = order[at : at + batch]
            yield augment(data["image"][i], rng).to(run.device), torch.from_numpy(data["emotion"][i]).to(run.device)

    def loss(network, given):
        image, truth = given
        with run.autocast():
            logits = network(image)
        return {"train": F.cross_entropy(logits.float(), truth, label_smoothing=0.05)}

    def measure(average):
        return {"random": float((predict(average, data["image"][~cast & tenth]).argmax(1) == data["emotion"][~cast & tenth]).mean())}

    net = run.fit(net, batches=batches, steps=steps, loss=loss, measure=measure, keep=0.99, warmup=0.2, channels_last=options.network == "resnet50")
    said = {name: predict(net, data["image"][chosen]) for name, chosen in (("strangers", cast), ("random", ~cast & tenth))}
    found = {name: figures(said[name], data["emotion"][chosen], data["character"][chosen]) for name, chosen in (("strangers", cast), ("random", ~cast & tenth))}
    characters = len(np.unique(data["character"][~cast]))
    avatar_publish.publish_judge(run, net, found | {"weights": sum(p.numel() for p in net.parameters())}, characters, said["strangers"], data["emotion"][cast], data["image"][:1])


def smoke(folder):
    made_up.head(folder)
    return {"epochs": 1, "steps": 2, "batch": 8, "random": 3, "each": 2, "cast": 1}


RECIPE = Recipe(
    title="Emotion on an avatar, compact", task="avatar-emotion", run=run, smoke=smoke, data="The folder holds ict_facekit.npz.",
    options={"epochs": 16, "batch": 128, "seed": 0, "rate": 3e-3, "decay": 0.05, "random": 240, "each": 6, "cast": 40, "draw_seed": 1, "network": "compact", "width": 0.25},
)  # fmt: skip
