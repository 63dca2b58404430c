"""68 landmarks: trains, measures and exports landmarks-compact and landmarks-thesis.

Use: python landmarks.py LABELS.npz --work FOLDER --net compact [--renders RENDERS.npz ...] [--epochs 60]

LABELS.npz comes from teachers.py, RENDERS.npz (images [n, s, s, 3] uint8, landmarks [n, 68, 2], identity [n]) from
landmark_renders.py. Figures: landmark_report.py.
"""

import argparse
import copy
import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import boxes as B
import common
import landmark_data as D
import landmark_nets

NETS: dict[str, dict[str, Any]] = {
    "compact": {"make": lambda: landmark_nets.Compact(), "rate": 2e-3, "loss": "l1"},
    "thesis": {"make": lambda: landmark_nets.Xception(), "rate": 2e-3, "loss": "mse"},
}
# jaw, brows, nose, eyes, outer lips, inner lips
WEIGHTS = np.concatenate([np.full(17, 0.8), np.full(10, 0.9), np.full(9, 1.0), np.full(12, 2.2), np.full(12, 1.2), np.full(8, 1.2)])
LIDS = ([37, 38, 43, 44, 61, 62, 63], [41, 40, 47, 46, 67, 66, 65])


class Samples:
    """Draws batches: faces of LFW and renders with their points, and crops without a face (NaN points)."""

    def __init__(self, rng, pictures, faces, indices, points, renders, size, negatives=0.15, rendered=0.3):
        self.rng, self.pictures, self.faces, self.indices, self.points = rng, pictures, faces, indices, points
        self.renders, self.size, self.negatives = renders, size, negatives
        self.rendered = rendered if renders is not None else 0.0

    def one(self):
        rng = self.rng
        i = int(rng.integers(len(self.indices)))
        picture = self.pictures[self.indices[i]]
        kind = rng.random()
        if kind < self.negatives:
            return D.without_face(rng, picture, self.points[i], self.faces[self.indices[i]][0], self.size), None
        if kind < self.negatives + self.rendered:
            j = int(rng.integers(len(self.renders["images"])))
            return D.jittered(rng, self.renders["images"][j], self.renders["landmarks"][j], self.size)
        return D.jittered(rng, picture, self.points[i], self.size)

    def batch(self, count):
        images = np.empty((count, self.size, self.size, 3), np.uint8)
        points = np.full((count, 68, 2), np.nan, np.float32)
        for k in range(count):
            images[k], where = self.one()
            if where is not None:
                points[k] = where
        return torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(points)


def loss_of(points, presence, wanted, kind):
    """Points weigh by WEIGHTS; the openings of lids and lips count once more, because blinks hang on them."""
    face = ~torch.isnan(wanted[:, 30, 0])
    seen = F.binary_cross_entropy_with_logits(presence[:, 0], face.float())
    got, want = points.view(-1, 68, 2)[face], wanted[face]
    if kind == "mse":
        return 2000 * ((got - want) ** 2).mean() + 0.3 * seen
    weights = torch.tensor(WEIGHTS, dtype=torch.float32)
    distance = torch.sqrt(((got - want) ** 2).sum(-1) + 1e-6)
    opening = lambda p: p[:, LIDS[0]] - p[:, LIDS[1]]
    lids = (opening(got) - opening(want)).abs().mean()
    return 100 * (distance @ weights).mean() / weights.sum() + 60 * lids + 0.3 * seen


def fixed_crops(pictures, indices, points, size, seed, shift=0.05, scale=(0.9, 1.1), roll=8):
    """Crops as a tracker would cut them, the same in every call: images, points in fractions, side of each crop."""
    rng = np.random.default_rng(seed)
    images, wanted = [], []
    for index, shape in zip(indices, points):
        cx, cy, side, turn = common.face_square(shape)
        side *= D.CROP_SCALE * rng.uniform(*scale)
        cx, cy = np.array([cx, cy]) + rng.uniform(-shift, shift, 2) * side
        turn += np.radians(rng.uniform(-roll, roll))
        images.append(D.fast_crop(pictures[index], cx, cy, side, turn, size))
        wanted.append(D.to_crop(shape, cx, cy, side, turn))
    return np.stack(images).transpose(0, 3, 1, 2), np.array(wanted, np.float32)


def nme(got, wanted):
    """Mean distance over the distance of the outer eye corners, for each face."""
    return np.linalg.norm(got - wanted, axis=-1).mean(1) / np.linalg.norm(wanted[:, 36] - wanted[:, 45], axis=-1)


@torch.no_grad()
def predict(net, images):
    net.eval()
    parts = [net(torch.from_numpy(np.ascontiguousarray(images[i : i + 128])).float()) for i in range(0, len(images), 128)]
    return torch.cat([p[0] for p in parts]).numpy().reshape(-1, 68, 2), torch.cat([p[1] for p in parts]).numpy()[:, 0]


def train(net, samples, valid, epochs, steps, rate, kind, save, batch=64, log=print):
    net = net.to(memory_format=torch.channels_last)
    average = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, epochs * steps, pct_start=0.1, div_factor=10, final_div_factor=200)
    history, step, start = {"loss train": [], "nme valid": []}, 0, time.time()
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for _ in range(steps):
            images, wanted = samples.batch(batch)
            with torch.autocast("cpu", torch.bfloat16):
                points, presence = net.raw(images.float().contiguous(memory_format=torch.channels_last))
            loss = loss_of(points.float(), presence.float(), wanted, kind)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            step += 1
            total += float(loss.detach())
            keep = min(0.998, step / (step + 50))
            with torch.no_grad():
                for a, b in zip(average.state_dict().values(), net.state_dict().values()):
                    a.copy_(b if not a.is_floating_point() else keep * a + (1 - keep) * b)
        got, _ = predict(average, valid[0])
        history["loss train"].append(total / steps)
        history["nme valid"].append(float(nme(got, valid[1]).mean()))
        log(f"epoch {epoch + 1} loss {total / steps:.3f} nme {history['nme valid'][-1]:.4f} {time.time() - start:.0f} s", flush=True)
        save(average, history)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels")
    parser.add_argument("--net", choices=tuple(NETS), required=True)
    parser.add_argument("--renders", nargs="+")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rendered", type=float, default=0.3, help="share of renders in a batch")
    parser.add_argument("--start", help="weights (.pt) to go on from")
    parser.add_argument("--work", required=True, help="folder for the weights before export")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng = common.seed_all(args.seed)
    settings = NETS[args.net]
    labels, pictures = np.load(args.labels), B.pictures_beside(args.labels)
    lfw = D.load_lfw(labels, pictures)
    faces = B.faces_of_pictures(labels)
    net = settings["make"]()
    if args.start:
        net.load_state_dict(torch.load(args.start))
    renders = None
    if args.renders:
        sets = [np.load(path) for path in args.renders]
        renders = {key: np.concatenate([one[key][one["split"] == "train"] for one in sets]) for key in ("images", "landmarks")}
    samples = Samples(rng, pictures, faces, lfw["train"][0], lfw["train"][1], renders, net.side, rendered=args.rendered)
    if args.net == "thesis" and not args.start:  # begin from the mean face
        with torch.no_grad():
            net.points.bias.copy_(torch.nanmean(samples.batch(256)[1], 0).flatten())
    valid = fixed_crops(pictures, lfw["valid"][0], lfw["valid"][1], net.side, seed=1)
    work = Path(args.work)
    work.mkdir(parents=True, exist_ok=True)

    def save(average, history):
        torch.save(average.state_dict(), work / f"landmarks-{args.net}.pt")
        (work / f"landmarks-{args.net}.json").write_text(json.dumps(history))

    train(net, samples, valid, args.epochs, args.steps, args.rate or settings["rate"], settings["loss"], save, args.batch)


if __name__ == "__main__":
    main()
