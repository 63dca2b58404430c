"""Figures, card and manifest entry of a trained eye-state network."""

import json

import numpy as np

from common import MODELS, export_onnx, register, write_card, write_json
from gaze_publish import milliseconds
from measures import class_scores, cluster_bootstrap, confusion_matrix, ece, fit_temperature, plot_curves, softmax, wilson

LABELS = ["open", "closed"]
LICENCE = {
    "weights": "Apache-2.0",
    "data": "eye pictures: collected from the web, licence unclear; ICT-FaceKit: MIT; LFW: research; its landmarks come from a "
            "teacher trained on non-commercial data",
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


def wild_scores(probabilities, wild):
    """On LFW people not in training: accuracy against the labels of the aspect ratio, interval by person."""
    test = ~wild["train"]
    truth, right = wild["label"][test], probabilities.argmax(1) == wild["label"][test]
    low, high = cluster_bootstrap(lambda i: right[i].mean(), wild["person"][test])
    recall = {name: round(float(right[truth == k].mean()), 4) for k, name in enumerate(LABELS)}
    return {"n": int(test.sum()), "people": len(np.unique(wild["person"][test])), "closed": int((truth == 1).sum()),
            "accuracy": round(float(right.mean()), 4), "accuracy95": [round(low, 4), round(high, 4)], "recall": recall}


def publish(name, network, calibrated, history, logits_of, sets, wild, facts, extra):
    """`sets`: web (test) and held (for the temperature) as (pictures [n, 3, 48, 48], labels). `extra`: more figures."""
    folder = MODELS / name
    temperature = fit_temperature(logits_of(network, sets["held"][0]), sets["held"][1])
    temperature = float(np.clip(temperature, 0.5, 2.0))
    product = calibrated(network, temperature)
    pictures, truth = sets["web"]
    example = np.concatenate([pictures[truth == 0][:1], pictures[truth == 1][:1]]).round().clip(0, 255).astype(np.uint8)
    path = export_onnx(product, {"image": example}, ["probabilities", "logits"], folder / "model.onnx", half=True, tolerance=5e-3)
    figures = {"model": name, "training": facts, "temperature": round(temperature, 3),
               "webValid": scores(softmax(logits_of(network, pictures), temperature), truth),
               "webValidGrey": scores(softmax(logits_of(network, np.repeat(pictures.mean(1, keepdims=True), 3, 1)), temperature), truth),
               **extra}
    if wild is not None:
        figures["lfw"] = wild_scores(logits_of(network, wild["exact"][~wild["train"]]), wild)
    figures["millisecondsOneThread"] = milliseconds(path, example[:1].astype(np.float32))
    figures["parameters"] = sum(p.numel() for p in network.parameters())
    write_json(folder / "figures.json", figures)
    plot_curves(history, folder / "curves.png", name)
    _card(folder, name, figures)
    register({
        "id": name, "task": "eye-state", "role": name.rsplit("-", 1)[1], "default": name == "eye-state-compact",
        "title": TITLES[name], "file": f"{name}/model.onnx",
        "inputs": [{"name": "image", "type": "float32", "shape": ["n", 3, 48, 48], "meaning": "RGB, 0..255, one eye"}],
        "outputs": [{"name": "probabilities", "type": "float32", "shape": ["n", 2], "meaning": "calibrated probabilities"},
                    {"name": "logits", "type": "float32", "shape": ["n", 2], "meaning": "their logits"}],
        "labels": LABELS, "preprocessing": {"cropScale": 1.8, "mirrorLeft": False, "grey": True},
        "licence": LICENCE, "card": f"{name}/card.md", "figures": f"{name}/figures.json", "check": f"{name}/check.json"})
    print(json.dumps(figures, indent=1), flush=True)


def _comparison(name):
    lines = ["| network | web pictures, accuracy (95 %) | ms an eye | parameters |", "|---|---|---|---|"]
    for other in TITLES:
        path = MODELS / other / "figures.json"
        if path.exists():
            f = json.loads(path.read_text())
            a, (low, high) = f["webValid"]["accuracy"], f["webValid"]["accuracy95"]
            lines.append(f"| {other}{' (this)' if other == name else ''} | {a} ({low} to {high}) | {f['millisecondsOneThread']} | {f['parameters']:,} |")
    return "\n".join(lines)


def _card(folder, name, f):
    facts, web = f["training"], f["webValid"]
    rows = [
        (f"web pictures of the valid folder (n = {web['n']}): accuracy", f"{web['accuracy']} ({web['accuracy95'][0]} to {web['accuracy95'][1]})"),
        ("the same: recall open / closed", f"{web['recall']['open']} / {web['recall']['closed']}"),
        ("the same: ECE after temperature scaling", web["ece"]),
        ("the same: majority baseline", web["majorityBaseline"]),
        ("the same in grey: accuracy", f["webValidGrey"]["accuracy"])]
    if "rendered" in f:
        r = f["rendered"]
        rows.append((f"renders of unseen people (n = {r['n']}): accuracy", f"{r['accuracy']} ({r['accuracy95'][0]} to {r['accuracy95'][1]})"))
        rows.append((f"EAR baseline on them, exact landmarks, threshold {r['ear']['threshold']}: accuracy", r["ear"]["accuracy"]))
    if "lfw" in f:
        w = f["lfw"]
        rows.append((f"LFW eyes of {w['people']} unseen people, labelled by the aspect ratio (n = {w['n']}, {w['closed']} closed): accuracy",
                     f"{w['accuracy']} ({w['accuracy95'][0]} to {w['accuracy95'][1]}, by person)"))
        rows.append(("the same: recall open / closed", f"{w['recall']['open']} / {w['recall']['closed']}"))
    rows.append(("milliseconds an eye, one thread, on a loaded machine (an upper bound)", f["millisecondsOneThread"]))
    sources = (f"{facts['webTrain']} pictures of the train folder of the eye pictures, {facts['renders']:,} renders of the ICT-FaceKit "
               f"head ({facts['renderedPeople']} people; closed: blink weight over 0.9)")
    if facts["wild"]:
        sources += (f", {facts['wild']:,} eyes of LFW people (closed: aspect ratio of both eyes under 0.125 by teacher landmarks, "
                    "open: over 0.24)")
    write_card(
        folder / "card.md", TITLES[name],
        "Says whether one eye is open or closed. " + ("Six convolutions and mean pooling." if "compact" in name else
        "Three convolutions (16, 32, 64) with batch norm and 2 x 2 pooling, fully connected 128, 2. The thesis names the blink CNN "
        "without a table; this is our reading.") + " Grey conversion and normalisation are inside the graph.",
        sources + ". Framing, light, blur, resolution and noise are drawn at random in training.",
        f"Weights: {LICENCE['weights']}. Data: {LICENCE['data']}.",
        f"The folders of the eye pictures share people: both eyes of one portrait, and some pictures twice. {facts['webLeftOut']} training "
        "pictures that are nearly a test or held-out picture (mirrored or not) or stand beside one in the numbering were left out, so the valid "
        f"folder is unseen. {facts['webHeldOut']} more were held out for the curve and the temperature. Renders and LFW are split by person.",
        rows,
        "`image` float32 [n, 3, 48, 48], RGB 0..255: one eye, crop scale 1.8, not mirrored.",
        "`probabilities` [n, 2] in the order open, closed; `logits` [n, 2], divided by the temperature.",
        _comparison(name),
        f"`python3 eye_state.py DATA CACHE {name.rsplit('-', 1)[1]} --renders {facts['rendersDrawn']} --epochs {facts['epochs']} --steps {facts['steps']}"
        + (" --landmarks LFW_LANDMARKS.npz`" if facts["wild"] else "`") + f" with seed {facts['seed']}.",
        limits="Half-closed eyes are not in the labels: the probability moves between. The test set is small and its pictures are large and "
        "sharp; the aspect ratio labels of LFW leave out what is hard.")


if __name__ == "__main__":  # writes the cards again from the figures, so that each compares itself with the other
    for network in TITLES:
        if (MODELS / network / "figures.json").exists():
            _card(MODELS / network, network, json.loads((MODELS / network / "figures.json").read_text()))
