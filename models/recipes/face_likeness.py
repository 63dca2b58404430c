"""How alike two faces are: dlib's face recognition network as the package face-api carries it, brought to the contract of the task.

Nothing is trained here. The crop is the one that the network was made for (dlib's chip of 150 pixels, padding 0.25), from the
product's own landmarks; the face square would cost a factor of five in errors. What a likeness is worth is measured on LFW, people A to H.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

import common
import made_up
from boxes import person_of
from chain import Network, find_landmarks
from common import MODELS, crop, export_onnx, tensor, write_card
from face_embedder import DIMENSIONS, SIDE, FaceEmbedder, Stored, store_codes
from face_report import milliseconds, one_thread
from measures import cluster_bootstrap
from runner import Failure, Recipe, Run
from speaker_ge2e import equal_error
from teachers import read_lfw
from yunet_report import Detector

ENTRY = "face-likeness-dlib"
# dlib's mean face, points 17 to 67, in the inner part of its chip.
MEAN_X = (
    0.000213256, 0.0752622, 0.18113, 0.29077, 0.393397, 0.586856, 0.689483, 0.799124, 0.904991, 0.98004, 0.490127, 0.490127, 0.490127,
    0.490127, 0.36688, 0.426036, 0.490127, 0.554217, 0.613373, 0.121737, 0.187122, 0.265825, 0.334606, 0.260918, 0.182743, 0.645647,
    0.714428, 0.793132, 0.858516, 0.79751, 0.719335, 0.254149, 0.340985, 0.428858, 0.490127, 0.551395, 0.639268, 0.726104, 0.642159,
    0.556721, 0.490127, 0.423532, 0.338094, 0.290379, 0.428096, 0.490127, 0.552157, 0.689874, 0.553364, 0.490127, 0.42689,
)  # fmt: skip
MEAN_Y = (
    0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915, 0.106454, 0.203352, 0.307009, 0.409805,
    0.515625, 0.587326, 0.609345, 0.628106, 0.609345, 0.587326, 0.216423, 0.178758, 0.179852, 0.231733, 0.245099, 0.244077, 0.231733,
    0.179852, 0.178758, 0.216423, 0.244077, 0.245099, 0.780233, 0.745405, 0.727388, 0.742578, 0.727388, 0.745405, 0.780233, 0.864805,
    0.902192, 0.909281, 0.902192, 0.864805, 0.784792, 0.778746, 0.785343, 0.778746, 0.784792, 0.824182, 0.831803, 0.824182,
)  # fmt: skip
PADDING = 0.25
ALIGN_TO = ((np.stack([MEAN_X, MEAN_Y], 1) + PADDING) / (1 + 2 * PADDING)).round(5)
# Of so many pairs of different people one is at least as alike as the limit that is proposed.
PROPOSED_ONE_IN = 1000
ONE_IN = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
MOST_OF_ONE = 3  # pictures of a person; people with a single one are left out


def faces_of_lfw(run: Run) -> dict[str, np.ndarray]:
    """The landmarks of the most central face of each picture, as the product finds them: names [n], landmarks [n, 68, 2]."""
    entries = {entry["id"]: entry for entry in json.loads((MODELS / "manifest.json").read_text())["models"]}
    detector, reader = Detector(MODELS / entries["face-yunet"]["file"]), Network(MODELS, "landmarks")
    place = entries["face-yunet"]["preprocessing"]["toFaceSquare"]
    names, points = [], []
    for name, picture in read_lfw(run.needs("lfw_A-H.zip")):
        boxes, _, five = detector(picture, 0.6)
        if len(boxes) == 0:
            continue
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        best = int(np.hypot(*(middles - np.array(picture.shape[1::-1]) / 2).T).argmin())
        longer = (boxes[best, 2:] - boxes[best, :2]).max()
        cx, cy = middles[best] + longer * np.array([place["dx"], place["dy"]])
        right, left = five[best][:2]
        roll = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
        points.append(find_landmarks(reader, picture, (float(cx), float(cy), float(place["scale"] * longer), roll)))
        names.append(name)
    return {"names": np.array(names), "landmarks": np.array(points, np.float32)}


def embeddings(run: Run, network: FaceEmbedder) -> dict[str, np.ndarray]:
    """Of each face: embedding [n, 128] and person [n]."""
    if run.options.tiny:  # made-up faces are none to a detector
        with np.load(run.needs("lfw_labels.npz")) as stored:
            found = {name: stored[name] for name in ("names", "landmarks")}
    else:
        found = run.derived("lfw-landmarks", lambda: faces_of_lfw(run))
    of: dict[str, list[str]] = {}
    for name in found["names"]:
        of.setdefault(person_of(name), []).append(name)
    chosen = {name for own in of.values() if len(own) > 1 for name in own[:MOST_OF_ONE]}
    where = dict(zip(found["names"], found["landmarks"]))
    values, people = [], []
    with torch.no_grad():
        for name, picture in read_lfw(run.needs("lfw_A-H.zip"), chosen):
            face = crop(picture, *common.aligned_crop(where[name], ALIGN_TO), size=(SIDE, SIDE))
            values.append(network(torch.from_numpy(face[None])).numpy()[0])
            people.append(person_of(name))
    return {"values": np.stack(values), "person": np.array(people)}


def measure(values: np.ndarray, person: np.ndarray, random: np.random.Generator) -> dict[str, Any]:
    """Over all pairs of pictures, as far as there are: EER with an interval that draws people, how rare a likeness is, and what is found."""
    names, who = np.unique(person, return_inverse=True)
    a, b = np.triu_indices(len(values), 1)
    likeness = np.concatenate([(values[part_a] * values[part_b]).sum(1) for part_a, part_b in zip(*(np.array_split(x, 200) for x in (a, b)))])
    same = who[a] == who[b]
    if not same.any() or same.all():
        raise Failure("lfw_A-H.zip needs two people, and two pictures of one of them.")
    others = np.sort(likeness[~same])
    limits = {k: float(others[len(others) - max(1, round(len(others) / k))]) for k in ONE_IN if len(others) / k >= 100 or k == 1}
    proposed = limits.get(PROPOSED_ONE_IN, float(others[-1]))

    # Of other people as many pairs as are handy: each person's own say and theirs with others are drawn together.
    kept = np.flatnonzero(same)
    drawn = random.choice(np.flatnonzero(~same), min(200_000, int((~same).sum())), replace=False)
    chosen = np.concatenate([kept, drawn])
    scores, truth, owner = likeness[chosen], same[chosen], who[a[chosen]]

    def eer(i: np.ndarray) -> float:
        return equal_error(scores[i][truth[i]], scores[i][~truth[i]])[0]

    def found(i: np.ndarray) -> float:
        return float((scores[i][truth[i]] >= proposed).mean())

    everything = np.arange(len(chosen))
    return {
        "people": len(names), "pictures": len(values), "samePairs": int(same.sum()), "otherPairs": int((~same).sum()), "eer": eer(everything),
        "eerInterval": list(cluster_bootstrap(eer, owner, draws=200)), "likenessFrom": proposed, "found": found(everything),
        "foundInterval": list(cluster_bootstrap(found, owner, draws=200)), "oneIn": [[round(limit, 4), k] for k, limit in limits.items()],
    }  # fmt: skip


def run(run: Run) -> None:
    # A trial has a narrow network of its own.
    stored = None if run.options.tiny else Stored(run.needs("face-api"))
    network = FaceEmbedder(stored, width=8 if run.options.tiny else 1).eval()
    seen = embeddings(run, network) if run.options.tiny else run.derived("lfw-embeddings", lambda: embeddings(run, network))
    figures: dict[str, Any] = {"lfw": measure(seen["values"], seen["person"], run.random)}
    run.progress(1, 0, 1, figures={"eer": figures["lfw"]["eer"], "found": figures["lfw"]["found"]})
    folder = run.out / ENTRY
    face = made_up.faces(1)[0][0]
    image = common.resize_whole(face, (SIDE, SIDE)).round().astype(np.uint8)[None]
    file = export_onnx(network, {"image": image}, ["embedding"], folder / "model.onnx", tolerance=1e-3)
    if stored is not None:
        store_codes(file, network, stored)
        check = json.loads((folder / "check.json").read_text())
        told = one_thread(file).run(None, {"image": image.astype(np.float32)})[0]
        assert np.abs(told - common.decode(check["outputs"]["embedding"])).max() <= check["tolerance"]
    figures |= {"bytes": file.stat().st_size, "ms": milliseconds(one_thread(file), {"image": image.astype(np.float32)})}
    card(folder, figures, run.command)
    run.publish(entry(figures["lfw"]), figures, curves={})


def card(folder: Path, figures: dict[str, Any], command: str) -> None:
    lfw = figures["lfw"]
    limits = "\n".join(f"| {limit:.3f} | 1 in {k:,} |" for limit, k in lfw["oneIn"])
    table = (
        f"LFW, deep-funneled, people A to H: {lfw['people']:,} people, {lfw['pictures']:,} pictures (2 or {MOST_OF_ONE} of each), "
        f"all {lfw['samePairs']:,} pairs of one person and {lfw['otherPairs']:,} of two. Faces and landmarks by the product's own networks. Intervals draw people.\n\n"
        "| figure | value (95 % interval) |\n|---|---|\n"
        f"| equal error rate, one picture against one | {lfw['eer']:.4f} ({lfw['eerInterval'][0]:.4f} to {lfw['eerInterval'][1]:.4f}) |\n"
        f"| pairs of one person that are as alike as what is proposed (likeness {lfw['likenessFrom']:.3f}, as alike as 1 in {PROPOSED_ONE_IN:,} pairs of two people) "
        f"| {lfw['found']:.3f} ({lfw['foundInterval'][0]:.3f} to {lfw['foundInterval'][1]:.3f}) |\n"
        f"| time of a face, one thread | {figures['ms']:.1f} ms of processor time |\n| size | {figures['bytes'] / 1e6:.2f} MB |\n\n"
        "Of how many pairs of two people one is at least as alike:\n\n| likeness | pairs |\n|---|---|\n" + limits
    )
    write_card(
        folder / "card.md", "Likeness of faces, dlib",
        "Turns a face into a direction that is alike for pictures of one person and unlike for others: dlib's face recognition network (King 2017; a ResNet of 29 convolutions, "
        "metric loss), with the weights of the package face-api as they are, 8 bits each. EDIN proposes with it, to the people who keep a study, which faces of its clips may be one person's; "
        "they decide.",
        "Trained by Davis King on about 3 million faces of 7,485 people from FaceScrub, VGG Faces and the web. The figures are LFW's, which was in no training set.",
        "dlib's weights: public domain (CC0). Package @vladmandic/face-api 1.7.15: MIT. Its training pictures come from the web.",
        "Nothing is trained or chosen here but the likeness from which pairs are proposed: it is read from the same pairs of two people that it is told for.",
        table,
        f"`image` [n, 3, {SIDE}, {SIDE}]: RGB 0..255, the aligned crop (models/README.md). Mean and scale are inside the graph.",
        f"`embedding` [n, {DIMENSIONS}], of unit length. The product of two is their likeness.",
        "There is none.",
        "`npm pack @vladmandic/face-api@1.7.15`, unpack it and put its folder `model` into DATA as `face-api`, beside lfw_A-H.zip. "
        f"Then `{command}`.",
        limits="It must not be used to name strangers, to look somebody up, or to watch people: EDIN compares faces inside one study, of participants who agreed, shows what it finds to a person, "
        "and keeps no embedding. LFW shows adults, public figures, most of them men and light-skinned: the figures hold for such pictures. By group they were not measured here (LFW names none). "
        "Independent tests of networks of this kind (NIST IR 8280) found up to a hundred times more false matches among some groups (by region of birth, women, the old and the young) than among others, "
        "and its author says that this one does worse on children and on faces that its training set has few of: among people who look alike in sex, age and origin, and among relatives, "
        "expect many more proposals than the table says.",
    )  # fmt: skip


def entry(lfw: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": ENTRY, "task": "face-likeness", "role": "external", "default": True, "title": "Likeness of faces, dlib",
        "inputs": [tensor("image", ["n", 3, SIDE, SIDE], "RGB 0..255, aligned crop")],
        "outputs": [tensor("embedding", ["n", DIMENSIONS], "direction of the face, of unit length")], "labels": [],
        "preprocessing": {"alignTo": ALIGN_TO.tolist(), "likenessFrom": round(lfw["likenessFrom"], 4), "oneIn": lfw["oneIn"]},
        "licence": {
            "weights": "dlib: CC0; package @vladmandic/face-api 1.7.15: MIT",
            "data": "FaceScrub, VGG Faces and pictures of the web: published for research, not with the weights",
        },
    }  # fmt: skip


def smoke(folder: Path) -> dict[str, Any]:
    """Made-up faces; the network is narrow and knows nothing."""
    made_up.lfw(folder)
    return {"tiny": True}


RECIPE = Recipe(
    title="Likeness of faces, dlib", task="face-likeness", run=run, smoke=smoke, options={"tiny": False},
    data="The folder holds face-api/ (the folder `model` of the npm package @vladmandic/face-api 1.7.15) and lfw_A-H.zip.",
)  # fmt: skip
