"""68 landmarks, second round: goes on from the exported network on faces whose points were set by people (300-W).

    python landmarks_marked.py train 300W --net compact --renders RENDERS.npz --work WORK [--steps 1500]
    python landmarks_marked.py export 300W DATA --net compact --renders RENDERS.npz --work WORK

The first round (landmarks.py) learned from dlib's points on LFW; its weights are models/landmarks-*/model.onnx. Of the marked
faces 80 % are for training, by source picture; the rest are for the figures. Renders keep what 300-W lacks: closed eyes, turns.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch

import common
import landmark_data as D
import marked_faces
from face_report import milliseconds, one_thread, rounded
from landmark_report import FAIL, Tracker, human, jitter, rendered
from landmarks import NETS, loss_of, nme, predict
from measures import cluster_bootstrap, plot_curves
from unfold import start_from_onnx

CUT = 240  # side of the stored cuts
CUT_SCALE = 2.6  # over the face square


class Faces:
    """Marked faces as small cuts with room for jitter."""

    def __init__(self, folder: Path, part: str) -> None:
        self.cuts, self.points, self.sources = [], [], []
        for face in marked_faces.read(folder):
            if marked_faces.part_of(face) != part:
                continue
            cx, cy, side, _ = common.face_square(face.points)
            side *= CUT_SCALE
            self.cuts.append(D.fast_crop(face.picture(), cx, cy, side, 0.0, CUT))
            self.points.append(D.to_crop(face.points, cx, cy, side, 0.0) * CUT)
            self.sources.append(face.source)


class Samples:
    """Batches of jittered faces, renders, and crops without a face (NaN points)."""

    def __init__(self, rng: np.random.Generator, faces: Faces, renders: dict, size: int, negatives: float = 0.1, rendered: float = 0.2) -> None:
        self.rng, self.faces, self.renders, self.size, self.negatives, self.rendered = rng, faces, renders, size, negatives, rendered

    def one(self) -> tuple[np.ndarray, np.ndarray | None]:
        rng, k = self.rng, int(self.rng.integers(len(self.faces.cuts)))
        picture, points, kind = self.faces.cuts[k], self.faces.points[k], self.rng.random()
        if kind < self.negatives:
            box = np.concatenate([points.min(0), points.max(0)])[None]
            return D.without_face(rng, picture, points, box, self.size), None
        if kind < self.negatives + self.rendered:
            j = int(rng.integers(len(self.renders["images"])))
            return D.jittered(rng, self.renders["images"][j], self.renders["landmarks"][j], self.size)
        return D.jittered(rng, picture, points, self.size, shift=0.08, scale=(0.85, 1.2), roll=30)

    def batch(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        images = np.empty((count, self.size, self.size, 3), np.uint8)
        points = np.full((count, 68, 2), np.nan, np.float32)
        for k in range(count):
            images[k], where = self.one()
            if where is not None:
                points[k] = where
        return torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(points)


def tracked_crops(faces: Faces, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops as the tracker cuts them once it has the points."""
    images, wanted = [], []
    for cut, points in zip(faces.cuts, faces.points):
        cx, cy, side, turn = common.face_square(points)
        side *= D.CROP_SCALE
        images.append(D.fast_crop(cut, cx, cy, side, turn, size))
        wanted.append(D.to_crop(points, cx, cy, side, turn))
    return np.stack(images).transpose(0, 3, 1, 2), np.array(wanted, np.float32)


def train(options: argparse.Namespace) -> None:
    rng = common.seed_all(options.seed)
    settings = NETS[options.net]
    net = settings["make"]()
    stored = np.load(options.renders)
    renders = {key: stored[key][stored["split"] == "train"] for key in ("images", "landmarks")}
    samples = Samples(rng, Faces(options.marked, "train"), renders, net.side)
    held = tracked_crops(Faces(options.marked, "test"), net.side)
    start_from_onnx(net, common.MODELS / f"landmarks-{options.net}" / "model.onnx", samples.batch(256)[0].float())
    net = net.to(memory_format=torch.channels_last)
    average = copy.deepcopy(net)
    history = {"loss train": [], "nme held out": [float(nme(predict(average, held[0])[0], held[1]).mean())]}
    print("before", history["nme held out"], flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), options.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, options.steps, pct_start=0.1, div_factor=10, final_div_factor=100)
    options.work.mkdir(parents=True, exist_ok=True)
    net.train()
    total, begun = 0.0, time.time()
    for step in range(1, options.steps + 1):
        images, wanted = samples.batch(64)
        with torch.autocast("cpu", torch.bfloat16):
            points, presence = net.raw(images.float().contiguous(memory_format=torch.channels_last))
        loss = loss_of(points.float(), presence.float(), wanted, "l1")
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        total += float(loss.detach())
        keep = min(0.995, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(average.state_dict().values(), net.state_dict().values()):
                a.copy_(b if not a.is_floating_point() else keep * a + (1 - keep) * b)
        if step % 100 == 0 or step == options.steps:
            history["nme held out"].append(float(nme(predict(average, held[0])[0], held[1]).mean()))
            history["loss train"].append(total / 100)
            print(f"{step} loss {total / 100:.3f} nme {history['nme held out'][-1]:.4f} {time.time() - begun:.0f} s", flush=True)
            total = 0.0
            torch.save(average.state_dict(), options.work / f"landmarks-{options.net}.pt")
            (options.work / f"landmarks-{options.net}.json").write_text(json.dumps(history))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["train", "export"])
    parser.add_argument("marked", type=Path, help="the unpacked landmarks300w_train.zip")
    parser.add_argument("data", type=Path, nargs="?", help="the data folder, for export: landmarks68/ and video/")
    parser.add_argument("--net", choices=tuple(NETS), required=True)
    parser.add_argument("--renders", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    train(options) if options.step == "train" else export(options)


if __name__ == "__main__":
    main()
