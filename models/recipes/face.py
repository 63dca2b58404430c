"""face-ssdlite: trains, measures and exports the thesis's face detector at a reduced size.

Truth is the teacher's (teachers.py). Training pictures are mosaics of LFW train people (boxes.py): one to a dozen cells,
faces of 4 to 100 % of the picture, cut faces, cells without faces.
"""

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import boxes as B
import common
import made_up
from face_net import VARIANCES, SsdLite
from face_report import report
from landmark_data import light
from runner import Recipe
from teachers import labels_of
from training import ahead, start_from


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


def fit(run, net, pictures, faces, indices):
    """`faces`: boxes and scores of each of the pictures; `indices`: of those to learn from."""
    options, anchors = run.options, net.anchors.cpu()

    def draw(rng):
        rows = [sample(rng, pictures, faces, indices, options.side) for _ in range(options.batch)]
        matched = [targets(anchors, torch.from_numpy(r[1]).float(), torch.from_numpy(r[2])) for r in rows]
        images = np.stack([r[0] for r in rows]).transpose(0, 3, 1, 2)
        return images, torch.stack([m[0] for m in matched]).numpy(), torch.stack([m[1] for m in matched]).numpy()

    def loss(network, batch):
        images, label, wanted = batch
        with run.autocast():
            logits, offsets = network.raw(images.float().contiguous(memory_format=torch.channels_last))
        score, box = loss_of(logits, offsets, label, wanted)
        return {"score": score, "box": box}

    return run.fit(net, batches=lambda epoch: ahead(run, epoch, options.steps, draw), steps=options.steps, loss=loss, ramp=30, channels_last=True)


def run(run):
    cv2.setNumThreads(1)
    labels, pictures = labels_of(run)
    faces = B.faces_of_pictures(labels)
    net = SsdLite(run.options.side, run.options.width)
    start_from(net, run.options.start)
    indices = [i for i, n in enumerate(labels["all_names"]) if B.split_of(B.person_of(str(n))) == "train"]
    publish(run, fit(run, net, pictures, faces, indices), labels, pictures, faces)


def publish(run, net, labels, pictures, faces):
    side, width = run.options.side, run.options.width
    image = np.clip(common.letterbox(pictures[0], (side, side))[0], 0, 255).round().astype(np.uint8)[None]
    common.export_onnx(net, {"image": image}, ["boxes", "scores"], run.out / "face-ssdlite" / "model.onnx", tolerance=2e-3)
    report(
        run, id="face-ssdlite", title="SSDLite on MobileNetV2", role="thesis", size=side, default=False, labels=labels,
        pictures=pictures, faces=faces, keypoints=None,
        summary=f"The thesis's detector: SSDLite heads on MobileNetV2, width {width} and input {side} instead of 1.0 and 300. Anchors have the "
        "thesis's aspect ratios 1, 2, 3, 1/2, 1/3 and scales 0.2 to 0.9, plus one finer map (stride 8, scale 0.08) for small faces; they are decoded inside the graph.",
        data_text="LFW (deep-funneled, people A to H) with YuNet boxes. Trained from random weights on mosaics of its train people: 4 to 100 % of the picture, cut, "
        "covered, blurred, grey and noisy faces, and windows without a face.",
        licence={"weights": "Apache-2.0", "data": "LFW: research use; teacher YuNet: Apache-2.0"},
        recipe=f"`{run.command}`. One seed; the weights are the running average.",
        extra={"parameters": sum(p.numel() for p in net.parameters())}, check=False,
    )  # fmt: skip


def smoke(folder):
    made_up.lfw(folder)
    return {"epochs": 1, "steps": 2, "batch": 2, "width": 0.25, "mosaics": 6}


RECIPE = Recipe(
    title="SSDLite on MobileNetV2", task="face", run=run, smoke=smoke, data="The folder holds lfw_A-H.zip and teachers/yunet_n.onnx; perhaps lfw_labels.npz of teachers.py.",
    options={"epochs": 40, "steps": 30, "batch": 24, "seed": 5, "rate": 2e-3, "decay": 0.01, "bf16": True, "side": 224, "width": 0.5, "mosaics": 300},
)  # fmt: skip
