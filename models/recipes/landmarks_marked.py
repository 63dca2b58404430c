"""68 landmarks on faces whose points were set by people (300-W), beside faces that an earlier network reads, and renders.

Of the marked faces 80 % are for training, by source picture; the rest are for the figures. They are few: an earlier network
(--teacher) gives the points of LFW's faces, as the mean over each face and its mirror image. Renders keep what both lack: closed
eyes, turns.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

import common
import landmark_data as D
import made_up
import marked_faces
from face_report import milliseconds, one_thread, rounded
from landmark_loss import FLIP68, nme, points_of
from landmark_renders import renders
from landmark_report import FAIL, PRESENCE, SUMMARIES, TITLES, Tracker, between, entry_of, human, jitter, render_rows, rendered, spread_of
from landmarks import NETS, fit
from runner import Recipe, Run
from teachers import read_lfw
from training import start_from

CUT = 240  # side of the stored cuts
CUT_SCALE = 2.6  # over the face square
TAUGHT_CUT = 160  # the same of LFW, whose pictures have 250 pixels
SURE = 0.9  # presence from which a teacher's points count
AGREED = 0.05  # how far they may be from those of the mirror image, over the distance of the outer eye corners


@dataclass
class Faces:
    """Marked faces as small cuts with room for jitter: cuts uint8 [n, CUT, CUT, 3], points [n, 68, 2] in their pixels."""

    cuts: np.ndarray
    points: np.ndarray
    sources: list[str]


def read(folder: Path, part: str) -> Faces:
    cuts, points, sources = [], [], []
    for face in marked_faces.read(folder):
        if marked_faces.part_of(face) != part:
            continue
        cx, cy, side, _ = common.face_square(face.points)
        side *= CUT_SCALE
        cuts.append(D.fast_crop(face.picture(), cx, cy, side, 0.0, CUT))
        points.append(D.to_crop(face.points, cx, cy, side, 0.0) * CUT)
        sources.append(face.source)
    return Faces(np.array(cuts), np.array(points), sources)


def taught(run: Run, teacher: Path) -> Faces:
    """LFW's faces with the points of an earlier network, where it is sure and says the same of the mirror image."""

    def make() -> dict[str, np.ndarray]:
        tracker = Tracker(one_thread(teacher), "face-yunet")
        cuts, shapes, sources = [], [], []
        for name, picture in read_lfw(run.needs("lfw_A-H.zip")):
            box = tracker.square(picture, np.array([125.0, 125.0]))
            if box is None:
                continue
            cx, cy, wide, turn = common.face_square(tracker.refine(picture, box))
            here, sure = tracker.points(picture, (cx, cy, wide, turn))
            width = picture.shape[1]
            there, sure_too = tracker.points(picture[:, ::-1], (width - cx, cy, wide, -turn))
            there = there[FLIP68] * [-1, 1] + [width, 0]
            if min(sure, sure_too) < SURE or nme(here[None], there[None])[0] > AGREED:
                continue
            shape = (here + there) / 2
            cx, cy, wide, _ = common.face_square(shape)
            wide *= CUT_SCALE
            cuts.append(D.fast_crop(picture, cx, cy, wide, 0.0, TAUGHT_CUT))
            shapes.append(D.to_crop(shape, cx, cy, wide, 0.0) * TAUGHT_CUT)
            sources.append(name)
        return {"cuts": np.array(cuts), "points": np.array(shapes, np.float32), "sources": np.array(sources)}

    kept = run.derived(f"landmark-taught-{zlib.crc32(teacher.read_bytes()):08x}", make)
    run.note(f"{len(kept['cuts'])} faces of LFW with the points of {teacher.parent.name}.")
    return Faces(kept["cuts"], kept["points"], kept["sources"].tolist())


@dataclass(frozen=True)
class Shares:
    """How often a sample is no marked face."""

    negatives: float = 0.1
    rendered: float = 0.15
    taught: float = 0.35


class Samples:
    """Batches of jittered faces, renders, and crops without a face (NaN points)."""

    def __init__(self, rng: np.random.Generator, faces: Faces, renders: dict, size: int, shares: Shares = Shares(), others: Faces | None = None) -> None:
        self.rng, self.faces, self.renders, self.size, self.shares, self.others = rng, faces, renders, size, shares, others

    def one(self) -> tuple[np.ndarray, np.ndarray | None]:
        rng, shares = self.rng, self.shares
        faces = self.others if self.others is not None and rng.random() < shares.taught else self.faces
        k = int(rng.integers(len(faces.cuts)))
        picture, points, kind = faces.cuts[k], faces.points[k], rng.random()
        if kind < shares.negatives:
            box = np.concatenate([points.min(0), points.max(0)])[None]
            return D.without_face(rng, picture, points, box, self.size), None
        if kind < shares.negatives + shares.rendered:
            j = int(rng.integers(len(self.renders["images"])))
            return D.jittered(rng, self.renders["images"][j], self.renders["landmarks"][j], self.size)
        return D.jittered(rng, picture, points, self.size, shift=0.08, scale=(0.85, 1.2), roll=30)

    def batch(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        images = np.empty((count, self.size, self.size, 3), np.uint8)
        points = np.full((count, 68, 2), np.nan, np.float32)
        for k in range(count):
            images[k], where = self.one()
            if where is not None:
                points[k] = where
        return images.transpose(0, 3, 1, 2), points


def tracked_crops(faces: Faces, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops as the tracker cuts them once it has the points."""
    images, wanted = [], []
    for cut, points in zip(faces.cuts, faces.points):
        cx, cy, side, turn = common.face_square(points)
        side *= D.CROP_SCALE
        images.append(D.fast_crop(cut, cx, cy, side, turn, size))
        wanted.append(D.to_crop(points, cx, cy, side, turn))
    return np.stack(images).transpose(0, 3, 1, 2), np.array(wanted, np.float32)


def measured(held: Faces, side: int) -> Callable[[torch.nn.Module], dict[str, float]]:
    """NME on faces that were not learned from, as a figure of `fit`."""
    crops, wanted = tracked_crops(held, side)
    return lambda average: {"nme": float(nme(points_of(average, crops)[0], wanted).mean())}


def run(run: Run) -> None:
    cv2.setNumThreads(1)
    options = run.options
    marked = run.unpacked("landmarks300w_train.zip")
    training, held = read(marked, "train"), read(marked, "test")
    made = renders(run, options.renders, options.render_seed)
    net = NETS[options.net]["make"]()
    seen = {key: made[key][made["split"] == "train"] for key in ("images", "landmarks")}
    teacher = Path(options.teacher or common.MODELS / f"landmarks-{options.net}" / "model.onnx")
    others = taught(run, teacher) if options.taught else None
    samples = Samples(run.random, training, seen, net.side, Shares(rendered=options.rendered, taught=options.taught), others)
    start_from(net, options.start, torch.from_numpy(samples.batch(min(256, 4 * options.batch))[0].astype(np.float32)))
    measure = measured(held, net.side)
    run.note(f"At the start NME {measure(net)['nme']:.4f} on held-out faces.")
    net = fit(run, net, samples, "l1", measure, keep=0.998, ramp=20)
    publish(run, net, teacher if options.taught else Path(options.start), held, made)


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
    out: dict[str, Any] = {"n": len(near), "pictures": len(set(sources)), "missed": missed}
    everyone = np.ones(len(near), bool)
    common_part = np.array([source.startswith(("helen/", "lfpw/")) for source in sources])
    parts: dict[str, tuple[np.ndarray, np.ndarray]] = {
        "given": (near, everyone),
        "detected": (far_off, everyone),
        "failure": (failed.astype(float), everyone),
        "common": (near, common_part),
        "commonFailure": (failed.astype(float), common_part),
    }
    for name, (values, of) in parts.items():
        out[name], out[f"{name}Interval"] = spread_of(values[of], [source for source, there in zip(sources, of) if there])
    out["commonN"] = int(common_part.sum())
    return out


def presence(net: torch.nn.Module, faces: Faces, seed: int = 9) -> dict:
    rng = np.random.default_rng(seed)
    crops, _ = tracked_crops(faces, net.side)
    empty = [D.without_face(rng, cut, p, np.concatenate([p.min(0), p.max(0)])[None], net.side) for cut, p in zip(faces.cuts, faces.points)]
    on, off = points_of(net, crops)[1] > 0.5, points_of(net, np.stack(empty).transpose(0, 3, 1, 2))[1] > 0.5
    return {"n": len(on) + len(off), "facesKept": float(on.mean()), "emptyRefused": float((~off).mean())}


def publish(run: Run, net: torch.nn.Module, before: Path, faces: Faces, made: dict[str, np.ndarray]) -> None:
    """Measures the network and, where it learned from an exported one, that by the same protocol."""
    options, name = run.options, f"landmarks-{run.options.net}"
    folder, detector, film = run.out / name, "face-yunet", run.needs("video/driving_d6.mp4")
    marked = run.unpacked("landmarks300w_train.zip")
    old = None
    if before.suffix == ".onnx":
        tracker = Tracker(one_thread(before), detector)
        old = {"marked": held_out(tracker, marked), "video": jitter(tracker, film, options.frames)}
    crops, _ = tracked_crops(faces, net.side)
    common.export_onnx(net, {"image": crops[:1]}, ["landmarks", "presence"], folder / "model.onnx")
    session = one_thread(folder / "model.onnx")
    tracker = Tracker(session, detector)
    figures = rounded({
        "before": old,
        "marked": held_out(tracker, marked),
        "human": human(tracker, run.needs("landmarks68")),
        "renders": rendered(net, made, net.side),
        "presence": presence(net, faces),
        "video": jitter(tracker, film, options.frames),
        "detector": detector,
        "parameters": sum(p.numel() for p in net.parameters()),
        "msOneThread": milliseconds(session, {"image": crops[:1].astype(np.float32)}, 100),
    })  # fmt: skip
    card(folder, options.net, net.side, figures, run.command)
    run.publish(entry_of(options.net, net.side, TITLES[options.net], LICENCE), figures)


def card(folder: Path, which: str, side: int, figures: dict, command: str) -> None:
    marked, old, seen = figures["marked"], figures["before"], figures["presence"]
    rows = [(f"NME, 300-W, held out ({marked['n']} faces of {marked['pictures']} pictures, points set by people), face square given", between(marked["given"], marked["givenInterval"]))]
    if old:
        rows.append(("the same, the network that this one learned from", between(old["marked"]["given"], old["marked"]["givenInterval"])))
    rows += [
        (f"the same faces, box by {figures['detector']} ({marked['missed']} without a box)", between(marked["detected"], marked["detectedInterval"])),
        ("failures there (NME over 0.08, or no box)", between(marked["failure"], marked["failureInterval"])),
        (f"of these HELEN and LFPW alone, as in 300-W's common part ({marked['commonN']} faces): NME, face square given", between(marked["common"], marked["commonInterval"])),
        ("failures there", between(marked["commonFailure"], marked["commonFailureInterval"])),
        ("three more pictures (no interval), face square given", ", ".join(f"{k} {v['given']:.4f}" for k, v in figures["human"].items())),
        *render_rows(figures["renders"]),
        (f"presence over 0.5: faces kept, empty crops refused ({seen['n']} crops)", f"{seen['facesKept']:.4f}; {seen['emptyRefused']:.4f}"),
        (f"noise of a point on a real video ({figures['video']['stillFrames']} still frames), over the outer-corner distance", f"{figures['video']['noise']}" + (f"; at the start {old['video']['noise']}" if old else "")),
        ("parameters; onnxruntime, CPU time on one thread", f"{figures['parameters']:,}; {figures['msOneThread']} ms"),
    ]
    common.write_card(
        folder / "card.md", TITLES[which], SUMMARIES[which] + PRESENCE,
        "300-W (AFW, HELEN, LFPW: 2,012 faces with 68 points set by people) and renders of the ICT-FaceKit head with exact points; in the first round LFW (people A to H) with dlib's points as teacher.",
        f"Weights: {LICENCE['weights']}. Data: {LICENCE['data']}.",
        "300-W by source picture: 80 % train, 20 % held out. Renders: by identity. The three further pictures are not trained on. Faces of AFW, HELEN and LFPW are of the web: the same person may be on both sides.",
        rows, f"`image` [n, 3, {side}, {side}]: RGB 0..255, the face square times {D.CROP_SCALE}.",
        "`landmarks` [n, 136]: x0 y0 x1 y1 ..., fractions of the crop. `presence` [n, 1]: probability that a face sits in the crop.",
        "landmarks-compact and landmarks-thesis; figures in `models/landmarks-*/figures.json`.",
        f"`{command}`; the first teacher came of the first round (landmarks.py: `recipe.py landmarks-thesis --net {which}`).",
        limits="Points that are hidden (turned or covered faces) are guesses. Sunglasses, beards and faces turned over 45 degrees are worse than the mean; profiles have no points of their own. "
        "The faces of 300-W are adults of the web for the most part: few children, hardly any infants.",
    )  # fmt: skip


LICENCE = {
    "weights": "research use, not commercial, as 300-W is (the dlib teacher of the first round was trained on it too)",
    "data": "300-W: research, not commercial; LFW: research use; ICT-FaceKit: MIT",
}


def smoke(folder: Path) -> dict[str, Any]:
    made_up.lfw(folder, 1)
    made_up.head(folder)
    made_up.marked(folder, 9)
    made_up.clip(folder / "video" / "driving_d6.mp4")
    (folder / "landmarks68").mkdir()
    for path in sorted((folder / "landmarks300w_train" / "helen").iterdir())[:4]:
        (folder / "landmarks68" / path.name).write_bytes(path.read_bytes())
    return {"epochs": 1, "steps": 2, "batch": 4, "renders": 16, "frames": 6}


RECIPE = Recipe(
    title=TITLES["compact"], task="landmarks", run=run, smoke=smoke,
    data="The folder holds landmarks300w_train.zip, ict_facekit.npz, lfw_A-H.zip (backgrounds), landmarks68/ and video/driving_d6.mp4.",
    options={
        "net": "compact", "epochs": 120, "steps": 100, "seed": 11, "rate": 2e-3, "decay": 0.02, "bf16": True, "renders": 1500, "render_seed": 77, "frames": 300,
        "teacher": "", "taught": 0.35, "rendered": 0.15,
    },
)  # fmt: skip
