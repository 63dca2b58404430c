"""The judge: which emotion an avatar shows. Trained on drawn characters only, never on people, and never used as a loss.

    python3 avatar_judge.py OUT SET.npz... [--epochs 16]

It learns from random characters only. `strangers` is what it says of the cast, none of whom it has seen; `random` what it says of
pictures of the characters that it learned from, a tenth left out: the split that flatters.
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


def load(files):
    """Sets of avatar_set.py together: the cast is the same in all of them, random characters are others in each."""
    parts = [dict(np.load(f)) for f in files]
    for k, part in enumerate(parts):
        part["character"] = np.where(part["character"] < CAST_SIZE, part["character"], part["character"] + 100_000 * k)
    return {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}


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
    net.eval()
    with torch.no_grad():
        x = [torch.from_numpy(image[s : s + 256].astype(np.float32)).permute(0, 3, 1, 2) for s in range(0, len(image), 256)]
        out = np.concatenate([(net(b) + net(b.flip(3))).div(2).numpy() for b in x])
    net.train()
    return out


def train(data, chosen, epochs, seed):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Judge()
    index = np.flatnonzero(chosen)
    batch, step, start = 128, 0, time.time()
    steps = epochs * (len(index) // batch)
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps, pct_start=0.2)
    for epoch in range(epochs):
        order, total = rng.permutation(index), 0.0
        for at in range(0, len(order) - batch + 1, batch):
            i = order[at : at + batch]
            loss = F.cross_entropy(net(augment(data["image"][i], rng)), torch.from_numpy(data["emotion"][i]), label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            total += float(loss.detach())
        print(json.dumps({"epoch": epoch + 1, "share": round(step / steps, 3), "loss": round(total / max(1, len(order) // batch), 4), "seconds": round(time.time() - start)}), flush=True)
    return net


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--epochs", type=int, default=16)
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = load(args.sets)
    cast = data["character"] < CAST_SIZE
    tenth = np.random.default_rng(5).uniform(size=len(cast)) < 0.1
    net = train(data, ~cast & ~tenth, args.epochs, 0)
    out = {}
    for name, chosen in (("strangers", cast), ("random", ~cast & tenth)):
        out[name] = figures(predict(net, data["image"][chosen]), data["emotion"][chosen], data["character"][chosen])
        print(name, json.dumps({k: v for k, v in out[name].items() if k != "confusion"}), flush=True)
    torch.save({"state": net.state_dict(), "figures": out, "characters": int(len(np.unique(data["character"][~cast])))}, args.out)



if __name__ == "__main__":
    main()
