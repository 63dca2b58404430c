"""Writes ../labelFigures.json: what agreement.py leaves out, by independent packages: moments, intraclass and concordance
correlations and confusion of whole files, thousands of segments, intervals, and a model against labels.

Run: python3 test/golden/scripts/labelFigures.py, in an environment with
     audmetric krippendorff pingouin scikit-learn scipy statsmodels pandas
"""

import json
from itertools import combinations, product
from pathlib import Path

import audmetric
import krippendorff
import numpy as np
import pandas as pd
import pingouin
from scipy.optimize import linear_sum_assignment
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, cohen_kappa_score, confusion_matrix, f1_score, recall_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

HERE = Path(__file__).parent.parent


class Lcg:
    """The same numbers as in the test: (a x + c) mod 2^32 of Numerical Recipes."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32


def steps_of(annotations, labels, duration, step, none):
    at = (np.arange(int(np.ceil(duration / step - 0.5))) + 0.5) * step
    row = np.full(len(at), none)
    for start, end, label in annotations:
        row[(at >= start) & (at < end)] = labels.index(label)
    return row


def of_tier(file, tier):
    return [a for a in file["annotations"] if a["tier"] == tier]


def greedy(candidates):
    used_a, used_b, pairs = set(), set(), []
    for _score, i, j in sorted(candidates, key=lambda c: (-c[0], c[1], c[2])):
        if i not in used_a and j not in used_b:
            used_a.add(i)
            used_b.add(j)
            pairs.append((i, j))
    return pairs


def iou_matches(first, second):
    """One to one, the same label, intersection over union of .5 or more, the best first."""
    candidates = []
    for i, (a0, a1, a) in enumerate(first):
        for j, (b0, b1, b) in enumerate(second):
            overlap = min(a1, b1) - max(a0, b0)
            if a == b and overlap > 0 and overlap / (a1 - a0 + b1 - b0 - overlap) >= 0.5:
                candidates.append((overlap / (a1 - a0 + b1 - b0 - overlap), i, j))
    return greedy(candidates)


def file_set(files, annotators, step, missing):
    """Of the files of agreement.json, clip by clip."""
    clips = [files[i : i + len(annotators)] for i in range(0, len(files), len(annotators))]
    names = ["neutral", "happy", "sad", "angry"]
    moments, traces, confusion = [], [], 0
    for a, b in combinations(range(len(annotators)), 2):
        hits, total, only, offsets = 0, 0, 0, []
        for clip in clips:
            x, y = ([m["startMs"] for m in of_tier(clip[r], "blink")] for r in (a, b))
            apart = np.abs(np.subtract.outer(x, y))
            # As many as can be, and of these the nearest.
            matched = zip(*linear_sum_assignment(np.where(apart <= 200, apart, 1e6)))
            pairs = [(i, j) for i, j in matched if apart[i, j] <= 200]
            hits += len(pairs)
            only += len(x) - len(pairs)
            total += len(x) + len(y)
            offsets += [y[j] - x[i] for i, j in pairs]
        moments.append({"matched": hits, "onlyA": only, "f1": 2 * hits / total, "meanOffsetMs": float(np.mean(offsets))})
        x, y = (np.concatenate([clip[r]["traces"][0]["values"] for clip in clips]) for r in (a, b))
        traces.append(float(audmetric.concordance_cc(x, y)))
        none = -1 if missing else len(names)
        for clip in clips:
            said = [
                steps_of(
                    [(m["startMs"], m["endMs"], m["label"]) for m in of_tier(clip[r], "face")],
                    names,
                    clip[r]["media"]["durationMs"],
                    step,
                    none,
                )
                for r in (a, b)
            ]
            both = (said[0] >= 0) & (said[1] >= 0)
            size = list(range(len(names) + (0 if missing else 1)))
            confusion = confusion + confusion_matrix(said[0][both], said[1][both], labels=size)
    rows = np.array([np.concatenate([clip[r]["traces"][0]["values"] for clip in clips]) for r in range(len(annotators))])
    raters, items = rows.shape
    frame = pd.DataFrame(
        {
            "target": np.tile(np.arange(items), raters),
            "rater": np.repeat(np.arange(raters), items),
            "value": rows.ravel(),
        }
    )
    icc = pingouin.intraclass_corr(frame, targets="target", raters="rater", ratings="value").set_index("Type")["ICC"]
    icc = {str(k).upper().translate(str.maketrans("", "", "(), ")): float(v) for k, v in icc.items()}
    pick = lambda *names: next(icc[name] for name in names if name in icc)
    return {
        "moments": moments,
        "ccc": traces,
        "icc": [pick("ICC2", "ICCA1", "ICC21"), pick("ICC2K", "ICCAK"), pick("ICC3", "ICCC1", "ICC31"), pick("ICC3K", "ICCCK")],
        "confusion": confusion.tolist(),
        "alphaInterval": interval_over_clips(clips, names, step, missing),
    }


def interval_over_clips(clips, names, step, missing):
    """Percentiles of alpha over every way to draw as many clips again; none where there is one clip."""
    if len(clips) < 2:
        return None
    none = np.nan if missing else len(names)
    read = [
        np.array(
            [
                steps_of(
                    [(m["startMs"], m["endMs"], m["label"]) for m in of_tier(file, "face")],
                    names,
                    file["media"]["durationMs"],
                    step,
                    none,
                ).astype(float)
                for file in clip
            ]
        )
        for clip in clips
    ]
    values = [
        krippendorff.alpha(np.concatenate([read[i] for i in draw], axis=1), level_of_measurement="nominal")
        for draw in product(range(len(clips)), repeat=len(clips))
    ]
    return np.quantile(values, [0.025, 0.975], method="inverted_cdf").tolist()


def thousands(raters, segments, seed):
    """Edges and labels from one truth, moved and mistaken."""
    random = Lcg(seed)
    labels = ["neutral", "happy", "sad", "angry", "fear"]
    edges = [0]
    for _ in range(segments):
        edges.append(edges[-1] + 200 + int(1600 * random()))
    truth = [labels[int(random() * len(labels))] for _ in range(segments)]
    rows = []
    for _ in range(raters):
        own = [0] + [e + int(120 * random()) - 60 for e in edges[1:]]
        said = [truth[i] if random() < 0.8 else labels[int(random() * len(labels))] for i in range(segments)]
        rows.append([(own[i], own[i + 1], said[i]) for i in range(segments)])
    duration = max(row[-1][1] for row in rows)
    read = np.array([steps_of(row, labels, duration, 100, len(labels)) for row in rows])
    pairs = []
    for a, b in combinations(range(raters), 2):
        # Far apart in the list is far apart in time.
        hits = 0
        for from_ in range(0, segments, 200):
            span = slice(from_, from_ + 200)
            hits += len(iou_matches(rows[a][span], rows[b][span]))
        pairs.append({"kappa": float(cohen_kappa_score(read[a], read[b])), "f1At50": hits / segments})
    table, _ = aggregate_raters(read.T)
    return {
        "raters": raters,
        "segments": segments,
        "seed": seed,
        "pairs": pairs,
        "fleiss": float(fleiss_kappa(table)),
        "alpha": float(krippendorff.alpha(read, level_of_measurement="nominal")),
    }


def evaluation(frames, seed):
    """A model that looks every 40 ms, now and then at nothing, against labels with gaps."""
    random = Lcg(seed)
    labels = ["neutral", "happy", "sad", "angry"]
    gold, said, segments = [], [], []
    for _ in range(frames // 25):
        start = 1000 * len(gold) + int(200 * random())
        gold.append((start, 1000 * (len(gold) + 1) - int(150 * random()), labels[int(random() * 4)]))
    for i in range(frames):
        if random() < 0.1:
            said.append(None)
            continue
        true = labels.index(gold[min(i // 25, len(gold) - 1)][2])
        weights = [random() + (1.2 * random() if k == true else 0) for k in range(4)]
        said.append([w / sum(weights) for w in weights])
    for i in range(frames // 20):
        segments.append((800 * i + int(100 * random()), 800 * i + 700, labels[int(random() * 4)]))
    at = (np.arange(frames * 4) + 0.5) * 10
    truth, answer, confidence = [], [], []
    for t in at:
        label = next((name for start, end, name in gold if start <= t < end), None)
        if label is None:
            continue
        truth.append(labels.index(label))
        p = said[int(t // 40)]
        answer.append(4 if p is None else int(np.argmax(p)))
        if p is not None:
            confidence.append((max(p), answer[-1] == truth[-1]))
    present = sorted(set(truth))
    p = np.array([c for c, _ in confidence])
    right = np.array([r for _, r in confidence], dtype=float)
    counts = np.histogram(p, bins=15, range=(0, 1))[0]
    accuracy, mean = calibration_curve(right, p, n_bins=15)
    matched = len(iou_matches(gold, segments))
    return {
        "frames": frames,
        "seed": seed,
        "n": len(truth),
        "coverage": len(confidence) / len(truth),
        "accuracy": float(accuracy_score(truth, answer)),
        "kappa": float(cohen_kappa_score(truth, answer)),
        "uar": float(recall_score(truth, answer, labels=present, average="macro")),
        "macroF1": float(f1_score(truth, answer, labels=present, average="macro")),
        "confusion": confusion_matrix(truth, answer, labels=[0, 1, 2, 3, 4])[:4].tolist(),
        "ece": float(np.sum(np.abs(accuracy - mean) * counts[counts > 0]) / len(p)),
        "events": {
            "matched": matched,
            "precision": matched / len(segments),
            "recall": matched / len(gold),
            "f1": 2 * matched / (len(gold) + len(segments)),
        },
    }


def main():
    sets = json.loads((HERE / "agreement.json").read_text())["sets"]
    figures = {
        "sets": [file_set(s["files"], s["annotators"], s["stepMs"], s["unlabelled"] == "missing") for s in sets],
        "thousands": [thousands(2, 5000, 1), thousands(3, 3000, 2), thousands(5, 1000, 3)],
        "evaluations": [evaluation(500, 1), evaluation(750, 2), evaluation(1000, 3)],
    }
    (HERE / "labelFigures.json").write_text(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
