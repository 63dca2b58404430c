"""Writes ../labelFigures.json: what agreement.py leaves out, by independent packages: moments, intraclass and concordance
correlations and confusion of whole files, thousands of segments, intervals, and a model against labels.

Run: python3 test/golden/scripts/labelFigures.py, in an environment with
     audmetric krippendorff pingouin pygamma-agreement irrCAC scikit-learn scipy statsmodels pandas
"""

import json
from itertools import combinations
from pathlib import Path

import audmetric
import krippendorff
import numpy as np
from pyannote.core import Segment
from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum, ShuffleContinuumSampler
from scipy.optimize import linear_sum_assignment
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from common.intervals import nominal_figures, over_blocks, over_clips
from common.labels import events_of, intraclass, iou_matches, steps_of

HERE = Path(__file__).parent.parent


class Lcg:
    """The same numbers as in the test: (a x + c) mod 2^32 of Numerical Recipes."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32


def of_tier(file, tier):
    return [a for a in file["annotations"] if a["tier"] == tier]


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
        for clip in clips:
            said = said_of(clip, names, step, missing)[[a, b]]
            both = ~np.isnan(said).any(axis=0)
            size = list(range(len(names) + (0 if missing else 1)))
            confusion = confusion + confusion_matrix(*said[:, both].astype(int), labels=size)
    rated = [np.array([file["traces"][0]["values"] for file in clip]) for clip in clips]
    icc = intraclass(np.concatenate(rated, axis=1))
    read = [said_of(clip, names, step, missing) for clip in clips]
    whole = np.concatenate(read, axis=1)
    pairs = []
    for a, b in combinations(range(len(annotators)), 2):
        both = ~np.isnan(whole[a]) & ~np.isnan(whole[b])
        pairs.append({"n": int(both.sum()), "agreement": float(accuracy_score(whole[a][both], whole[b][both]))})
    gammas = [gamma_of(clip) for clip in clips]
    first = clips[0]
    return {
        "moments": moments,
        "ccc": traces,
        "icc": [icc[name] for name in ("icc21", "icc2k", "icc31", "icc3k")],
        "confusion": confusion.tolist(),
        "pairs": pairs,
        "gamma": gamma_ratio(gammas),
        # Of alpha, Fleiss' kappa and each pair's; of the traces' alpha; of gamma.
        "overClips": None
        if len(clips) < 2
        else [
            *over_clips(read, lambda draw: nominal_figures(np.concatenate(draw, axis=1))),
            *over_clips(rated, lambda draw: [krippendorff.alpha(np.concatenate(draw, axis=1), level_of_measurement="interval")]),
            *over_clips(gammas, lambda draw: [gamma_ratio(draw)]),
        ],
        "overBlocks": over_blocks(
            read[0], step, [events_of(file) for file in first], first[0]["media"]["durationMs"], draws=300, seed=1
        ),
    }


def said_of(clip, names, step, missing):
    """Raters x steps of a clip; nothing is NaN or a label of its own."""
    none = -1 if missing else len(names)
    rows = [steps_of(events_of(file), names, file["media"]["durationMs"], step, none) for file in clip]
    return np.where(np.array(rows) < 0, np.nan, np.array(rows, dtype=float))


def gamma_of(clip):
    """Costs of the best alignment of a clip, and of chance for as many annotations."""
    continuum = Continuum()
    for r, file in enumerate(clip):
        continuum.add_annotator(f"r{r}")
        for start, end, label in events_of(file):
            continuum.add(f"r{r}", Segment(start, end), label)
    np.random.seed(1)
    result = continuum.compute_gamma(
        CombinedCategoricalDissimilarity(alpha=1, beta=1, delta_empty=1), sampler=ShuffleContinuumSampler(), n_samples=30
    )
    each = continuum.num_units / len(clip)
    return float(result.best_alignment.disorder) * each, float(result.expected_disorder) * each


def gamma_ratio(costs):
    return float(1 - sum(cost for cost, _ in costs) / sum(chance for _, chance in costs))


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
        "perClass": {
            labels[k]: [
                float(score(truth, answer, labels=[k], average="macro", zero_division=0))
                for score in (precision_score, recall_score, f1_score)
            ]
            for k in range(4)
        },
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
