"""68 landmarks, first round: LFW with dlib's points as teacher (teachers.py), and renders with exact points.

What is measured stands in landmark_report.py; landmarks_marked.py goes on from here on faces that people marked.
"""

from typing import Any

import cv2
import numpy as np
import torch

import boxes as B
import landmark_data as D
import landmark_nets
import landmark_report
import made_up
from landmark_loss import loss_of, nme, points_of
from landmark_renders import renders
from runner import Recipe
from teachers import labels_of
from training import ahead, start_from

NETS: dict[str, dict[str, Any]] = {
    "compact": {"make": landmark_nets.Compact, "loss": "l1"},
    "thesis": {"make": landmark_nets.Xception, "loss": "mse"},
}


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
        return images.transpose(0, 3, 1, 2), points


def run(run):
    cv2.setNumThreads(1)
    options, settings = run.options, NETS[run.options.net]
    labels, pictures = labels_of(run)
    lfw, faces = D.load_lfw(labels, pictures), B.faces_of_pictures(labels)
    rendered = renders(run, options.renders, options.render_seed)
    seen = {key: rendered[key][rendered["split"] == "train"] for key in ("images", "landmarks")}
    net = settings["make"]()
    samples = Samples(run.random, pictures, faces, lfw["train"][0], lfw["train"][1], seen, net.side, rendered=options.rendered)
    first, wanted = samples.batch(min(256, 4 * options.batch))
    if options.net == "thesis" and not options.start:  # begin from the mean face
        with torch.no_grad():
            net.points.bias.copy_(torch.from_numpy(np.nanmean(wanted, 0)).flatten())
    start_from(net, options.start, torch.from_numpy(first.astype(np.float32)))
    valid = D.fixed_crops(pictures, lfw["valid"][0], lfw["valid"][1], net.side, seed=1)
    net = fit(run, net, samples, settings["loss"], lambda average: {"nme": float(nme(points_of(average, valid[0])[0], valid[1]).mean())})
    landmark_report.first_round(run, net, lfw, faces, pictures, rendered)


def fit(run, net, samples, kind, measure, **more):
    """Fits on batches of `samples`, whose `rng` follows the run's."""
    options = run.options

    def draw(rng):
        samples.rng = rng
        return samples.batch(options.batch)

    def batches(epoch):
        return ahead(run, epoch, options.steps, draw)

    def loss(network, batch):
        images, wanted = batch
        with run.autocast():
            points, presence = network.raw(images.float().contiguous(memory_format=torch.channels_last))
        return loss_of(points.float(), presence.float(), wanted, kind)

    return run.fit(net, batches=batches, steps=options.steps, loss=loss, measure=measure, **{"ramp": 50, "channels_last": True, **more})


def smoke(folder):
    made_up.lfw(folder)
    made_up.head(folder)
    made_up.marked(folder, 3)
    made_up.clip(folder / "video" / "driving_d6.mp4")
    (folder / "landmarks300w_train").rename(folder / "landmarks68")
    for path in (folder / "landmarks68" / "helen").iterdir():
        path.rename(folder / "landmarks68" / path.name)
    return {"epochs": 1, "steps": 2, "batch": 4, "renders": 16, "frames": 6}


RECIPE = Recipe(
    title="68 landmarks, Xception (thesis)", task="landmarks", run=run, smoke=smoke,
    data="The folder holds lfw_A-H.zip, teachers/yunet_n.onnx, ict_facekit.npz, landmarks68/ and video/driving_d6.mp4; perhaps lfw_labels.npz of teachers.py.",
    options={
        "net": "thesis", "epochs": 60, "steps": 60, "seed": 3, "rate": 2e-3, "decay": 0.02, "bf16": True, "renders": 3200, "render_seed": 1,
        "rendered": 0.3, "detector": "face-ssdlite", "frames": 300, "how": "",
    },
)  # fmt: skip
