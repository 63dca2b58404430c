"""Figures, card and manifest entry of a trained eye-state network."""

import json

import numpy as np

from classification import milliseconds
from common import MODELS, class_outputs, export_onnx, tensor, write_card
from measures import class_scores, cluster_bootstrap, confusion_matrix, ece, fit_temperature, softmax, wilson
from training import answers

LABELS = ["open", "closed"]
LICENCE = {
    "weights": "research use",
    "data": "eye pictures: collected from the web, licence unclear; MRL eyes: research; 300-W: non-commercial research",
}
TITLES = {"eye-state-compact": "Open or closed eye, compact", "eye-state-thesis": "Open or closed eye, plain CNN of the thesis"}


def scores(probabilities, truth):
    """Accuracy with its Wilson interval, macro-F1, calibration, confusion (rows: truth)."""
    matrix = confusion_matrix(truth, probabilities.argmax(1), 2)
    low, high = wilson(int(np.diag(matrix).sum()), len(truth))
    found = class_scores(matrix)
    return {"n": len(truth), "accuracy": round(found["accuracy"], 4), "accuracy95": [round(low, 4), round(high, 4)],
            "macroF1": round(found["macroF1"], 4), "recall": dict(zip(LABELS, np.round(found["recall"], 4).tolist())),
            "ece": round(ece(probabilities, truth), 4), "confusion": matrix.tolist(),
            "majorityBaseline": round(float(np.bincount(truth, minlength=2).max() / len(truth)), 4)}


def people_scores(probabilities, truth, person):
    """As `scores`, with the interval by person."""
    right = probabilities.argmax(1) == truth
    low, high = cluster_bootstrap(lambda i: right[i].mean(), person)
    return scores(probabilities, truth) | {"people": len(set(person)), "accuracy95": [round(low, 4), round(high, 4)]}


def publish(run, network, calibrated, sets, people, facts):
    """`sets`: web (test) and held (for the temperature) as (pictures [n, 3, 48, 48], labels); `people`: sets of eye_sets.py."""
    name = f"eye-state-{run.options.network}"
    folder, logits_of = run.out / name, lambda pictures: answers(network, pictures)[0]
    temperature = fit_temperature(logits_of(sets["held"][0]), sets["held"][1])
    temperature = float(np.clip(temperature, 0.5, 2.0))
    product = calibrated(network, temperature)
    pictures, truth = sets["web"]
    example = np.concatenate([pictures[truth == 0][:1], pictures[truth == 1][:1]]).round().clip(0, 255).astype(np.uint8)
    path = export_onnx(product, {"image": example}, ["probabilities", "logits"], folder / "model.onnx", half=True, tolerance=5e-3)
    figures = {"model": name, "training": facts, "temperature": round(temperature, 3),
               "webValid": scores(softmax(logits_of(pictures), temperature), truth),
               "webValidGrey": scores(softmax(logits_of(np.repeat(pictures.mean(1, keepdims=True), 3, 1)), temperature), truth)}
    for title, found in people.items():
        test = found["test"]
        probabilities = softmax(logits_of(found["exact"][test]), temperature)
        figures[title] = people_scores(probabilities, found["label"][test], found["person"][test])
    figures["millisecondsOneThread"] = round(milliseconds(path, {"image": example[:1].astype(np.float32)})["medianMs"], 3)
    figures["parameters"] = sum(p.numel() for p in network.parameters())
    _card(folder, name, figures, run)
    run.publish({
        "id": name, "task": "eye-state", "role": run.options.network, "default": name == "eye-state-compact", "title": TITLES[name],
        "inputs": [tensor("image", ["n", 3, 48, 48], "RGB, 0..255, one eye")], "outputs": class_outputs(2),
        "labels": LABELS, "preprocessing": {"cropScale": 1.8, "mirrorLeft": False, "grey": True}, "licence": LICENCE,
    }, figures)  # fmt: skip


def confusion(matrix):
    return "; ".join(f"{name}: {row[0]} / {row[1]}" for name, row in zip(LABELS, matrix))


def _comparison(name, figures):
    """This network beside its committed sibling."""
    lines = ["| network | web pictures, accuracy (95 %) | ms an eye | parameters |", "|---|---|---|---|"]
    for other in TITLES:
        f = figures if other == name else json.loads((MODELS / other / "figures.json").read_text())
        a, (low, high) = f["webValid"]["accuracy"], f["webValid"]["accuracy95"]
        lines.append(f"| {other}{' (this)' if other == name else ''} | {a} ({low} to {high}) | {f['millisecondsOneThread']} | {f['parameters']:,} |")
    return "\n".join(lines)


def _card(folder, name, f, run):
    facts, web = f["training"], f["webValid"]
    rows = [
        (f"web pictures of the valid folder (n = {web['n']}): accuracy", f"{web['accuracy']} ({web['accuracy95'][0]} to {web['accuracy95'][1]})"),
        ("the same: recall open / closed", f"{web['recall']['open']} / {web['recall']['closed']}"),
        ("the same: confusion (truth: said open / closed)", confusion(web["confusion"])),
        ("the same: ECE after temperature scaling", web["ece"]),
        ("the same: majority baseline", web["majorityBaseline"]),
        ("the same in grey: accuracy", f["webValidGrey"]["accuracy"])]
    for key, what in (("mrl", "MRL, people not in training, infrared and visible"), ("marked", "300-W eyes, pictures not in training")):
        m = f[key]
        rows.append((f"{what} (n = {m['n']}, {m['people']} people or pictures): accuracy", f"{m['accuracy']} ({m['accuracy95'][0]} to {m['accuracy95'][1]})"))
        rows.append(("the same: confusion (truth: said open / closed)", confusion(m["confusion"])))
        rows.append(("the same: recall open / closed; ECE", f"{m['recall']['open']} / {m['recall']['closed']}; {m['ece']}"))
    rows.append(("milliseconds an eye, one thread, on a loaded machine (an upper bound)", f["millisecondsOneThread"]))
    sources = (f"{facts['webTrain']} pictures of the train folder of the eye pictures; {facts['mrlTrain']:,} MRL eyes of {facts['mrlPeople']} people "
               f"(infrared and visible light, with and without glasses); {facts['markedTrain']:,} eyes of 300-W pictures, open or closed by the aspect "
               "ratio of points that people set (closed under 0.12, open over 0.16; in the test over 0.2)")
    write_card(
        folder / "card.md", TITLES[name],
        "Says whether one eye is open or closed. " + ("Six convolutions and mean pooling; glare of lamps is cut off, as it would flatten a dark infrared eye." if "compact" in name else
        "Three convolutions (16, 32, 64) with batch norm and 2 x 2 pooling, fully connected 128, 2. The thesis names the blink CNN "
        "without a table; this is our reading.") + " Grey conversion and normalisation are inside the graph.",
        sources + ". Framing, light, blur, resolution and noise are drawn at random in training.",
        f"Weights: {LICENCE['weights']}. Data: {LICENCE['data']}.",
        f"The folders of the eye pictures share people: both eyes of one portrait, and some pictures twice. {facts['webLeftOut']} training "
        "pictures that are nearly a test or held-out picture (mirrored or not) or stand beside one in the numbering were left out, so the valid "
        f"folder is unseen. {facts['webHeldOut']} more were held out for the curve and the temperature. MRL is split by person ({facts['mrlHeldOut']} pictures of two more people are for the temperature and the settings), 300-W by source picture.",
        rows,
        "`image` float32 [n, 3, 48, 48], RGB 0..255: one eye, crop scale 1.8, not mirrored.",
        "`probabilities` [n, 2] in the order open, closed; `logits` [n, 2], divided by the temperature.",
        _comparison(name, f),
        f"`{run.command}`.",
        limits="Half-closed eyes are not in the labels: the probability moves between. The web pictures are large and sharp; the aspect ratio "
        "labels of 300-W leave out what is hard. MRL is of adults in a laboratory; infants and eyes of the very old were not measured.")
