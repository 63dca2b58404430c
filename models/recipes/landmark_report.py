"""Measures a trained landmark network, exports it and registers it.

NME is the mean distance of the 68 points over the distance of the outer eye corners (points 36 and 45), as 300-W takes
it. The crop comes from the detector, and the points of the first pass cut a second crop, as the product's tracker does.
"""

import json
from pathlib import Path

import cv2
import numpy as np

import boxes as B
import common
import landmark_data as D
from face_report import milliseconds, one_thread, rounded
from landmark_loss import nme, points_of
from marked_faces import read_pts
from measures import cluster_bootstrap

FAIL = 0.08


class Tracker:
    """Detector box -> face square -> points -> face square of those -> points."""

    def __init__(self, session, detector_id):
        entry = next(m for m in json.loads((common.MODELS / "manifest.json").read_text())["models"] if m["id"] == detector_id)
        self.detector, self.settings = one_thread(common.MODELS / entry["file"]), entry["preprocessing"]
        self.session, self.side = session, session.get_inputs()[0].shape[2]

    def square(self, picture, near=None):
        """The face square of the best box, or of the one nearest to the point `near`."""
        size = self.settings["size"][0]
        boxes, scores, points = B.detect(self.detector, picture, size, self.settings["scoreThreshold"])
        if len(boxes) == 0:
            return None
        k = 0 if near is None else int(np.argmin(np.linalg.norm((boxes[:, :2] + boxes[:, 2:]) / 2 - near, axis=1)))
        x1, y1, x2, y2 = boxes[k]
        longer, map_ = max(x2 - x1, y2 - y1), self.settings["toFaceSquare"]
        roll = 0.0 if points is None else float(np.arctan2(*(points[k, 1] - points[k, 0])[::-1]))
        return (x1 + x2) / 2 + map_["dx"] * longer, (y1 + y2) / 2 + map_["dy"] * longer, map_["scale"] * longer, roll

    def points(self, picture, square):
        """Points [68, 2] in source pixels and the presence."""
        cx, cy, side, roll = common.task_crop(square, D.CROP_SCALE)
        image = D.fast_crop(np.ascontiguousarray(picture), cx, cy, side, roll, self.side).transpose(2, 0, 1).astype(np.float32)
        got, presence = self.session.run(["landmarks", "presence"], {"image": image[None]})
        cos, sin = np.cos(roll), np.sin(roll)
        return (got.reshape(68, 2) - 0.5) * side @ np.array([[cos, sin], [-sin, cos]]) + [cx, cy], float(presence[0, 0])

    def __call__(self, picture, near=None, passes=2):
        square = self.square(picture, near)
        return None if square is None else self.refine(picture, square, passes)

    def refine(self, picture, square, passes=2):
        for _ in range(passes):
            shape, _ = self.points(picture, square)
            square = common.face_square(shape)
        return shape


def spread_of(values, clusters):
    """Mean of the values that are numbers, and its interval over the clusters; None where there are none."""
    if not np.isfinite(values).any() or len(set(clusters)) < 2:
        return (float(np.nanmean(values)) if np.isfinite(values).any() else None), None
    return float(np.nanmean(values)), cluster_bootstrap(lambda i: np.nanmean(values[i]) if np.isfinite(values[i]).any() else np.nan, clusters, draws=500)


def between(value, interval):
    """A figure of a card."""
    return "none" if value is None else f"{value:.4f}" + (f" ({interval[0]:.4f} to {interval[1]:.4f})" if interval else "")


def human(tracker, folder):
    """NME on the pictures with points set by people: from the face square of those points, and from the detector's box
    (None where it finds no face)."""
    out = {}
    for pts in sorted(Path(folder).glob("*.pts")):
        truth = read_pts(pts)
        picture = next((p for p in pts.parent.glob(pts.stem + ".*") if p.suffix != ".pts"), None)
        if len(truth) != 68 or picture is None:
            continue
        rgb = cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB)
        box = tracker.square(rgb, truth.mean(0))
        inside = box is not None and np.hypot(box[0] - truth[:, 0].mean(), box[1] - truth[:, 1].mean()) < 0.3 * box[2]
        error = lambda shape: float(nme(shape[None], truth[None])[0])
        out[pts.stem] = {"given": error(tracker.refine(rgb, common.face_square(truth))), "detected": error(tracker.refine(rgb, box)) if inside else None}
    return out


def held_out(tracker, pictures, indices, points, people):
    """NME on held-out LFW people, from the detector's box on; a missed face counts as a failure."""
    values = []
    for index, shape in zip(indices, points):
        got = tracker(pictures[index], shape.mean(0))
        values.append(np.nan if got is None else float(nme(got[None], shape[None])[0]))
    values = np.array(values)
    failed = np.isnan(values) | (values > FAIL)
    (error, interval), (rate, rates) = spread_of(values, people), spread_of(failed.astype(float), people)
    return {
        "n": len(values), "people": len(set(people)), "missed": int(np.isnan(values).sum()),
        "nme": error, "nmeInterval": interval, "failureRate": rate, "failureInterval": rates,
    }  # fmt: skip


def jitter(tracker, video, frames=300):
    """Noise on a real video, tracked by the points alone: median over still frames of the distance of each point from
    the mean of its neighbours in time, over the outer-corner distance. Still: the face square moved under 0.6 % of its
    side between the neighbours."""
    reader, square, shapes, squares = cv2.VideoCapture(str(video)), None, [], []
    while len(shapes) < frames:
        done, frame = reader.read()
        if not done:
            break
        picture = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        square = square or tracker.square(picture)
        if square is None:
            continue
        shape, presence = tracker.points(picture, square)
        square = common.face_square(shape) if presence > 0.5 else None
        shapes.append(shape)
        squares.append(common.face_square(shape))
    if len(shapes) < 3:
        return {"frames": len(shapes), "stillFrames": 0, "noise": None}
    shapes, squares = np.array(shapes), np.array(squares)
    moved = np.linalg.norm(squares[2:, :2] - squares[:-2, :2], axis=1) / squares[1:-1, 2]
    still = moved < 0.006
    noise = np.linalg.norm(shapes[1:-1] - (shapes[:-2] + shapes[2:]) / 2, axis=-1).mean(1)
    noise = noise / np.linalg.norm(shapes[1:-1, 36] - shapes[1:-1, 45], axis=-1)
    return {"frames": len(shapes), "stillFrames": int(still.sum()), "noise": round(float(np.median(noise[still])), 5) if still.any() else None}


def presence_figures(net, pictures, faces, lfw, side, seed=9):
    rng = np.random.default_rng(seed)
    indices, points, people = lfw["test"]
    crops, _ = D.fixed_crops(pictures, indices, points, side, seed)
    empty = np.stack([D.without_face(rng, pictures[i], p, faces[i][0], side) for i, p in zip(indices, points)]).transpose(0, 3, 1, 2)
    on, off = points_of(net, crops)[1] > 0.5, points_of(net, empty)[1] > 0.5
    return {
        "n": len(on) + len(off), "facesKept": float(on.mean()), "emptyRefused": float((~off).mean()),
        "facesKeptInterval": cluster_bootstrap(lambda i: on[i].mean(), people, draws=300),
        "emptyRefusedInterval": cluster_bootstrap(lambda i: (~off[i]).mean(), people, draws=300),
    }


def ear(points):
    """Eye aspect ratio, mean of both eyes."""
    one = lambda p: (np.linalg.norm(p[..., 1, :] - p[..., 5, :], axis=-1) + np.linalg.norm(p[..., 2, :] - p[..., 4, :], axis=-1)) / (2 * np.linalg.norm(p[..., 0, :] - p[..., 3, :], axis=-1))
    return (one(points[..., 36:42, :]) + one(points[..., 42:48, :])) / 2


def rendered(net, stored, side):
    """NME and error of the eye aspect ratio, on renders of identities that training has not seen, in two ranges of yaw."""
    out = {}
    for name, low, high in (("yawTo30", 0, 30), ("yaw30To60", 30, 90)):
        yaw = np.abs(stored["yaw"])
        test = (stored["split"] == "test") & (yaw >= low) & (yaw < high)
        if not test.any():
            continue
        images, points, identity = stored["images"][test], stored["landmarks"][test], stored["identity"][test]
        crops, wanted = D.fixed_crops(images, range(len(images)), points, side, seed=2)
        got, _ = points_of(net, crops)
        values = nme(got, wanted)
        error, interval = spread_of(values, identity)
        out[name] = {
            "n": len(values), "identities": len(set(identity.tolist())), "nme": error, "nmeInterval": interval,
            "earError": float(np.abs(ear(got) - ear(wanted)).mean()),
        }  # fmt: skip
    return out


def render_rows(figures):
    rows = []
    for name, text in (("yawTo30", "turned up to 30 degrees"), ("yaw30To60", "30 to 60 degrees")):
        if name in figures:
            part = figures[name]
            title = f"NME, renders of unseen heads {text} ({part['n']} pictures, {part['identities']} heads); mean error of the eye aspect ratio"
            rows.append((title, f"{between(part['nme'], part['nmeInterval'])}; {part['earError']:.4f}"))
    return rows


def entry_of(which, side, title, licence):
    """Manifest entry of a landmark network."""
    return {
        "id": f"landmarks-{which}", "task": "landmarks", "role": which, "default": which == "compact", "title": title,
        "inputs": [common.tensor("image", ["n", 3, side, side], "RGB, 0..255")],
        "outputs": [
            common.tensor("landmarks", ["n", 136], "x0 y0 x1 y1 ..., fractions of the crop"),
            common.tensor("presence", ["n", 1], "probability that a face sits in the crop"),
        ],
        "labels": [], "preprocessing": {"cropScale": D.CROP_SCALE, "grey": True}, "licence": licence,
    }  # fmt: skip


TITLES = {"compact": "68 landmarks, compact", "thesis": "68 landmarks, Xception (thesis)"}
SUMMARIES = {
    "thesis": "The thesis's network: Xception with a linear layer of 136 outputs, trained with the mean squared error, at reduced width and input (see landmark_nets.py): it is kept for comparison.",
    "compact": "A residual network of plain convolutions with 68 heat maps read by their centre of mass. The live default: small enough to follow every frame.",
}
PRESENCE = " `presence` lets a tracker go on from the last points and ask the detector only when the face is lost."


def first_round(run, net, lfw, faces, pictures, renders):
    """Measures, exports and publishes a network of landmarks.py."""
    which = run.options.net
    folder = run.out / f"landmarks-{which}"
    crops, _ = D.fixed_crops(pictures, lfw["test"][0][:1], lfw["test"][1][:1], net.side, seed=4)
    common.export_onnx(net, {"image": crops}, ["landmarks", "presence"], folder / "model.onnx")
    session = one_thread(folder / "model.onnx")
    tracker = Tracker(session, run.options.detector)
    marked = human(tracker, run.needs("landmarks68"))
    figures = rounded({
        "human": {"n": len(marked), "nme": float(np.mean([m["given"] for m in marked.values()])), "pictures": marked},
        "lfw": held_out(tracker, pictures, *lfw["test"]),
        "renders": rendered(net, renders, net.side),
        "presence": presence_figures(net, pictures, faces, lfw, net.side),
        "video": jitter(tracker, run.needs("video/driving_d6.mp4"), run.options.frames),
        "detector": run.options.detector,
        "parameters": sum(p.numel() for p in net.parameters()),
        "msOneThread": milliseconds(session, {"image": crops.astype(np.float32)}, 200),
    })  # fmt: skip
    by_picture = lambda key: ", ".join(f"{k} {v[key]:.4f}" if v[key] is not None else f"{k} no box" for k, v in figures["human"]["pictures"].items())
    seen = figures["presence"]
    rows = [
        ("NME, points set by people, face square given: " + by_picture("given"), f"{figures['human']['nme']:.4f} (few pictures: no interval)"),
        (f"the same from the box of {figures['detector']}", by_picture("detected")),
        (f"NME, LFW test people against the teacher ({figures['lfw']['n']} pictures, {figures['lfw']['people']} people, box by {figures['detector']})", between(figures["lfw"]["nme"], figures["lfw"]["nmeInterval"])),
        ("failures there (NME over 0.08, or no box)", between(figures["lfw"]["failureRate"], figures["lfw"]["failureInterval"])),
        *render_rows(figures["renders"]),
        (f"presence over 0.5: faces kept, empty crops refused ({seen['n']} crops)", f"{between(seen['facesKept'], seen['facesKeptInterval'])}; {between(seen['emptyRefused'], seen['emptyRefusedInterval'])}"),
        (f"noise of a point on a real video ({figures['video']['stillFrames']} still frames), over the outer-corner distance", f"{figures['video']['noise']}"),
        ("parameters; onnxruntime, CPU time on one thread", f"{figures['parameters']:,}; {figures['msOneThread']} ms"),
    ]
    licence = {"weights": "Apache-2.0; the dlib teacher's training set (iBUG 300-W) is for non-commercial use", "data": "LFW: research use; ICT-FaceKit: MIT"}
    entry = entry_of(which, net.side, TITLES[which], licence)
    common.write_card(
        folder / "card.md", TITLES[which], SUMMARIES[which] + PRESENCE,
        "LFW (deep-funneled, people A to H) with dlib's 68 points as teacher (teachers.py: mean of 18 calls, unsure pictures left out), and renders of the ICT-FaceKit head with "
        "exact points (pose to 60 degrees, closed eyes, open mouths).",
        f"Weights: {licence['weights']}. Data: {licence['data']}.",
        "LFW people by the hash of their name: 70 % train, 10 % valid, 20 % test; nobody is in two parts. Renders: by identity. The three pictures with points set by people are not trained on.",
        rows, f"`image` [n, 3, {net.side}, {net.side}]: RGB 0..255, the face square times {D.CROP_SCALE}.",
        "\n".join(f"- `{o['name']}` {o['shape']}: {o['meaning']}." for o in entry["outputs"]),
        "landmarks-compact and landmarks-thesis; figures in `models/landmarks-*/figures.json`.",
        f"`{run.command}`. One seed. {run.options.how}",
        limits="Most of the truth is a teacher's. Points that are hidden (turned or covered faces) are guesses. Sunglasses, beards and faces turned over 45 degrees are worse than the mean.",
    )  # fmt: skip
    run.publish(entry, figures)
