"""Figures, card and manifest entry of a trained gaze network."""

import json

import numpy as np

from classification import milliseconds
from common import MODELS, check_disjoint, export_onnx, tensor, write_card
from measures import angular_error, cluster_bootstrap
from training import answers

LICENCE = {
    "weights": "Apache-2.0",
    "data": "ICT-FaceKit: MIT; LFW: research; MPIIGaze patches (figures only): CC BY-NC-SA 4.0",
}
TITLES = {"gaze-compact": "Gaze of one eye, compact", "gaze-thesis": "Gaze of one eye, network of the thesis"}


def interval(values, draws=2000, seed=0):
    """95 % bootstrap interval of the mean."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (draws, len(values)))].mean(1)
    return [round(float(v), 3) for v in np.percentile(means, [2.5, 97.5])]


def real_figures(said, truth, prior, calibration=50):
    """Errors in degrees on the real patches, raw and after a two-number calibration on the first patches."""
    errors = angular_error(said, truth)
    offset = np.median(truth[:calibration] - said[:calibration], axis=0)
    calibrated = angular_error(said[calibration:] + offset, truth[calibration:])
    return {
        "what": "MPIIGaze patches of one person (p00), never trained on",
        "n": len(truth),
        "people": 1,
        "meanDeg": round(float(errors.mean()), 3),
        "meanDeg95": interval(errors),
        "medianDeg": round(float(np.median(errors)), 3),
        "biasDeg": {"pitch": round(float(np.degrees((said - truth)[:, 0].mean())), 2),
                    "yaw": round(float(np.degrees((said - truth)[:, 1].mean())), 2)},
        "correlation": {"pitch": round(float(np.corrcoef(said[:, 0], truth[:, 0])[0, 1]), 3),
                        "yaw": round(float(np.corrcoef(said[:, 1], truth[:, 1])[0, 1]), 3)},
        "afterCalibration": {
            "what": f"median offset of the first {calibration} patches taken off; the rest measured",
            "n": len(calibrated), "meanDeg": round(float(calibrated.mean()), 3), "meanDeg95": interval(calibrated),
            "medianDeg": round(float(np.median(calibrated)), 3)},
        "baselines": {
            "alwaysTheMeanOfTheRendersDeg": round(float(angular_error(np.tile(prior, (len(truth), 1)), truth).mean()), 3),
            "alwaysTheMeanOfThesePatchesDeg": round(float(angular_error(np.tile(truth.mean(0), (len(truth), 1)), truth).mean()), 3)},
    }


def publish(run, network, facts, training, valid, valid_pictures, real_pictures, real_truth):
    """Writes everything that models/README.md asks for."""
    import torch

    name = f"gaze-{run.options.network}"
    predict = lambda pictures: answers(network, pictures)[0]
    check_disjoint(train=training["identity"].tolist(), valid=valid["identity"].tolist())
    folder = run.out / name
    example = valid_pictures[:2].round().clamp(0, 255).to(torch.uint8).numpy()
    path = export_onnx(network, {"image": example}, ["gaze"], folder / "model.onnx", half=True, tolerance=1e-3)
    said = predict(valid_pictures.numpy())
    errors = angular_error(said, valid["gaze"])
    narrow = (np.abs(valid["gaze"]) < np.radians(25)).all(1)
    low, high = cluster_bootstrap(lambda i: errors[i].mean(), valid["identity"])
    prior = training["gaze"].mean(0)
    figures = {
        "model": name,
        "training": facts,
        "rendered": {
            "what": "renders of people not in training, framed without error", "n": len(errors),
            "people": len(np.unique(valid["identity"])), "meanDeg": round(float(errors.mean()), 3),
            "meanDeg95": [round(low, 3), round(high, 3)], "medianDeg": round(float(np.median(errors)), 3),
            "within25Deg": {"n": int(narrow.sum()), "meanDeg": round(float(errors[narrow].mean()), 3) if narrow.any() else None}},
        "real": real_figures(predict(real_pictures), real_truth, prior),
        "millisecondsOneThread": round(milliseconds(path, {"image": example[:1].astype(np.float32)})["medianMs"], 3),
        "parameters": sum(p.numel() for p in network.parameters()),
    }
    _card(folder, name, figures, run)
    run.publish({
        "id": name, "task": "gaze", "role": run.options.network, "default": name == "gaze-compact", "title": TITLES[name],
        "inputs": [tensor("image", ["n", 3, 36, 60], "RGB, 0..255, one eye")],
        "outputs": [tensor("gaze", ["n", 2], "pitch, yaw in radians, MPIIGaze convention")],
        "labels": [], "preprocessing": {"cropScale": 1.25, "mirrorLeft": False, "grey": True}, "licence": LICENCE,
    }, figures)  # fmt: skip


def _comparison(name, figures):
    """This network beside its committed sibling."""
    lines = ["| network | real patches, mean (degrees) | rendered, unseen people | ms an eye | parameters |", "|---|---|---|---|---|"]
    for other in TITLES:
        f = figures if other == name else json.loads((MODELS / other / "figures.json").read_text())
        lines.append(f"| {other}{' (this)' if other == name else ''} | {f['real']['meanDeg']} ({f['real']['meanDeg95'][0]} to "
                     f"{f['real']['meanDeg95'][1]}) | {f['rendered']['meanDeg']} | {f['millisecondsOneThread']} | {f['parameters']:,} |")
    return "\n".join(lines)


def _card(folder, name, f, run):
    real, rendered, facts = f["real"], f["rendered"], f["training"]
    calibrated, base = real["afterCalibration"], real["baselines"]
    shape = ("Six 3 x 3 convolutions on the 60 x 36 eye and a narrow head." if name == "gaze-compact" else
             "The table of the thesis: 64 x 64 eye, convolutions 32; 64, 64; 128 x 3; 256 x 3 with batch norm and 2 x 2 pooling, fully "
             f"connected 1024, 512, 2. Committed at width {facts['width']} of every layer, so that the file stays under 4 MB; "
             "`--width 1` trains the full form. It was not trained at full width here: there was no GPU.")
    write_card(
        folder / "card.md", TITLES[name],
        f"Where one eye looks, in the camera's frame with the face's roll taken out. {shape} Grey conversion and histogram "
        "equalisation are inside the graph."
        + (" Each eye is read twice, as it is at {} of the crop and mirrored at {}; the mean is the answer.".format(*facts["zooms"]) if "zooms" in facts else ""),
        f"{facts['rendered']:,} renders of the ICT-FaceKit head by `recipes/render.py`: identities, gaze, lids, head pose, light, skin, "
        "glasses and camera drawn at random, corners of LFW pictures as backgrounds. The line of sight leaves the rendered eye "
        "4 degrees nasal of and 1.5 degrees above the pupil's axis (spread 1.5 and 1.2), as in people. "
        + (f"Eyes of {facts['unlabelledFaces']:,} LFW faces were seen too, without labels: the network learned to say of each eye, framed "
           "and lit at random, what its averaged weights say of both eyes of that face and their mirror images."
           if "unlabelledFaces" in facts else "No real eye was used to train."),
        f"Weights: {LICENCE['weights']}. Data: {LICENCE['data']}.",
        f"By rendered person: {facts['people']} to train, {rendered['people']} to validate; the code refuses an overlap. Epochs and "
        "settings were fixed on renders. The real patches gave the crop scale and the look of the renders (blur, contrast), by "
        f"eye and without their labels. {facts['realNote']}",
        [(f"real patches, mean error, degrees (n = {real['n']}, one person)", f"{real['meanDeg']} ({real['meanDeg95'][0]} to {real['meanDeg95'][1]}, over patches)"),
         ("real patches, median error", real["medianDeg"]),
         ("real patches, bias pitch / yaw", f"{real['biasDeg']['pitch']} / {real['biasDeg']['yaw']}"),
         ("real patches, correlation pitch / yaw", f"{real['correlation']['pitch']} / {real['correlation']['yaw']}"),
         (f"after a calibration of two numbers ({calibrated['what']}; n = {calibrated['n']})", f"{calibrated['meanDeg']} ({calibrated['meanDeg95'][0]} to {calibrated['meanDeg95'][1]})"),
         *([("after the product's calibration on nine of these patches, the others measured, degrees", facts["afterNinePoints"])] if facts.get("afterNinePoints") else []),
         ("baseline: always the mean gaze of the renders", base["alwaysTheMeanOfTheRendersDeg"]),
         ("baseline: always the mean of these patches", base["alwaysTheMeanOfThesePatchesDeg"]),
         (f"renders of unseen people, mean (n = {rendered['n']})", f"{rendered['meanDeg']} ({rendered['meanDeg95'][0]} to {rendered['meanDeg95'][1]}, by person)"),
         ("milliseconds an eye, one thread, on a loaded machine (an upper bound)", f["millisecondsOneThread"])],
        "`image` float32 [n, 3, 36, 60], RGB 0..255: one eye, crop scale 1.25, not mirrored: the network learned both eyes.",
        "`gaze` float32 [n, 2]: pitch (up is positive) and yaw (towards the picture's left is positive) in radians.",
        _comparison(name, f),
        f"`{run.command}`.",
        limits="Much of the error is a constant offset for this person (bias above): a calibration takes it off. "
        "One real person is too few to say how the error spreads over people. A closed eye gives a number without "
        "meaning: look at the eye state first. Trained for head yaw up to about 45 degrees.")
