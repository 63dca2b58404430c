"""Measures a detector by the one protocol (boxes.py) and writes its figures, card, check and manifest entry."""

import time

import numpy as np
import onnxruntime

import boxes as B
import common
from measures import cluster_bootstrap

OVERLAP_LIMIT = 0.3


def one_thread(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def milliseconds(session, feed, runs=60):
    """CPU time of one run on one thread, median: other work on the machine does not count."""
    for _ in range(8):
        session.run(None, feed)
    times = []
    for _ in range(runs):
        start = time.thread_time()
        session.run(None, feed)
        times.append((time.thread_time() - start) * 1e3)
    return round(float(np.median(times)), 2)


def to_face_square(session, size, labels, pictures, split, threshold, limit=500):
    """[k, 3]: dx, dy and scale from the detector's box to the face square of the teacher's landmarks; people [k]."""
    index = {n: i for i, n in enumerate(labels["all_names"])}
    rows, people = [], []
    for name, shape, box, good in zip(labels["names"], labels["landmarks"], labels["boxes"], labels["good"]):
        person = B.person_of(str(name))
        if not good or B.split_of(person) != split:
            continue
        found, scores, _ = B.detect(session, pictures[index[name]], size, threshold)
        shared = B.overlap(found, [[box[0], box[1], box[0] + box[2], box[1] + box[3]]])
        if len(found) == 0 or shared.max() < 0.5:
            continue
        x1, y1, x2, y2 = found[shared[:, 0].argmax()]
        longer = max(x2 - x1, y2 - y1)
        cx, cy, side, _ = common.face_square(shape)
        rows.append([(cx - (x1 + x2) / 2) / longer, (cy - (y1 + y2) / 2) / longer, side / longer])
        people.append(person)
        if len(rows) == limit:
            break
    # A detector that finds nothing, after two steps of a smoke run, puts the square where the box is.
    return (np.array(rows), people) if rows else (np.array([[0.0, 0.0, 1.0]] * 2), ["nobody", "nobody else"])


def threshold_of(session, size, pictures):
    """Score at which precision on pictures of the valid people is 98 %, never under 0.5."""
    found = B.evaluate([B.detect(session, p[0], size) for p in pictures], pictures)["scoreAtPrecision98"]
    return round(max(0.5, found or 0.5), 2)


def points_error(session, size, labels, pictures, faces, threshold):
    """Mean distance of the detector's eye points from the teacher's eye centres, over the inter-ocular distance."""
    index = {n: i for i, n in enumerate(labels["all_names"])}
    errors = []
    for name, shape, good in zip(labels["names"], labels["landmarks"], labels["good"]):
        if not good or B.split_of(B.person_of(str(name))) != "test" or len(errors) >= 300:
            continue
        found, _, points = B.detect(session, pictures[index[name]], size, threshold)
        inside = [i for i, b in enumerate(found) if b[0] < shape[30, 0] < b[2] and b[1] < shape[30, 1] < b[3]]
        if inside:
            eyes = np.stack([shape[36:42].mean(0), shape[42:48].mean(0)])
            errors.append(np.linalg.norm(points[inside[0], :2] - eyes, axis=1).mean() / np.linalg.norm(shape[36] - shape[45]))
    return round(float(np.mean(errors)), 4) if errors else None


def store_check(session, folder, size, picture):
    image = np.clip(common.letterbox(picture, (size, size))[0], 0, 255).round().astype(np.uint8)[None]
    names = [o.name for o in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {"image": image.astype(np.float32)})))
    checked = {"inputs": {"image": common.encode(image)}, "outputs": {n: common.encode(v) for n, v in outputs.items()}}
    common.write_json(folder / "check.json", {**checked, "tolerance": 2e-3})


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


def percent(figures):
    return f"{figures['ap50']:.3f} ({figures['ap50Interval'][0]:.3f} to {figures['ap50Interval'][1]:.3f})"


def report(run, id, title, role, size, default, labels, pictures, faces, keypoints, summary, data_text, licence, recipe, extra, check=True):
    """Measures OUT/<id>/model.onnx of the run `run` and publishes it."""
    folder = run.out / id
    session = one_thread(folder / "model.onnx")
    names = labels["all_names"]
    common.check_disjoint(**{s: [p for p in {B.person_of(str(n)) for n in names} if B.split_of(p) == s] for s in ("train", "valid", "test")})
    valid = B.single_set(names, pictures, faces, "valid")
    threshold = threshold_of(session, size, valid)
    found_in = lambda chosen: [B.detect(session, p[0], size, limit=OVERLAP_LIMIT) for p in chosen]
    single, many = B.single_set(names, pictures, faces, "test"), B.mosaic_set(names, pictures, faces, "test", run.options.mosaics)
    in_single, in_many = found_in(single), found_in(many)
    square, _ = to_face_square(session, size, labels, pictures, "train", threshold)
    square_test, people = to_face_square(session, size, labels, pictures, "test", threshold)
    mean = np.median(square, 0)
    spread = np.abs(square_test - mean)
    image = common.letterbox(pictures[0], (size, size))[0][None]
    figures = {
        "n": len(single), "people": len({p[3] for p in single}),
        "single": B.evaluate(in_single, single), "mosaics": B.evaluate(in_many, many), "mosaicsBySize": B.by_size(in_many, many),
        "toFaceSquareError": {
            "n": len(square_test), "shift": round(float(np.hypot(*(square_test - mean)[:, :2].T).mean()), 4),
            "scale": round(float(spread[:, 2].mean()), 4),
            "scaleInterval": [round(v, 4) for v in cluster_bootstrap(lambda i: spread[i, 2].mean(), people, draws=300)],
        },
        "msOneThread": milliseconds(session, {"image": image}), **extra,
    }
    if keypoints:
        figures["eyePointError"] = points_error(session, size, labels, pictures, faces, threshold)
    figures = rounded(figures)
    if check:
        store_check(session, folder, size, pictures[0])
    anchors = session.run(["scores"], {"image": image})[0].shape[1]
    outputs = [
        common.tensor("boxes", ["n", anchors, 4], "x1 y1 x2 y2 of every anchor, pixels of the input; forehead to chin, as WIDER FACE draws it; not yet thinned"),
        common.tensor("scores", ["n", anchors], "probability of a face"),
    ]
    if keypoints:
        meaning = f"x y of {', '.join(keypoints)} (the person's right and left), pixels of the input"
        outputs.append(common.tensor("keypoints", ["n", anchors, 2 * len(keypoints)], meaning))
    preprocessing = {
        "size": [size, size], "scoreThreshold": threshold, "overlapLimit": OVERLAP_LIMIT,
        "toFaceSquare": dict(zip(("dx", "dy", "scale"), (round(float(v), 4) for v in mean))),
    }
    if keypoints:
        preprocessing["keypoints"] = keypoints
    write_card(folder, title, summary, data_text, licence, figures, preprocessing, outputs, size, keypoints, recipe)
    run.publish({
        "id": id, "task": "face", "role": role, "default": default, "title": title, "outputs": outputs, "labels": [],
        "inputs": [common.tensor("image", ["n", 3, size, size], "RGB 0..255, letterboxed")],
        "preprocessing": preprocessing, "licence": licence,
    }, figures)  # fmt: skip


def write_card(folder, title, summary, data_text, licence, figures, preprocessing, outputs, size, keypoints, recipe):
    rows = [
        (f"ap50, LFW pictures as they are ({figures['single']['faces']} faces, {figures['n']} pictures, {figures['people']} people)", percent(figures["single"])),
        (f"ap50, mosaics of many, small and cut faces ({figures['mosaics']['faces']} faces, {figures['mosaics']['pictures']} mosaics)", percent(figures["mosaics"])),
        ("recall at one false positive a picture, LFW", f"{figures['single']['recallAtOneFalsePerPicture']:.3f}"),
        ("recall at one false positive a picture, mosaics", f"{figures['mosaics']['recallAtOneFalsePerPicture']:.3f}"),
        *((f"the same, faces of {100 * b['from']:.0f} to {100 * b['to']:.0f} % of the picture's longer side ({b['faces']})", f"{b['recallAtOneFalsePerPicture']:.3f}") for b in figures["mosaicsBySize"]),
        ("face square from the box: mean error of the centre, of the side (fractions of the box)", f"{figures['toFaceSquareError']['shift']:.3f}, {figures['toFaceSquareError']['scale']:.3f}"),
        ("onnxruntime, CPU time on one thread", f"{figures['msOneThread']} ms"),
    ]
    if keypoints:
        rows.append(("eye points: mean distance from the teacher's eye centres, over the inter-ocular distance", f"{figures['eyePointError']}"))
    common.write_card(
        folder / "card.md", title, summary, data_text, f"Weights: {licence['weights']}. Data: {licence['data']}.",
        "LFW people by the hash of their name: 70 % train, 10 % valid, 20 % test; nobody is in two parts. The teacher is YuNet on "
        f"the picture at twice its size; its faces under {B.TEACHER_SURE} and those smaller than {100 * B.SMALLEST:.0f} % of the picture's longer side count neither "
        "way. Mosaics are pieces of LFW test pictures at random scale and position on 640x480, 640x360 and 480x640. Intervals resample people (mosaics: pictures).",
        rows, f"`image` [n, 3, {size}, {size}]: RGB 0..255, letterboxed.",
        "\n".join(f"- `{o['name']}` {o['shape']}: {o['meaning']}." for o in outputs)
        + f"\n\nKeep scores of at least {preprocessing['scoreThreshold']} (precision 98 % on pictures of valid people, never under 0.5), then remove overlaps over {preprocessing['overlapLimit']}, best first.",
        "The two detectors are measured by the same protocol; their figures stand side by side in `models/face-*/figures.json`.",
        recipe,
        limits="The truth is a teacher's, not people's. Faces under 4 % of the picture's longer side, turned by more than 45 degrees in the picture, or seen from behind are outside of what was measured.",
    )
