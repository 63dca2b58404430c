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


def held_out(tracker: Tracker, folder: Path) -> dict:
    """NME on the marked faces that training left out, from their own face square and from the detector's box on."""
    given, detected, missed, sources = [], [], 0, []
    for face in marked_faces.read(folder):
        if marked_faces.part_of(face) == "train":
            continue
        picture = face.picture()
        far = max(1.0, max(picture.shape[:2]) / 1280)
        if far > 1:
            picture = cv2.resize(picture, None, fx=1 / far, fy=1 / far, interpolation=cv2.INTER_AREA)
        truth = face.points / far
        error = lambda shape: float(nme(shape[None], truth[None])[0])
        given.append(error(tracker.refine(picture, common.face_square(truth))))
        box = tracker.square(picture, truth.mean(0))
        found = box is not None and np.hypot(*(np.array(box[:2]) - truth.mean(0))) < 0.3 * box[2]
        missed += not found
        detected.append(error(tracker.refine(picture, box)) if found else np.nan)
        sources.append(face.source)
    near, far_off = np.array(given), np.array(detected)
    failed = np.isnan(far_off) | (far_off > FAIL)
    return {
        "n": len(near), "pictures": len(set(sources)), "missed": missed,
        "given": float(near.mean()), "givenInterval": cluster_bootstrap(lambda i: near[i].mean(), sources, draws=500),
        "detected": float(np.nanmean(far_off)), "detectedInterval": cluster_bootstrap(lambda i: np.nanmean(far_off[i]), sources, draws=500),
        "failureRate": float(failed.mean()), "failureInterval": cluster_bootstrap(lambda i: failed[i].mean(), sources, draws=500),
    }  # fmt: skip


def presence(net: torch.nn.Module, faces: Faces, seed: int = 9) -> dict:
    rng = np.random.default_rng(seed)
    crops, _ = tracked_crops(faces, net.side)
    empty = [D.without_face(rng, cut, p, np.concatenate([p.min(0), p.max(0)])[None], net.side) for cut, p in zip(faces.cuts, faces.points)]
    on, off = predict(net, crops)[1] > 0.5, predict(net, np.stack(empty).transpose(0, 3, 1, 2))[1] > 0.5
    return {"n": len(on) + len(off), "facesKept": float(on.mean()), "emptyRefused": float((~off).mean())}


def export(options: argparse.Namespace) -> None:
    name = f"landmarks-{options.net}"
    folder, detector = common.MODELS / name, "face-yunet"
    net = NETS[options.net]["make"]()
    net.load_state_dict(torch.load(options.work / f"{name}.pt"))
    faces = Faces(options.marked, "test")
    crops, _ = tracked_crops(faces, net.side)
    before = folder / "figures.json"
    old = json.loads(before.read_text()).get("before") if before.exists() else None
    if old is None:
        tracker = Tracker(one_thread(folder / "model.onnx"), detector, net.side)
        old = {"marked": held_out(tracker, options.marked), "video": jitter(tracker, options.data / "video/driving_d6.mp4")}
    common.export_onnx(net, {"image": crops[:1]}, ["landmarks", "presence"], folder / "model.onnx")
    session = one_thread(folder / "model.onnx")
    tracker = Tracker(session, detector, net.side)
    history = json.loads((options.work / f"{name}.json").read_text())
    plot_curves(history, folder / "curves.png", name)
    figures = rounded({
        "before": old,
        "marked": held_out(tracker, options.marked),
        "human": human(tracker, options.data / "landmarks68"),
        "renders": rendered(net, options.renders, net.side),
        "presence": presence(net, faces),
        "video": jitter(tracker, options.data / "video/driving_d6.mp4"),
        "detector": detector,
        "parameters": sum(p.numel() for p in net.parameters()),
        "msOneThread": milliseconds(session, {"image": crops[:1].astype(np.float32)}, 100),
    })  # fmt: skip
    common.write_json(folder / "figures.json", figures)
    card(folder, options.net, net.side, figures)
    print(json.dumps(figures, indent=1))


def card(folder: Path, which: str, side: int, figures: dict) -> None:
    between = lambda value, interval: f"{value:.4f} ({interval[0]:.4f} to {interval[1]:.4f})"
    marked, old, seen, renders = figures["marked"], figures["before"], figures["presence"], figures["renders"]
    rows = [
        (f"NME, 300-W, held out ({marked['n']} faces of {marked['pictures']} pictures, points set by people), face square given", between(marked["given"], marked["givenInterval"])),
        ("the same, first round (dlib's points on LFW alone)", between(old["marked"]["given"], old["marked"]["givenInterval"])),
        (f"the same faces, box by {figures['detector']} ({marked['missed']} without a box)", between(marked["detected"], marked["detectedInterval"])),
        ("failures there (NME over 0.08, or no box)", between(marked["failureRate"], marked["failureInterval"])),
        ("three more pictures (no interval), face square given", ", ".join(f"{k} {v['given']:.4f}" for k, v in figures["human"].items())),
    ]
    for name, text in (("yawTo30", "turned up to 30 degrees"), ("yaw30To60", "30 to 60 degrees")):
        part = renders[name]
        rows.append((f"NME, renders of unseen heads {text} ({part['n']} pictures, {part['identities']} heads); mean error of the eye aspect ratio", f"{between(part['nme'], part['nmeInterval'])}; {part['earError']:.4f}"))
    rows += [
        (f"presence over 0.5: faces kept, empty crops refused ({seen['n']} crops)", f"{seen['facesKept']:.4f}; {seen['emptyRefused']:.4f}"),
        (f"noise of a point on a real video ({figures['video']['stillFrames']} still frames), over the outer-corner distance; first round", f"{figures['video']['noise']:.5f}; {old['video']['noise']:.5f}"),
        ("parameters; onnxruntime, CPU time on one thread", f"{figures['parameters']:,}; {figures['msOneThread']} ms"),
    ]
    thesis = which == "thesis"
    common.write_card(
        folder / "card.md", "68 landmarks, Xception (thesis)" if thesis else "68 landmarks, compact",
        ("The thesis's network: Xception with a linear layer of 136 outputs, at reduced width and input (landmark_nets.py): kept for comparison."
         if thesis else "A residual network of plain convolutions with 68 heat maps read by their centre of mass. The live default: small enough to follow every frame.")
        + " `presence` lets a tracker go on from the last points and ask the detector only when the face is lost.",
        "300-W (AFW, HELEN, LFPW: 2,012 faces with 68 points set by people) and renders of the ICT-FaceKit head with exact points; in the first round LFW (people A to H) with dlib's points as teacher.",
        f"Weights: {LICENCE['weights']}. Data: {LICENCE['data']}.",
        "300-W by source picture: 80 % train, 20 % held out. Renders: by identity. The three further pictures are not trained on. Faces of AFW, HELEN and LFPW are of the web: the same person may be on both sides.",
        rows, f"`image` [n, 3, {side}, {side}]: RGB 0..255, the face square times {D.CROP_SCALE}.",
        "`landmarks` [n, 136]: x0 y0 x1 y1 ..., fractions of the crop. `presence` [n, 1]: probability that a face sits in the crop.",
        "landmarks-compact and landmarks-thesis; figures in `models/landmarks-*/figures.json`.",
        "First round: landmarks.py (its docstring). Then `python models/recipes/landmark_renders.py DATA RENDERS.npz --count 1500 --seed 77`, `python models/recipes/landmarks_marked.py train 300W --net "
        f"{which} --renders RENDERS.npz --work WORK` and `... export 300W DATA ...`: 15 minutes on one shared core, one seed.",
        limits="Points that are hidden (turned or covered faces) are guesses. Sunglasses, beards and faces turned over 45 degrees are worse than the mean; profiles have no points of their own. "
        "The faces of 300-W are adults of the web for the most part: few children, hardly any infants.",
    )  # fmt: skip
    entry = next(m for m in json.loads((common.MODELS / "manifest.json").read_text())["models"] if m["id"] == f"landmarks-{which}")
    common.register({k: v for k, v in (entry | {"licence": LICENCE}).items() if k not in ("sha256", "bytes")})


LICENCE = {
    "weights": "research use, not commercial, as 300-W is (the dlib teacher of the first round was trained on it too)",
    "data": "300-W: research, not commercial; LFW: research use; ICT-FaceKit: MIT",
}


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
