"""Writes ../agreement.json: agreement of annotators by independent packages.

Run: python3 test/golden/scripts/agreement.py, in an environment with
     krippendorff pygamma-agreement pingouin irrCAC scikit-learn pandas (and coverage>=7 for numba)
"""

import json
from itertools import combinations
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from pyannote.core import Segment
from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum, ShuffleContinuumSampler
from sklearn.metrics import cohen_kappa_score

from common.labels import events_of, greedy, intraclass, iou_matches, steps_of

rng = np.random.default_rng(20261127)


def nominal(raters, items, categories, noise, missing):
    truth = rng.integers(0, categories, items)
    rows = [np.where(rng.random(items) < noise, rng.integers(0, categories, items), truth) for _ in range(raters)]
    return np.where(rng.random((raters, items)) < missing, -1, np.array(rows))


def nominal_case(labels, categories):
    data = np.where(labels < 0, np.nan, labels.astype(float))
    pairs = []
    for a, b in combinations(range(len(labels)), 2):
        both = (labels[a] >= 0) & (labels[b] >= 0)
        pairs.append(cohen_kappa_score(labels[a][both], labels[b][both], labels=list(range(categories))))
    table = pd.DataFrame(data.T)
    each = []
    for c in range(categories):
        one = table.where(table.isna(), (table == c).astype(float))
        each.append(CAC(one, digits=15).fleiss()["est"]["coefficient_value"])
    return {
        "labels": labels.tolist(),
        "categories": categories,
        "pairs": pairs,
        "fleiss": CAC(table, digits=15).fleiss()["est"]["coefficient_value"],
        "perLabel": each,
        "alpha": krippendorff.alpha(
            reliability_data=data, level_of_measurement="nominal", value_domain=list(range(categories))
        ),
    }


# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", part C: four observers, twelve units, missing data.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
) - 1


def rated(raters, items, noise, offset):
    t = np.arange(items)
    base = np.sin(t / 9) * 0.6
    return np.array([base + rng.normal(0, noise, items) + offset * r for r in range(raters)]).round(4)


def trace_case(values):
    raters, items = values.shape
    pairs = []
    for a, b in combinations(range(raters), 2):
        x, y = values[a], values[b]
        ccc = 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
        lags = range(-20, 21)
        r = []
        for lag in lags:
            first, second = (x[: items - lag], y[lag:]) if lag >= 0 else (x[-lag:], y[: items + lag])
            r.append(np.corrcoef(first, second)[0, 1])
        pairs.append({"pearson": np.corrcoef(x, y)[0, 1], "ccc": ccc, "bestLag": int(list(lags)[int(np.argmax(r))])})
    return {
        "values": values.tolist(),
        **intraclass(values),
        "alpha": krippendorff.alpha(reliability_data=values, level_of_measurement="interval"),
        "pairs": pairs,
    }


def units(raters, events, jitter, drop, wrong):
    at = np.cumsum(rng.uniform(800, 2500, events))
    rows = []
    for _ in range(raters):
        row = []
        for i, start in enumerate(at):
            if rng.random() < drop:
                continue
            label = int(rng.integers(0, 3)) if rng.random() < wrong else i % 3
            begin = int(start + rng.normal(0, jitter))
            row.append([begin, begin + int(rng.uniform(300, 900)), label])
        rows.append(row)
    return rows


def gamma_case(rows):
    continuum = Continuum()
    for rater, row in enumerate(rows):
        continuum.add_annotator(f"r{rater}")
        for start, end, label in row:
            continuum.add(f"r{rater}", Segment(start, end), str(label))
    dissimilarity = CombinedCategoricalDissimilarity(alpha=1, beta=1, delta_empty=1)
    np.random.seed(1)
    result = continuum.compute_gamma(dissimilarity, sampler=ShuffleContinuumSampler(), n_samples=300)
    return {
        "units": rows,
        "disorder": float(result.best_alignment.disorder),
        "expected": float(result.expected_disorder),
        "gamma": float(result.gamma),
    }


def annotator_file(clip, annotator, duration, events, blinks, trace):
    annotations = [
        {"id": f"e{i}", "tier": "face", "startMs": a, "endMs": b, "label": label} for i, (a, b, label) in enumerate(events)
    ] + [{"id": f"p{i}", "tier": "blink", "startMs": at, "label": "blink"} for i, at in enumerate(blinks)]
    return {
        "schemaVersion": 1,
        "media": {"file": clip, "durationMs": duration},
        "annotator": annotator,
        "scheme": SCHEME,
        "annotations": annotations,
        "traces": [{"tier": "valence", "startMs": 0, "rateHz": 25, "values": trace}],
    }


SCHEME = {
    "title": "Golden",
    "tiers": [
        {"id": "face", "kind": "interval", "labels": [{"id": name} for name in ("neutral", "happy", "sad", "angry")]},
        {"id": "blink", "kind": "point", "labels": [{"id": "blink"}]},
        {"id": "valence", "kind": "trace", "minimum": -1, "maximum": 1, "rateHz": 25},
    ],
}
NAMES = ["neutral", "happy", "sad", "angry"]


def clip_files(clip, annotators, duration, jitter, wrong, gap):
    """Exclusive segments with gaps, moments and a trace, each annotator's from one truth."""
    cuts = np.sort(rng.choice(np.arange(500, duration - 500, 50), 14, replace=False))
    edges = [0, *cuts.tolist(), duration]
    truth = [int(rng.integers(0, 4)) for _ in edges[1:]]
    moments = np.sort(rng.choice(np.arange(300, duration - 300, 10), 12, replace=False))
    files = []
    for r, annotator in enumerate(annotators):
        moved = [0] + [int(np.clip(c + rng.normal(0, jitter), 10, duration - 10)) for c in edges[1:-1]] + [duration]
        moved = sorted(moved)
        events = []
        for i, label in enumerate(truth):
            if moved[i + 1] - moved[i] < 20 or rng.random() < gap:
                continue
            said = int(rng.integers(0, 4)) if rng.random() < wrong else label
            events.append((moved[i], moved[i + 1], NAMES[said]))
        blinks = [int(m + rng.normal(0, 90)) for m in moments if rng.random() > 0.15]
        t = np.arange(duration // 40)
        trace = (np.sin((t + 3 * r) / 20) * 0.6 + rng.normal(0, 0.1, len(t))).round(1).tolist()
        files.append(annotator_file(clip, annotator, duration, events, sorted(blinks), trace))
    return files


def event_pair(files, a, b):
    """Holle and Rein's matching, written again; kappa by scikit-learn."""
    truth, said, hits, total, matched = [], [], 0, 0, 0
    rest_a, rest_b = [], []
    for one, two in files:
        first, second = events_of(one), events_of(two)
        long = []
        for i, (a0, a1, _) in enumerate(first):
            for j, (b0, b1, _) in enumerate(second):
                share = (min(a1, b1) - max(a0, b0)) / max(a1 - a0, b1 - b0)
                if share >= 0.6:
                    long.append((share, i, j))
        pairs = greedy(long)
        matched += len(pairs)
        hits += len(iou_matches(first, second))
        total += len(first) + len(second)
        truth += [first[i][2] for i, _ in pairs]
        said += [second[j][2] for _, j in pairs]
        rest_a += [x[2] for i, x in enumerate(first) if i not in {i for i, _ in pairs}]
        rest_b += [y[2] for j, y in enumerate(second) if j not in {j for _, j in pairs}]
    whole = (truth + rest_a + ["-"] * len(rest_b), said + ["-"] * len(rest_a) + rest_b)
    return {
        "a": a,
        "b": b,
        "matched": matched,
        "unmatchedA": len(rest_a),
        "unmatchedB": len(rest_b),
        "agreement": float(np.mean(np.array(truth) == np.array(said))),
        "kappa": cohen_kappa_score(truth, said),
        "kappaWithUnmatched": cohen_kappa_score(*whole),
        "f1At50": 2 * hits / total,
    }


def set_case(clips, step=10, missing=False):
    """Files of several clips, each with the same annotators."""
    annotators = [file["annotator"] for file in clips[0]]
    none = -1 if missing else len(NAMES)
    rows = [
        np.concatenate(
            [steps_of(events_of(files[r]), NAMES, files[r]["media"]["durationMs"], step, none) for files in clips]
        )
        for r in range(len(annotators))
    ]
    categories = len(NAMES) + (0 if missing else 1)
    case = nominal_case(np.array(rows), categories)
    traces = [np.concatenate([files[r]["traces"][0]["values"] for files in clips]) for r in range(len(annotators))]
    return {
        "files": [file for files in clips for file in files],
        "annotators": annotators,
        "stepMs": step,
        "unlabelled": "missing" if missing else "category",
        "time": {key: case[key] for key in ("pairs", "fleiss", "alpha")},
        "events": [
            event_pair([(files[a], files[b]) for files in clips], annotators[a], annotators[b])
            for a, b in combinations(range(len(annotators)), 2)
        ],
        "traceAlpha": krippendorff.alpha(reliability_data=np.array(traces), level_of_measurement="interval"),
        "pearson": [np.corrcoef(traces[a], traces[b])[0, 1] for a, b in combinations(range(len(annotators)), 2)],
    }


def main():
    nominals = [
        nominal_case(nominal(2, 200, 3, 0.4, 0), 3),
        nominal_case(nominal(3, 150, 5, 0.5, 0), 5),
        nominal_case(nominal(5, 400, 8, 0.3, 0.15), 8),
        nominal_case(KRIPPENDORFF, 5),
    ]
    traces = [trace_case(rated(2, 120, 0.2, 0.1)), trace_case(rated(4, 90, 0.4, 0)), trace_case(rated(3, 200, 0.1, 0.3))]
    gammas = [
        gamma_case(units(2, 12, 120, 0.1, 0.15)),
        gamma_case(units(3, 12, 200, 0.15, 0.2)),
        gamma_case(units(3, 16, 350, 0.2, 0.3)),
        gamma_case(units(4, 9, 200, 0.2, 0.2)),
    ]
    sets = [
        set_case([clip_files("one.mp4", ["a01", "a02"], 20000, 80, 0.15, 0.1)]),
        set_case([clip_files(f"{i}.mp4", ["a01", "a02", "a03"], 15000, 150, 0.25, 0.2) for i in range(4)], 20),
        set_case([clip_files(f"{i}.mp4", ["x", "y", "z"], 12000, 60, 0.1, 0.3) for i in range(3)], 10, True),
        set_case([clip_files(f"{i}.mp4", ["a01", "a02"], 18000, 100, 0.2, 0.15) for i in range(5)], 20),
    ]
    out = Path(__file__).parent.parent / "agreement.json"
    out.write_text(json.dumps({"nominal": nominals, "traces": traces, "gamma": gammas, "sets": sets}) + "\n")


if __name__ == "__main__":
    main()
