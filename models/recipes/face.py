"""face-ssdlite: trains, measures and exports the thesis's face detector at a reduced size.

Use: python face.py LABELS.npz --work FOLDER [--epochs 40] [--report]

LABELS.npz comes from teachers.py. Training pictures are mosaics of LFW train people (boxes.py): one to a dozen cells,
faces of 4 to 100 % of the picture, cut faces, cells without faces.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import boxes as B
import common
from face_net import VARIANCES, SsdLite
from face_report import report
from landmark_data import light
from measures import plot_curves
from runner import Average


def sample(rng, pictures, faces, indices, side):
    """A mosaic in a letterbox: image [side, side, 3], boxes [k, 4] in fractions, count [k]."""
    shape = rng.random()
    width, height = (side, side) if shape < 0.4 else (side, int(side * rng.uniform(0.5, 0.95))) if shape < 0.8 else (int(side * rng.uniform(0.5, 0.95)), side)
    smallest = int(side * np.exp(rng.uniform(np.log(0.1), np.log(0.7))))
    picture, boxes, count = B.mosaic(rng, pictures, faces, indices, width, height, smallest)
    canvas = np.zeros((side, side, 3), np.uint8)
    left, top = (side - width) // 2, (side - height) // 2
    canvas[top : top + height, left : left + width] = picture
    count = count & ((boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) >= 0.035 * side)
    return light(rng, canvas, 0.15), (boxes + [left, top, left, top]) / side, count


def targets(anchors, boxes, count):
    """Labels [A] (1 face, 0 none, -1 does not matter) and offsets [A, 4] of one picture; all tensors, fractions."""
    corners = torch.cat([anchors[:, :2] - anchors[:, 2:] / 2, anchors[:, :2] + anchors[:, 2:] / 2], 1)
    label = torch.zeros(len(anchors))
    if len(boxes) == 0:
        return label, torch.zeros(len(anchors), 4)
    low, high = torch.maximum(corners[:, None, :2], boxes[None, :, :2]), torch.minimum(corners[:, None, 2:], boxes[None, :, 2:])
    inside = (high - low).clamp(min=0).prod(-1)
    area = lambda b: (b[:, 2:] - b[:, :2]).prod(-1)
    shared = inside / (area(corners)[:, None] + area(boxes)[None] - inside)
    best, which = shared.max(1)
    label[best >= 0.35] = -1
    label[best >= 0.45] = 1
    top = shared.argmax(0)  # every face gets its best anchor
    which[top] = torch.arange(len(boxes))
    label[top] = 1
    label[(label != 0) & ~count[which]] = -1
    chosen = boxes[which]
    centre = ((chosen[:, :2] + chosen[:, 2:]) / 2 - anchors[:, :2]) / anchors[:, 2:] / VARIANCES[0]
    sides = torch.log((chosen[:, 2:] - chosen[:, :2]).clamp(min=1e-3) / anchors[:, 2:]) / VARIANCES[1]
    return label, torch.cat([centre, sides], 1)


def loss_of(logits, offsets, label, wanted):
    """Focal loss (alpha 0.25, gamma 2) and smooth L1, both over the number of matched anchors."""
    face = label == 1
    count = face.sum().clamp(min=1)
    probability = torch.sigmoid(logits)
    weight = torch.where(face, 0.25 * (1 - probability) ** 2, 0.75 * probability**2) * (label >= 0)
    score = (weight * F.binary_cross_entropy_with_logits(logits, face.float(), reduction="none")).sum() / count
    return score, F.smooth_l1_loss(offsets[face], wanted[face], reduction="sum") / count / 4


def train(net, draw, epochs, steps, rate, batch, save, log=print):
    net = net.to(memory_format=torch.channels_last)
    averaged = Average(net, 0.998, ramp=30)
    average = averaged.network
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, epochs * steps, pct_start=0.1, div_factor=10, final_div_factor=100)
    history, start = {"loss score": [], "loss box": []}, time.time()
    for epoch in range(epochs):
        net.train()
        sums = np.zeros(2)
        for _ in range(steps):
            rows = [draw() for _ in range(batch)]
            images = torch.from_numpy(np.stack([r[0] for r in rows])).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
            matched = [targets(net.anchors, torch.from_numpy(r[1]).float(), torch.from_numpy(r[2])) for r in rows]
            with torch.autocast("cpu", torch.bfloat16):
                logits, offsets = net.raw(images)
            score, box = loss_of(logits, offsets, torch.stack([m[0] for m in matched]), torch.stack([m[1] for m in matched]))
            optimiser.zero_grad()
            (score + box).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            sums += [float(score.detach()), float(box.detach())]
            averaged.follow(net)
        for name, value in zip(history, sums / steps):
            history[name].append(float(value))
        log(f"epoch {epoch + 1} score {sums[0] / steps:.3f} box {sums[1] / steps:.3f} {time.time() - start:.0f} s", flush=True)
        save(average, history)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels")
    parser.add_argument("--work", required=True, help="folder for the weights before export")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--width", type=float, default=0.5)
    parser.add_argument("--start", help="weights (.pt) to go on from")
    parser.add_argument("--report", action="store_true", help="do not train: measure, export and register the weights in --work")
    parser.add_argument("--default", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng = common.seed_all(args.seed)
    labels, pictures = np.load(args.labels), B.pictures_beside(args.labels)
    faces = B.faces_of_pictures(labels)
    net, work = SsdLite(args.side, args.width), Path(args.work)
    if args.report:
        return finish(net, work, labels, pictures, faces, args)
    if args.start:
        net.load_state_dict(torch.load(args.start))
    indices = [i for i, n in enumerate(labels["all_names"]) if B.split_of(B.person_of(str(n))) == "train"]
    draw = lambda: sample(rng, pictures, faces, indices, args.side)
    work.mkdir(parents=True, exist_ok=True)

    def save(average, history):
        torch.save(average.state_dict(), work / "face-ssdlite.pt")
        (work / "face-ssdlite.json").write_text(json.dumps(history))

    train(net, draw, args.epochs, args.steps, 2e-3, args.batch, save)


def finish(net, work, labels, pictures, faces, args):
    net.load_state_dict(torch.load(work / "face-ssdlite.pt"))
    folder = common.MODELS / "face-ssdlite"
    image = np.clip(common.letterbox(pictures[0], (args.side, args.side))[0], 0, 255).round().astype(np.uint8)[None]
    common.export_onnx(net, {"image": image}, ["boxes", "scores"], folder / "model.onnx", tolerance=2e-3)
    history = json.loads((work / "face-ssdlite.json").read_text())
    done = len(history["loss score"])
    plot_curves(history, folder / "curves.png", "face-ssdlite")
    report(
        id="face-ssdlite", title="SSDLite on MobileNetV2", role="thesis", size=args.side, default=args.default, labels=labels,
        pictures=pictures, faces=faces, keypoints=None,
        summary=f"The thesis's detector: SSDLite heads on MobileNetV2, width {args.width} and input {args.side} instead of 1.0 and 300. Anchors have the "
        "thesis's aspect ratios 1, 2, 3, 1/2, 1/3 and scales 0.2 to 0.9, plus one finer map (stride 8, scale 0.08) for small faces; they are decoded inside the graph.",
        data_text="LFW (deep-funneled, people A to H) with YuNet boxes. Trained from random weights on mosaics of its train people: 4 to 100 % of the picture, cut, "
        "covered, blurred, grey and noisy faces, and windows without a face.",
        licence={"weights": "Apache-2.0", "data": "LFW: research use; teacher YuNet: Apache-2.0"},
        recipe="`python models/recipes/face.py LABELS.npz --work FOLDER`, then the same with `--report` (LABELS.npz from teachers.py). One seed. The committed weights "
        f"are the running average after {done} of the 40 epochs (30 steps of 24 mosaics each); the schedule was not run to its end.",
        extra={"parameters": sum(p.numel() for p in net.parameters())}, check=False,
    )


if __name__ == "__main__":
    main()
